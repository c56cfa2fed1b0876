// Processes that count as the server beside its own: a proxy before it, or servers behind one.
// Named by number, or by what they are called in the list of processes.
import Glibc
import LinuxSystem

public enum CountedProcesses {
    /// The processes that are meant, each once.
    /// - Parameter names: numbers, or names as `ps` shows them: all of that name count.
    /// - Throws: where one of them is not there.
    public static func pids(_ names: [String]) throws(TargetError) -> [pid_t] {
        var found: [pid_t] = []
        for name in names {
            let own = pids(of: name)
            guard !own.isEmpty, own.allSatisfy({ ProcessAccounting.cpuNanoseconds($0) != nil })
            else {
                throw TargetError(
                    "there is no process '\(name)' on this machine whose CPU time can be read",
                    remedy: "start it first, and give its number or its name as `ps` shows it")
            }
            for pid in own where !found.contains(pid) { found.append(pid) }
        }
        return found
    }

    /// The kernel keeps so many letters of a name.
    private static let nameLimit = 15

    private static func pids(of name: String) -> [pid_t] {
        if let pid = pid_t(name) { return [pid] }
        let kept = String(decoding: name.utf8.prefix(nameLimit), as: UTF8.self)
        return SmallFile.names(in: "/proc").compactMap { pid_t($0) }.filter { pid in
            let own = SmallFile.read("/proc/\(pid)/comm")?.split(separator: "\n").first
            return own.map { String($0) == kept } ?? false
        }.sorted()
    }
}
