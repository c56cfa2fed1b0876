// All processes of a server: what it started counts as the server, a helper's CPU time as its own.
//
//   members   the process itself, its descendants, and its process group where it has one of its
//             own
//   CPU time  of members that live: their CPU clocks; of those that ended and were waited for: the
//             children's time in /proc/PID/stat of whoever waited, in ticks of 10 ms
//   waits     time for which threads could have run and did not (schedstat's second field)
//
// The list of members is a snapshot: `refresh` looks at every process of the machine, which takes
// about a millisecond, so it belongs between bursts of load and not inside.
//
// Not seen: time of a child that ended unwaited-for between two refreshes, and of one that left
// both the group and the line of descent.
import Glibc

public struct ProcessFamily: Sendable {
    public let root: pid_t
    /// The process group that belongs to the root alone; nil where others share it.
    private let group: pid_t?
    private var members: [pid_t]
    /// CPU time never runs backwards, although a member that vanished takes its own along.
    private var mostSeen: UInt64 = 0

    /// - Parameter group: the process group, if it was made for the root.
    public init(root: pid_t, group: pid_t? = nil) {
        self.root = root
        self.group = group
        members = [root]
        refresh()
    }

    /// Looks which processes belong to it now.
    public mutating func refresh() {
        let all = SmallFile.names(in: "/proc").compactMap { pid_t($0) }
            .compactMap { Stat($0) }
        var found: Set<pid_t> = [root]
        if let group { found.formUnion(all.lazy.filter { $0.group == group }.map(\.pid)) }
        var grew = true
        while grew {
            let children = all.filter { found.contains($0.parent) && !found.contains($0.pid) }
            found.formUnion(children.map(\.pid))
            grew = !children.isEmpty
        }
        members = found.sorted()
    }

    /// CPU time of all members and of their ended children, in ns; nil when the root is gone or may
    /// not be read. Refreshes first.
    public mutating func cpuNanoseconds() -> UInt64? {
        guard ProcessAccounting.cpuNanoseconds(root) != nil else { return nil }
        refresh()
        let live = members.reduce(0) { $0 + (ProcessAccounting.cpuNanoseconds($1) ?? 0) }
        let ended = members.reduce(0) { $0 + (Stat($1)?.endedChildrenNanoseconds ?? 0) }
        mostSeen = max(mostSeen, live + ended)
        return mostSeen
    }

    /// CPU time of the members of the last `refresh` that live, in ns: a few hundred ns each.
    public func quickCPUNanoseconds() -> UInt64 {
        members.reduce(0) { $0 + (ProcessAccounting.cpuNanoseconds($1) ?? 0) }
    }

    /// How long each of its threads has waited for a CPU, in ns, by thread id.
    public func waits() -> [pid_t: UInt64] { Self.waits(of: members) }

    /// The same of the threads of some processes.
    public static func waits(of processes: [pid_t]) -> [pid_t: UInt64] {
        var waits: [pid_t: UInt64] = [:]
        for process in processes {
            for name in SmallFile.names(in: "/proc/\(process)/task") {
                guard let thread = pid_t(name),
                    let fields = SmallFile.read("/proc/\(process)/task/\(name)/schedstat")?
                        .split(separator: " "), fields.count > 1, let wait = UInt64(fields[1])
                else { continue }
                waits[thread] = wait
            }
        }
        return waits
    }

    /// What is needed of /proc/PID/stat.
    private struct Stat {
        var pid: pid_t
        var parent: pid_t
        var group: pid_t
        var endedChildrenNanoseconds: UInt64

        init?(_ pid: pid_t) {
            // pid (comm) state ppid pgrp … cutime cstime: the name may hold anything, so fields
            // count from its last parenthesis; children's times are the 16th and 17th of all.
            guard let text = SmallFile.read("/proc/\(pid)/stat"),
                let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
            else { return nil }
            let fields = text[end...].split(separator: " ").dropFirst()
            guard fields.count > 14, let parent = pid_t(fields[fields.startIndex + 1]),
                let group = pid_t(fields[fields.startIndex + 2]),
                let user = UInt64(fields[fields.startIndex + 13]),
                let system = UInt64(fields[fields.startIndex + 14])
            else { return nil }
            self.pid = pid
            self.parent = parent
            self.group = group
            endedChildrenNanoseconds = Clock.nanoseconds(ticks: user + system)
        }
    }
}
