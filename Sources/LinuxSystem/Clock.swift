// The two clocks of the project. A reading costs about 20 ns: take one per batch of events.
import CLinux
import Glibc
import Quantities

public enum Clock {
    /// Nanoseconds of CLOCK_MONOTONIC: for durations and latencies.
    @inline(__always)
    public static func monotonicNanoseconds() -> UInt64 {
        reading(CLOCK_MONOTONIC)
    }

    /// Unix time in milliseconds: for expiry.
    @inline(__always)
    public static func unixMilliseconds() -> Int64 {
        Int64(truncatingIfNeeded: reading(CLOCK_REALTIME) / Nanoseconds.perMillisecond)
    }

    /// Unix time in nanoseconds.
    public static func unixNanoseconds() -> Int64 {
        Int64(truncatingIfNeeded: reading(CLOCK_REALTIME))
    }

    /// CPU time (user + system) of the calling thread. A system call, about 0.3 µs.
    public static func threadCPUNanoseconds() -> UInt64 {
        reading(CLOCK_THREAD_CPUTIME_ID)
    }

    /// Of a clock that this process always may read, in ns.
    @inline(__always)
    static func reading(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return time.nanoseconds
    }

    /// A count of the kernel's ticks (USER_HZ), as /proc has them, in ns; the longest time there is
    /// where it is more.
    static func nanoseconds(ticks: UInt64) -> UInt64 {
        let tick = Nanoseconds(1, .seconds).count / UInt64(max(sysconf(CInt(_SC_CLK_TCK)), 1))
        let (product, overflow) = ticks.multipliedReportingOverflow(by: tick)
        return overflow ? .max : product
    }

    /// The reading of `monotonicNanoseconds` in so long; now where it is negative.
    public static func deadline(milliseconds: Int) -> UInt64 {
        monotonicNanoseconds() + Nanoseconds(milliseconds: milliseconds).count
    }

    /// Until a reading of `monotonicNanoseconds`, in ms, upwards; 0 where that is over.
    public static func milliseconds(until deadline: UInt64) -> Int {
        let now = monotonicNanoseconds()
        return deadline > now ? Nanoseconds(deadline - now).milliseconds : 0
    }

    /// Blocks the calling thread; for waiting on other processes, never in an event loop.
    public static func sleep(milliseconds: Int) {
        var left = timespec(
            tv_sec: milliseconds / 1_000,
            tv_nsec: (milliseconds % 1_000) * Int(Nanoseconds.perMillisecond))
        // An interruption leaves in it what is left.
        withUnsafeMutablePointer(to: &left) { left in
            _ = try? call("nanosleep") { nanosleep(left, left) }
        }
    }
}

extension timespec {
    /// A clock's readings are not negative and end in the year 2554: nothing overflows.
    @inline(__always)
    var nanoseconds: UInt64 {
        UInt64(truncatingIfNeeded: tv_sec) &* Nanoseconds.perWholeSecond
            &+ UInt64(truncatingIfNeeded: tv_nsec)
    }
}
