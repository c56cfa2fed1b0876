// NUMA memory policy: which nodes there are, whether binding is allowed, and where pages really
// lie.
import CLinux
import Glibc
import SystemPackage

public enum MemoryPolicy {
    /// Nodes that are online; empty where the kernel has no NUMA.
    public static func nodes() -> [Int] {
        SmallFile.names(in: "/sys/devices/system/node").compactMap { name in
            name.hasPrefix("node") ? Int(name.dropFirst(4)) : nil
        }.sorted()
    }

    /// Why policies may not be used here (EPERM or ENOSYS in containers), or nil.
    public static var denial: Errno? {
        let code = hashmark_probe_memory_policy()
        return code == 0 ? nil : Errno(rawValue: -code)
    }

    /// Restricts the calling thread's new memory to `node`.
    public static func bind(to node: Int) throws(SystemCallError) {
        let code = hashmark_bind_memory(CInt(node))
        if code != 0 {
            throw SystemCallError("set_mempolicy", Errno(rawValue: -code), "node \(node)")
        }
    }

    /// Anonymous pages of a process by node, from /proc/PID/numa_maps; nil where it may not be
    /// read.
    public static func anonymousPages(of pid: pid_t) -> [Int: Int]? {
        guard let text = SmallFile.read("/proc/\(pid)/numa_maps") else { return nil }
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
