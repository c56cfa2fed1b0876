// What the kernel says of a process: CPU time in nanoseconds, resident memory, threads.
//
// CPU time is the scheduler's own account (the first field of /proc/PID/task/*/schedstat). That
// file shows it as of a thread's last switch or tick, up to 4 ms ago for one that runs, which is
// much of a 10 ms slice; the process's CPU clock reads the same account brought up to now, so it
// comes first. /proc/PID/stat counts 10 ms ticks and is not used.
import Glibc
import Quantities

public enum ProcessAccounting {
    /// CPU time (user + system) of all threads of `pid`, in ns; nil when there is no such process
    /// or it may not be read.
    public static func cpuNanoseconds(_ pid: pid_t) -> UInt64? {
        guard pid > 0 else { return nil }
        var clock = clockid_t()
        var time = timespec()
        if clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 {
            return time.nanoseconds
        }
        return schedstatNanoseconds(pid)
    }

    /// User and system time of all threads of `pid`, in ns but counted in ticks of 10 ms; nil when
    /// there is no such process.
    public static func times(_ pid: pid_t) -> (user: UInt64, system: UInt64)? {
        // pid (comm) state …: the name may hold anything, so fields count from its parenthesis;
        // they are the 14th and 15th of all.
        guard let text = SmallFile.read("/proc/\(pid)/stat"),
            let end = text.utf8.lastIndex(of: UInt8(ascii: ")"))
        else { return nil }
        let fields = Array(text[end...].split(separator: " ").dropFirst())
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12])
        else { return nil }
        return (Clock.nanoseconds(ticks: user), Clock.nanoseconds(ticks: system))
    }

    /// CPU time (user + system) of this process, in ns.
    public static func ownCPUNanoseconds() -> UInt64 {
        Clock.reading(CLOCK_PROCESS_CPUTIME_ID)
    }

    /// CPU time (user + system) of all children that ended and were waited for, and of theirs.
    public static func reapedChildrenCPUNanoseconds() -> UInt64 {
        let times = reapedChildrenTimes()
        return times.user + times.system
    }

    /// The same by its parts, in ns.
    public static func reapedChildrenTimes() -> (user: UInt64, system: UInt64) {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
        func nanoseconds(_ time: timeval) -> UInt64 {
            timespec(tv_sec: time.tv_sec, tv_nsec: time.tv_usec * 1_000).nanoseconds
        }
        return (nanoseconds(usage.ru_utime), nanoseconds(usage.ru_stime))
    }

    /// The sum over /proc/PID/task/*/schedstat, as of each thread's last switch or tick.
    static func schedstatNanoseconds(_ pid: pid_t) -> UInt64? {
        let folder = "/proc/\(pid)/task"
        let times = SmallFile.names(in: folder).compactMap { thread in
            SmallFile.read("\(folder)/\(thread)/schedstat")?.split(separator: " ").first
                .flatMap { UInt64($0) }
        }
        return times.isEmpty ? nil : times.reduce(0, +)
    }

    /// Resident set in bytes, from the page walk of smaps_rollup where it may be read (statm lags
    /// by up to 64 pages a thread), else from statm.
    public static func residentBytes(_ pid: pid_t) -> Int? {
        if let text = SmallFile.read("/proc/\(pid)/smaps_rollup"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Rss:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        {
            return kibibytes * 1024
        }
        return quickResidentBytes(pid)
    }

    /// Resident set in bytes from statm: without the walk, a little behind the truth.
    public static func quickResidentBytes(_ pid: pid_t) -> Int? {
        guard let text = SmallFile.read("/proc/\(pid)/statm"),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return pages * Int(getpagesize())
    }

    /// Threads of a process now; nil once it is gone.
    public static func threadCount(_ pid: pid_t) -> Int? {
        statusField("\(pid)", "Threads").flatMap { Int($0) }
    }

    /// The process that listens on a local TCP port, or nil (another user's, or another host's).
    /// - Parameter likely: looked at first; all others cost a look at every descriptor there is.
    public static func listener(ofPort port: UInt16, likely: pid_t? = nil) -> pid_t? {
        let inodes = Set(
            ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listeningInodes($0, port) })
        return holder(of: inodes, likely: likely)
    }

    /// The process that listens on a unix socket at `path`, or nil.
    /// - Parameter likely: looked at first, such as the one that a connection's credentials name:
    ///   it began to listen, and may have handed the socket to another since.
    public static func listener(ofSocket path: String, likely: pid_t? = nil) -> pid_t? {
        // Num RefCount Protocol Flags Type St Inode Path; the flag 00010000 is a listening one
        let lines = SmallFile.read("/proc/net/unix")?.split(separator: "\n") ?? []
        let inodes = lines.compactMap { line -> String? in
            let fields = line.split(separator: " ", maxSplits: 7)
            guard fields.count == 8, fields[3] == "00010000", fields[7] == path else { return nil }
            return "socket:[\(fields[6])]"
        }
        return holder(of: Set(inodes), likely: likely)
    }

    /// The first process that has one of these sockets open.
    private static func holder(of inodes: Set<String>, likely: pid_t?) -> pid_t? {
        guard !inodes.isEmpty else { return nil }
        func listens(_ pid: pid_t) -> Bool {
            SmallFile.names(in: "/proc/\(pid)/fd").contains { fd in
                SmallFile.link("/proc/\(pid)/fd/\(fd)").map(inodes.contains) ?? false
            }
        }
        if let likely, listens(likely) { return likely }
        return SmallFile.names(in: "/proc").lazy.compactMap { pid_t($0) }.first(where: listens)
    }

    private static func listeningInodes(_ table: String, _ port: UInt16) -> [String] {
        guard let text = SmallFile.read(table) else { return [] }
        let (blank, newline) = (UInt8(ascii: " "), UInt8(ascii: "\n"))
        return text.utf8.split(separator: newline).compactMap { line in
            // sl local_address rem_address st …: state 0A is LISTEN, field 9 the inode. Connections
            // can be thousands of lines, so they are left at their fourth field, and as bytes.
            let start = line.split(separator: blank, maxSplits: 4)
            guard start.count > 4, start[3].elementsEqual("0A".utf8) else { return nil }
            let fields = Substring(line).split(separator: " ")
            guard fields.count > 9, let hex = fields[1].split(separator: ":").last,
                UInt16(hex, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }

    /// The parent of a process; nil when it has ended.
    public static func parent(of pid: pid_t) -> pid_t? {
        statusField("\(pid)", "PPid").flatMap { pid_t($0) }
    }

    /// Children of this process.
    static func children() -> [pid_t] {
        let own = getpid()
        return SmallFile.names(in: "/proc").compactMap { pid_t($0) }.filter {
            parent(of: $0) == own
        }
    }

    /// CPUs that the kernel lets a process or thread run on; nil where that is not told.
    public static func allowedCPUs(ofProcess process: String, root: String = "") -> [Int]? {
        statusField(process, "Cpus_allowed_list", root: root).flatMap { try? CPUList.parse($0) }
    }

    /// A row of /proc/PROCESS/status.
    /// - Parameters:
    ///   - process: a number, `self` or `thread-self`.
    ///   - root: the folder that /proc is in; empty: the machine's.
    public static func statusField(
        _ process: String, _ name: String, root: String = ""
    ) -> Substring? {
        SmallFile.read("\(root)/proc/\(process)/status")?.split(separator: "\n")
            .first { $0.hasPrefix("\(name):") }?
            .dropFirst(name.count + 1).drop { $0 == " " || $0 == "\t" }
    }
}
