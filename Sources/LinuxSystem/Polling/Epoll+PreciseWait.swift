// Waiting that ends at a moment rather than at a millisecond: what a schedule needs.
import CLinux

extension Epoll {
    /// Waits like `wait(milliseconds:)`, at most `nanoseconds` long. Two system calls, where
    /// epoll_pwait2 would be one: that came with Linux 5.11, and old hosts are measured too.
    public mutating func wait(nanoseconds: UInt64) throws(SystemCallError) -> Int {
        if nanoseconds > 0 { _ = hashmark_wait_readable(descriptor, Int64(nanoseconds)) }
        return try wait(milliseconds: 0)
    }
}

extension Worker {
    /// Makes sleeps of the calling thread end within 1 µs of their time, not within the 50 µs that
    /// the kernel otherwise takes to bundle wake-ups.
    public static func sharpenTimersOfCurrentThread() {
        _ = hashmark_set_timer_slack(1_000)
    }
}
