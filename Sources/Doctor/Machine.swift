// Where checks read: /proc and /sys below a folder, which a test can make, and what was found by
// trying.
import LinuxSystem
import Quantities

public struct Machine: Sendable {
    /// The folder that /proc and /sys are in; empty: this machine's.
    public let root: String
    /// Nil: nothing was tried.
    let probes: Probes?
    /// An earlier look at what moves; nil: there was none.
    let earlier: MovingCounts?

    public init(root: String = "", probes: Probes? = nil, earlier: MovingCounts? = nil) {
        self.root = root
        self.probes = probes
        self.earlier = earlier
    }

    func text(_ path: String) -> String? { SmallFile.read(root + path) }
    func line(_ path: String) -> String? { SmallFile.line(root + path) }
    func number(_ path: String) -> Int? { line(path).flatMap { Int($0) } }
    func choice(_ path: String) -> String? { SmallFile.choice(root + path) }

    /// In order, so that what is told of several files is the same each time.
    func names(in folder: String) -> [String] { SmallFile.names(in: root + folder).sorted() }

    /// CPUs of a list in a file, such as `0-3,8`.
    func cpus(_ path: String) -> [Int]? { line(path).flatMap { try? CPUList.parse($0) } }

    /// How many CPUs are online; where /sys is hidden, as many as have a row in /proc/stat.
    var cpuCount: Int? {
        if let online = cpus("/sys/devices/system/cpu/online") { return online.count }
        let rows = text("/proc/stat")?.split(separator: "\n")
            .count { $0.hasPrefix("cpu") && !$0.hasPrefix("cpu ") }
        return rows == 0 ? nil : rows
    }

    /// CPUs that this process may use.
    var allowedCPUs: [Int]? { ProcessAccounting.allowedCPUs(ofProcess: "self", root: root) }

    /// Where servers and the load generator go by themselves: it has the last CPU, they the others.
    var places: (servers: [Int], client: Int)? {
        guard let cpus = allowedCPUs, let client = cpus.last, cpus.count > 1 else { return nil }
        return (Array(cpus.dropLast()), client)
    }

    /// A row of /proc/cpuinfo, of each CPU that has it.
    func processorField(_ name: String) -> [String] {
        let lines = text("/proc/cpuinfo")?.split(separator: "\n") ?? []
        return lines.compactMap { line in
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2, pair[0].prefix(while: { $0 != "\t" }) == name else { return nil }
            return String(pair[1].drop { $0 == " " })
        }
    }

    /// Whether this process has a capability, by its number; nil where nothing tells.
    func hasCapability(_ number: Int) -> Bool? {
        ProcessAccounting.statusField("self", "CapEff", root: root)
            .flatMap { UInt64($0, radix: 16) }.map { $0 >> UInt64(number) & 1 == 1 }
    }
}

/// Numbers of capabilities(7) that measuring asks for.
enum ProcessCapability {
    static let lockMemory = 14
    static let administer = 21
    static let readKernelLog = 34
    static let sample = 38
}
