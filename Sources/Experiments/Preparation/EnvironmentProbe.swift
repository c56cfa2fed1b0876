// Reads the machine for the record's environment fingerprint. What a file does not say stays nil:
// a container that hides /sys is an ordinary place to run in.
import Glibc
import LinuxSystem
import Quantities
import RunRecord

extension EnvironmentFingerprint {
    /// The machine as it is now.
    public static func current() -> EnvironmentFingerprint {
        var host = EnvironmentFingerprint()
        host.readProcessor()
        host.readKernel()
        host.readLimits()
        host.hostnameHash = SmallFile.line("/proc/sys/kernel/hostname").map(shortHash)
        host.operatingSystem = fields(of: "/etc/os-release", separator: "=")["PRETTY_NAME"]?
            .replacing("\"", with: "")
        host.loadAverage = SmallFile.read("/proc/loadavg")?.split(separator: " ").prefix(3)
            .compactMap { Double($0) }
        host.swiftVersion = compilerVersion
        return host
    }

    private mutating func readProcessor() {
        let info = Self.fields(of: "/proc/cpuinfo", separator: ":")
        cpuModel = info["model name"] ?? info["CPU part"]
        cpuFlagsHash = (info["flags"] ?? info["Features"]).map {
            Self.shortHash($0.split(separator: " ").sorted().joined(separator: " "))
        }
        logicalCPUs = sysconf(CInt(_SC_NPROCESSORS_ONLN))
        let cpus = "/sys/devices/system/cpu"
        let topology = CPUTopology()
        physicalCores = topology.cores.isEmpty ? nil : topology.cores.count
        sockets = topology.sockets
        coreCPUs = Self.lists(topology.cores)
        l3CPUs = Self.lists(topology.thirdLevelCaches)
        microcode = info["microcode"]
        smt = SmallFile.line("\(cpus)/smt/active").map { $0 == "1" }
        governor = SmallFile.line("\(cpus)/cpu0/cpufreq/scaling_governor")
        turbo =
            SmallFile.line("\(cpus)/intel_pstate/no_turbo").map { $0 == "0" }
            ?? SmallFile.line("\(cpus)/cpufreq/boost").map { $0 == "1" }
        let caches = CacheSizes()
        (l1dBytes, l2Bytes, l3Bytes) = (caches.l1d, caches.l2, caches.l3)
        numaNodes = NumaTopology.current.map(\.nodes.count).flatMap { $0 == 0 ? nil : $0 }
        if let numa = NumaTopology.current, !numa.nodes.isEmpty {
            nodes = numa.nodes.map { Node($0) }
        }
        // A guest sees the flag; its make is in the DMI strings, where they may be read.
        if let flags = info["flags"]?.split(separator: " ") {
            hypervisor =
                flags.contains("hypervisor")
                ? SmallFile.line("/sys/class/dmi/id/sys_vendor") ?? "unnamed" : "none"
        }
    }

    /// Nil where nothing tells.
    private static func lists(_ groups: [[Int]]) -> [String]? {
        groups.isEmpty ? nil : groups.map { CPUList.text($0) }
    }

    private mutating func readKernel() {
        let system = "/proc/sys"
        kernel = SmallFile.line("\(system)/kernel/osrelease")
        addressSpaceRandomization = SmallFile.line("\(system)/kernel/randomize_va_space")
            .flatMap { Int($0) }
        tcpCongestionControl = SmallFile.line("\(system)/net/ipv4/tcp_congestion_control")
        transparentHugePages = SmallFile.choice("/sys/kernel/mm/transparent_hugepage/enabled")
        pageSizeBytes = Int(getpagesize())
        memoryBytes = HostAccounting.memoryBytes("MemTotal")
    }

    private mutating func readLimits() {
        cgroupMemoryLimit = ControlGroup.line("memory.max", of: "memory")
        // "max 100000" or "QUOTA PERIOD", both in µs.
        let quota = ControlGroup.line("cpu.max", of: "cpu")?.split(separator: " ")
        cgroupCPULimit = quota.flatMap { words in
            guard words.count == 2, let period = Double(words[1]) else { return nil }
            return Double(words[0]).map { "\($0 / period)" } ?? String(words[0])
        }
    }

    /// `name SEPARATOR value` lines; of a repeated name the first.
    private static func fields(of path: String, separator: Character) -> [String: String] {
        var fields: [String: String] = [:]
        for line in SmallFile.read(path)?.split(separator: "\n") ?? [] {
            let pair = line.split(separator: separator, maxSplits: 1)
            guard pair.count == 2 else { continue }
            let name = pair[0].drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }
            let value = pair[1].drop { $0.isWhitespace }
            fields[String(name.reversed())] = fields[String(name.reversed())] ?? String(value)
        }
        return fields
    }

    /// FNV-1a, 64 bits, in hexadecimal: tells texts apart, protects nothing.
    private static func shortHash(_ text: String) -> String {
        let hash = text.utf8.reduce(into: 0xcbf2_9ce4_8422_2325 as UInt64) { hash, byte in
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }

    private static var compilerVersion: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }
}

extension EnvironmentFingerprint.Node {
    fileprivate init(_ node: NumaTopology.Node) {
        self.init(
            number: node.number, cpus: CPUList.text(node.cpus), memoryBytes: node.memoryBytes,
            distances: node.distances)
    }
}
