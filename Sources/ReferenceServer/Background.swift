// The clockwork of the background work: ticks at `hz`, and Unix time derived from the monotonic
// clock, so that a wake-up reads one clock and not two.
import LinuxSystem

struct Background {
    private var dueNanoseconds: UInt64 = 0
    private var unixOffsetMilliseconds: Int64 = 0

    /// A slice of rehashing and expiry: 1 ms, as the dictionary's rehash in real servers' cron.
    static let budgetMicroseconds = 1_000

    mutating func start(hz: Int) {
        tick(Clock.monotonicNanoseconds(), hz: hz)
    }

    @inline(__always)
    func unixMilliseconds(_ nowNanoseconds: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: nowNanoseconds / 1_000_000) &+ unixOffsetMilliseconds
    }

    @inline(__always)
    func isDue(_ nowNanoseconds: UInt64) -> Bool { nowNanoseconds >= dueNanoseconds }

    /// Rounded up, so that a wait does not end just before the tick.
    func millisecondsLeft(_ nowNanoseconds: UInt64) -> Int {
        nowNanoseconds >= dueNanoseconds
            ? 0 : Int((dueNanoseconds - nowNanoseconds + 999_999) / 1_000_000)
    }

    mutating func tick(_ nowNanoseconds: UInt64, hz: Int) {
        dueNanoseconds = nowNanoseconds + 1_000_000_000 / UInt64(hz)
        synchronise(nowNanoseconds)
    }

    /// The system's clock may be set while the server runs: looked at once a tick.
    private mutating func synchronise(_ nowNanoseconds: UInt64) {
        unixOffsetMilliseconds = Clock.unixMilliseconds() - Int64(nowNanoseconds / 1_000_000)
    }
}
