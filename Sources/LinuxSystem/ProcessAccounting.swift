// What /proc says of a process: CPU time in nanoseconds, resident memory, threads, start.
// schedstat is exact at a thread's last switch; /proc/PID/stat counts 10 ms ticks and is not used.
import Glibc

public enum ProcessAccounting {
    /// CPU time (user + system) of all live threads of `pid`, in ns, from
    /// /proc/PID/task/*/schedstat; nil when there is no such process or it may not be read.
    public static func cpuNanoseconds(_ pid: pid_t) -> UInt64? {
        let folder = "/proc/\(pid)/task"
        guard let directory = opendir(folder) else { return nil }
        defer { closedir(directory) }
        var total: UInt64 = 0
        var threads = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.first?.isNumber == true,
                let text = SmallFile.read("\(folder)/\(name)/schedstat"),
                let first = text.split(separator: " ").first, let value = UInt64(first)
            else { continue }
            total += value
            threads += 1
        }
        return threads > 0 ? total : nil
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

    public static func threadCount(_ pid: pid_t) -> Int? {
        statusField(pid, "Threads:").flatMap { Int($0) }
    }

    /// The process that listens on a local TCP port, or nil (another user's, or another host's).
    public static func listener(ofPort port: UInt16) -> pid_t? {
        let inodes = Set(
            ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { listeningInodes($0, port) })
        guard !inodes.isEmpty else { return nil }
        return SmallFile.names(in: "/proc").lazy.compactMap { pid_t($0) }.first { pid in
            SmallFile.names(in: "/proc/\(pid)/fd").contains { fd in
                SmallFile.link("/proc/\(pid)/fd/\(fd)").map(inodes.contains) ?? false
            }
        }
    }

    private static func listeningInodes(_ table: String, _ port: UInt16) -> [String] {
        guard let text = SmallFile.read(table) else { return [] }
        return text.split(separator: "\n").dropFirst().compactMap { line in
            // sl local_address rem_address st …: state 0A is LISTEN, field 9 the inode.
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A",
                let hex = fields[1].split(separator: ":").last, UInt16(hex, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }

    private static func statusField(_ pid: pid_t, _ name: String) -> Substring? {
        SmallFile.read("/proc/\(pid)/status")?.split(separator: "\n")
            .first { $0.hasPrefix(name) }?
            .dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
    }
}
