// The clockwork of the background work: ticks at `hz`, and Unix time derived from the monotonic
// clock, so that a wake-up reads one clock and not two.
import LinuxSystem

struct Background {
    let interval_ns: UInt64
    private var due_ns: UInt64 = 0
    private var unixOffset_ms: Int64 = 0

    /// A slice of rehashing and expiry: 1 ms, as the dictionary's rehash in real servers' cron.
    static let budget_us = 1_000

    init(hz: Int) { interval_ns = 1_000_000_000 / UInt64(hz) }

    mutating func start() {
        let now_ns = Clock.monotonicNanoseconds()
        due_ns = now_ns + interval_ns
        synchronise(now_ns)
    }

    @inline(__always)
    func unixMilliseconds(_ now_ns: UInt64) -> Int64 {
        Int64(truncatingIfNeeded: now_ns / 1_000_000) &+ unixOffset_ms
    }

    @inline(__always)
    func isDue(_ now_ns: UInt64) -> Bool { now_ns >= due_ns }

    /// Rounded up, so that a wait does not end just before the tick.
    func millisecondsLeft(_ now_ns: UInt64) -> Int {
        now_ns >= due_ns ? 0 : Int((due_ns - now_ns + 999_999) / 1_000_000)
    }

    mutating func tick(_ now_ns: UInt64) {
        due_ns = now_ns + interval_ns
        synchronise(now_ns)
    }

    /// The system's clock may be set while the server runs: looked at once a tick.
    private mutating func synchronise(_ now_ns: UInt64) {
        unixOffset_ms = Clock.unixMilliseconds() - Int64(now_ns / 1_000_000)
    }
}
