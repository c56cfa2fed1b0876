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
        guard let microseconds = field("throttled_usec", of: cpuStat) else {
            return field("throttled_time", of: cpuStat)
        }
        return nanoseconds(microseconds: microseconds)
    }

    private static func nanoseconds(microseconds: UInt64) -> UInt64 {
        let (product, overflow) = microseconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? UInt64.max : product
    }

    /// How often its CPU quota held this process's cgroup back since it exists; nil where nothing
    /// tells.
    /// - Parameter root: the folder that /proc and /sys are in; empty: the machine's.
    public static func throttledPeriods(root: String = "") -> UInt64? {
        ControlGroup.folders(of: "cpu", root: root).lazy
            .compactMap { SmallFile.read("\($0)/cpu.stat") }
            .compactMap { field("nr_throttled", of: $0) }.first
    }

    /// A value of `name value` lines.
    private static func field(_ name: String, of text: String) -> UInt64? {
        text.split(separator: "\n").lazy.map { $0.split(separator: " ") }
            .first { $0.count == 2 && $0[0] == name }.flatMap { UInt64($0[1]) }
    }

    /// Read for every slice of load, so it is looked for once.
    private static let cpuGroupFolders = ControlGroup.folders(of: "cpu")

    /// Bytes that a process may still take without swapping, by the kernel's own estimate, within
    /// the limit of its cgroup; nil where nothing tells.
    public static func availableBytes(root: String = "") -> Int? {
        [memoryBytes("MemAvailable", root: root), cgroupRoom(root)].compactMap(\.self).min()
    }

    /// A row of /proc/meminfo, such as `SwapFree`, in bytes; nil where there is none.
    public static func memoryBytes(_ name: String, root: String = "") -> Int? {
        let line = SmallFile.read("\(root)/proc/meminfo")?.split(separator: "\n")
            .first { $0.hasPrefix("\(name):") }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }),
            kibibytes >= 0
        else { return nil }
        let (bytes, overflow) = kibibytes.multipliedReportingOverflow(by: 1 << 10)
        return overflow ? nil : bytes
    }

    /// What is left of the memory limit of this process's cgroup, if it has one.
    private static func cgroupRoom(_ root: String) -> Int? {
        // Names of version 2, then of version 1.
        func bytes(_ names: String...) -> Int? {
            names.lazy.compactMap { name in
                ControlGroup.line(name, of: "memory", root: root).flatMap { Int($0) }
            }.first { $0 >= 0 }
        }
        guard let limit = bytes("memory.max", "memory.limit_in_bytes"),
            let used = bytes("memory.current", "memory.usage_in_bytes")
        else { return nil }
        return max(limit - used, 0)
    }

    /// The 1-minute load average.
    public static func loadAverage(root: String = "") -> Double? {
        SmallFile.read("\(root)/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    }

    /// Pressure stall information: tasks that could run and had no CPU. Nil where the kernel does
    /// not keep it (Linux 4.20, with `psi=1` where that is not the default).
    public static func cpuPressure(
        root: String = ""
    ) -> (recent: Double, waitedNanoseconds: UInt64)? {
        // some avg10=35.88 avg60=30.10 avg300=11.21 total=336789275: per cent, and µs since boot
        let line = SmallFile.read("\(root)/proc/pressure/cpu")?.split(separator: "\n")
            .first { $0.hasPrefix("some ") }
        let fields = line?.split(separator: " ").map { $0.split(separator: "=") } ?? []
        func value(_ name: String) -> Substring? {
            fields.first { $0.count == 2 && $0[0] == name }?[1]
        }
        guard let recent = value("avg10").flatMap({ Double($0) }), (0...100).contains(recent),
            let total = value("total").flatMap({ UInt64($0) })
        else { return nil }
        return (recent / 100, nanoseconds(microseconds: total))
    }
}
