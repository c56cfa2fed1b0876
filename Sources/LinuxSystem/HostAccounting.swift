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

    /// For how long this process's cgroup was held back by its CPU quota, in ns since it exists; nil
    /// where nothing tells.
    public static func throttledNanoseconds() -> UInt64? {
        guard let cgroup = SmallFile.read("/proc/self/cgroup")?.split(separator: "\n").last,
            let path = cgroup.split(separator: ":", omittingEmptySubsequences: false).last,
            let text = SmallFile.read("/sys/fs/cgroup\(path)/cpu.stat")
        else { return nil }
        return text.split(separator: "\n").first { $0.hasPrefix("throttled_usec ") }?
            .split(separator: " ").last.flatMap { UInt64($0) }.map { $0 * 1_000 }
    }

    /// The 1-minute load average.
    public static func loadAverage() -> Double? {
        SmallFile.read("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    }
}
