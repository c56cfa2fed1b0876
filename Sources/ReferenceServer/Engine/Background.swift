// The clockwork of the background work: ticks at `hz`, and Unix time derived from the monotonic
// clock, so that a wake-up reads one clock and not two.
import LinuxSystem
import Quantities

struct Background {
    private var dueNanoseconds: UInt64 = 0
    /// Unix time − monotonic time. In ns: two times cut to ms before they are subtracted would be
    /// off by one, and a key would live longer than it was given.
    private var unixOffsetNanoseconds: Int64 = 0
    private let startMilliseconds = Clock.unixMilliseconds()

    /// A slice of rehashing and expiry: 1 ms, as the dictionary's rehash in real servers' cron.
    static let budgetMicroseconds = 1_000

    /// What "never" is: a wait that still fits epoll's milliseconds.
    private static let day = Nanoseconds(1, .days)

    /// Ticks per second that the next one was planned by.
    private(set) var hz = 0
    /// False: nothing is done in the background, not even while nobody asks.
    private(set) var ticks = true

    /// - Parameter hz: ticks per second; 0 for none. Unix time then stands still as well, so that
    ///   nothing depends on the clock or on when clients pause, and simulated counts repeat bit
    ///   for bit.
    mutating func start(hz: Int) {
        tick(Clock.monotonicNanoseconds(), hz: hz)
    }

    @inline(__always)
    func unixMilliseconds(_ nowNanoseconds: UInt64) -> Int64 {
        let nanoseconds = Int64(truncatingIfNeeded: nowNanoseconds) &+ unixOffsetNanoseconds
        return ticks ? nanoseconds / Int64(Nanoseconds.perMillisecond) : startMilliseconds
    }

    @inline(__always)
    func isDue(_ nowNanoseconds: UInt64) -> Bool { nowNanoseconds >= dueNanoseconds }

    /// Rounded up, so that a wait does not end just before the tick.
    func millisecondsLeft(_ nowNanoseconds: UInt64) -> Int {
        nowNanoseconds >= dueNanoseconds
            ? 0 : Nanoseconds(dueNanoseconds - nowNanoseconds).milliseconds
    }

    mutating func tick(_ nowNanoseconds: UInt64, hz: Int) {
        self.hz = hz
        ticks = hz > 0
        let wait = ticks ? Nanoseconds(1, .seconds).count / UInt64(hz) : Self.day.count
        dueNanoseconds = nowNanoseconds + wait
        synchronise()
    }

    /// The system's clock may be set while the server runs: looked at once a tick. The monotonic
    /// one first, so that what passes in between cannot put ours behind the system's.
    private mutating func synchronise() {
        let monotonic = Clock.monotonicNanoseconds()
        unixOffsetNanoseconds = Clock.unixNanoseconds() - Int64(truncatingIfNeeded: monotonic)
    }
}
