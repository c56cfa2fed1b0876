// What the kernel says of the whole machine while something is measured on it.
import Glibc

public enum HostAccounting {
    /// Time the hypervisor gave to others, summed over some or all CPUs, in ns since boot. It
    /// counts in ticks of 10 ms, so single slices mostly read 0. Nil where /proc/stat does not say.
    /// - Parameter cpus: nil: all of the machine.
    public static func stealNanoseconds(cpus: [Int]? = nil) -> UInt64? {
        guard let text = SmallFile.read("/proc/stat") else { return nil }
        let wanted = cpus.map { Set($0.map { "cpu\($0)" }) } ?? ["cpu"]
        var ticks: UInt64?
        for line in text.split(separator: "\n") {
            // cpu user nice system idle iowait irq softirq steal …
            let fields = line.split(separator: " ")
            guard fields.count > 8, wanted.contains(String(fields[0])),
                let steal = UInt64(fields[8])
            else { continue }
            ticks = (ticks ?? 0) + steal
        }
        return ticks.map { Clock.nanoseconds(ticks: $0) }
    }

    /// For how long this process's cgroup was held back by its CPU quota, in ns since it exists;
    /// nil where nothing tells.
    public static func throttledNanoseconds() -> UInt64? {
        cpuGroupFolders.lazy.compactMap { SmallFile.read("\($0)/cpu.stat") }
            .compactMap { throttledNanoseconds(cpuStat: $0) }.first
    }

    /// `throttled_usec` of cgroups' version 2, `throttled_time` in ns of version 1.
    private static func throttledNanoseconds(cpuStat: String) -> UInt64? {
        for line in cpuStat.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2, let value = UInt64(words[1]) else { continue }
            if words[0] == "throttled_usec" { return value * 1_000 }
            if words[0] == "throttled_time" { return value }
        }
        return nil
    }

    /// Read for every slice of load, so it is looked for once.
    private static let cpuGroupFolders = ControlGroup.folders(of: "cpu")

    /// Bytes that a process may still take without swapping, by the kernel's own estimate, within
    /// the limit of its cgroup; nil where nothing tells.
    public static func availableBytes() -> Int? {
        let line = SmallFile.read("/proc/meminfo")?.split(separator: "\n")
            .first { $0.hasPrefix("MemAvailable:") }
        let machine = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            .map { $0 << 10 }
        return [machine, cgroupRoom()].compactMap(\.self).min()
    }

    /// What is left of the memory limit of this process's cgroup, if it has one.
    private static func cgroupRoom() -> Int? {
        // Names of version 2, then of version 1.
        func bytes(_ names: String...) -> Int? {
            names.lazy.compactMap { ControlGroup.line($0, of: "memory").flatMap { Int($0) } }.first
        }
        guard let limit = bytes("memory.max", "memory.limit_in_bytes"),
            let used = bytes("memory.current", "memory.usage_in_bytes")
        else { return nil }
        return max(limit - used, 0)
    }

    /// The 1-minute load average.
    public static func loadAverage() -> Double? {
        SmallFile.read("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    }
}
