// Memory from one NUMA node alone: whether that can be had here, how a thread or a child gets it,
// and where pages really lie.
import CLinux
import Glibc
import SystemPackage

/// The policy, ready for a child between fork and exec: everything about it is known before.
public struct MemoryPolicy: Hashable, Sendable {
    public let node: Int
    /// A bit for each node, as set_mempolicy(2) takes them.
    let mask: [UInt]
    /// How many nodes it has one for.
    var bits: UInt { UInt(mask.count * UInt.bitWidth) }

    /// Nil where libnuma is not installed.
    public init?(node: Int) {
        guard let library = NumaLibrary.installed else { return nil }
        self.node = node
        mask = library.mask(of: node)
    }

    /// Why policies may not be used here (EPERM or ENOSYS in containers), or nil.
    public static var denial: Errno? {
        let code = hashmark_probe_memory_policy()
        return code == 0 ? nil : Errno(rawValue: -code)
    }

    /// Restricts the calling thread's new memory to the node.
    public func apply() throws(SystemCallError) {
        let code = mask.withUnsafeBufferPointer { hashmark_bind_memory($0.baseAddress, bits) }
        if code != 0 {
            throw SystemCallError("set_mempolicy", Errno(rawValue: -code), "node \(node)")
        }
    }

    /// Nodes that the calling thread may take memory from.
    public static func allowedNodes() -> [Int] { NumaLibrary.installed?.allowedNodes() ?? [] }

    /// Anonymous pages of a process by node, from /proc/PID/numa_maps; nil where it may not be
    /// read.
    public static func anonymousPages(of pid: pid_t) -> [Int: Int]? {
        SmallFile.read("/proc/\(pid)/numa_maps").map { anonymousPages(inMaps: $0) }
    }

    /// - Parameter text: `ADDRESS POLICY [anon=PAGES] [NNODE=PAGES] …` lines.
    public static func anonymousPages(inMaps text: String) -> [Int: Int] {
        var pages: [Int: Int] = [:]
        for line in text.split(separator: "\n") where line.contains(" anon=") {
            for field in line.split(separator: " ") where field.hasPrefix("N") {
                let pair = field.dropFirst().split(separator: "=")
                if pair.count == 2, let node = Int(pair[0]), let count = Int(pair[1]) {
                    pages[node, default: 0] += count
                }
            }
        }
        return pages
    }
}
