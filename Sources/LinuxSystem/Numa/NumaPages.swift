// On which NUMA nodes the pages of a process are. Its own (anonymous) alone: those of files lie
// where whoever read the file first ran, and no policy of the process moves them.
import Glibc

public struct NumaPages: Equatable, Sendable {
    /// Pages by node.
    public let byNode: [Int: Int]

    public init(byNode: [Int: Int]) { self.byNode = byNode }

    /// Those of a process now; nil where it may not be asked.
    public init?(of pid: pid_t) {
        guard let text = SmallFile.read("/proc/\(pid)/numa_maps") else { return nil }
        self.init(inMaps: text)
    }

    /// - Parameter text: `ADDRESS POLICY [file=PATH] [anon=PAGES] [NNODE=PAGES] …` lines of
    ///   /proc/PID/numa_maps. A mapping of a file counts its pages with the process's own.
    public init(inMaps text: String) {
        var pages: [Int: Int] = [:]
        for line in text.split(separator: "\n")
        where line.contains(" anon=") && !line.contains(" file=") {
            let fields = line.split(separator: " ")
            let kibibytes = fields.last { $0.hasPrefix("kernelpagesize_kB=") }
                .flatMap { Int($0.drop { $0 != "=" }.dropFirst()) }
            // Huge pages are counted as what they are.
            let size = max(1, (kibibytes ?? 0) * 1_024 / Int(getpagesize()))
            for field in fields where field.hasPrefix("N") {
                let pair = field.dropFirst().split(separator: "=")
                if pair.count == 2, let node = Int(pair[0]), let count = Int(pair[1]) {
                    pages[node, default: 0] += count * size
                }
            }
        }
        byNode = pages
    }

    public var total: Int { byNode.values.reduce(0, +) }

    /// Share of them on other nodes; nil where there are none at all.
    public func share(outside nodes: [Int]) -> Double? {
        guard total > 0 else { return nil }
        let inside = nodes.reduce(0) { $0 + (byNode[$1] ?? 0) }
        return Double(total - inside) / Double(total)
    }

    /// Pages that the kernel has moved from node to node for the threads of a process that live;
    /// nil where it does not count that.
    public static func migrated(of pid: pid_t) -> Int? {
        let folder = "/proc/\(pid)/task"
        let counts = SmallFile.names(in: folder).compactMap { thread in
            SmallFile.read("\(folder)/\(thread)/sched").flatMap { migrated(inSched: $0) }
        }
        return counts.isEmpty ? nil : counts.reduce(0, +)
    }

    /// - Parameter text: `NAME : NUMBER` lines of /proc/PID/sched.
    public static func migrated(inSched text: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix("numa_pages_migrated") }
            .flatMap { $0.split(separator: " ").last }.flatMap { Int($0) }
    }
}
