// What the kernel says of the whole machine while something is measured on it.
import Glibc

public enum HostAccounting {
    /// Time the hypervisor gave to others, summed over all CPUs, in ns since boot. It counts in
    /// ticks of 10 ms, so single slices mostly read 0. Nil where /proc/stat does not say.
    public static func stealNanoseconds() -> UInt64? {
        // cpu user nice system idle iowait irq softirq steal …
        guard let line = SmallFile.read("/proc/stat")?.split(separator: "\n").first else {
            return nil
        }
        let fields = line.split(separator: " ")
        guard fields.count > 8, let ticks = UInt64(fields[8]) else { return nil }
        return ticks * (1_000_000_000 / UInt64(max(sysconf(CInt(_SC_CLK_TCK)), 1)))
    }

    /// Periods in which this process's cgroup was throttled, and for how long in µs; nil without a
    /// CPU quota.
    public static func throttling() -> (periods: Int, microseconds: Int)? {
        guard let cgroup = SmallFile.read("/proc/self/cgroup")?.split(separator: "\n").last,
            let path = cgroup.split(separator: ":", omittingEmptySubsequences: false).last,
            let text = SmallFile.read("/sys/fs/cgroup\(path)/cpu.stat")
        else { return nil }
        func field(_ name: String) -> Int? {
            text.split(separator: "\n").first { $0.hasPrefix(name + " ") }?
                .split(separator: " ").last.flatMap { Int($0) }
        }
        guard let periods = field("nr_throttled"), let time = field("throttled_usec") else {
            return nil
        }
        return (periods, time)
    }

    /// The 1-minute load average.
    public static func loadAverage() -> Double? {
        SmallFile.read("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    }
}
