// A server or tool that Hashmark starts: in a process group of its own, killed as a group on every
// path, and by the kernel should Hashmark itself be killed.
//
// swift-subprocess was weighed and left: the parent-death signal belongs to the thread that forks,
// and its pool threads come and go; servers must also be reachable from a signal handler.
import CLinux
import Glibc
import Synchronization
import SystemPackage

public final class ChildProcess: Sendable {
    public let pid: pid_t
    /// How it ended; nil until somebody has found that out.
    private let state = Mutex<Ending?>(nil)

    public enum Ending: Equatable, Sendable, CustomStringConvertible {
        case exited(CInt)
        case killed(signal: CInt)

        public var description: String {
            switch self {
            case .exited(let code): "exited with status \(code)"
            case .killed(let signal): "was killed by \(String(cString: strsignal(signal)))"
            }
        }
    }

    public struct Options: Sendable {
        /// "KEY=VALUE" lines; nil passes the parent's environment on.
        public var environment: [String]?
        /// The file that stdout and stderr go to; nil discards them.
        public var logFile: String?
        /// Stdin comes from here, which stays the caller's to close; −1: there is none.
        public var stdin: CInt = -1
        /// Stdout goes here instead (a pipe's writing end), which stays the caller's to close.
        public var stdout: CInt = -1
        /// Stdout and stderr are the parent's own; `logFile` and `stdout` are ignored.
        public var inheritsOutput = false
        public var randomisedAddresses = true
        /// CPUs the child may run on; empty: as the parent.
        public var cpus: [Int] = []
        /// Where its memory comes from; nil: as the parent.
        public var memory: MemoryPolicy?
        /// The folder it runs in; nil: the parent's.
        public var folder: String?

        public init() {}
    }

    /// Starts `arguments[0]` (looked up in PATH) in its own process group.
    ///
    /// Call it from a thread that lives as long as the child may: the kernel kills the child when
    /// the thread that started it ends.
    /// - Throws: ENOENT when there is no such program, EACCES, EAGAIN, …
    public init(_ arguments: [String], _ options: Options = Options()) throws(SystemCallError) {
        var log: CInt = -1
        if let file = options.logFile {
            log = try call("open", file) {
                open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
            }
        }
        defer { if log >= 0 { close(log) } }
        let result = Self.spawn(arguments, options, log: log)
        guard result > 0 else {
            throw SystemCallError("start", Errno(rawValue: -result), arguments[0])
        }
        pid = result
        LiveChildren.add(result)
    }

    /// Its pid, or -errno.
    private static func spawn(_ arguments: [String], _ options: Options, log: CInt) -> pid_t {
        let folder = options.folder.map { strdup($0) } ?? nil
        defer { free(folder) }
        let cpus = options.cpus.map(CInt.init)
        let nodes = options.memory?.mask ?? []
        return cpus.withUnsafeBufferPointer { cpus in
            nodes.withUnsafeBufferPointer { nodes in
                var how = hashmark_spawn(
                    stdin_fd: options.stdin,
                    stdout_fd: options.inheritsOutput
                        ? 1 : options.stdout >= 0 ? options.stdout : log,
                    stderr_fd: options.inheritsOutput ? 2 : log,
                    new_group: 1, die_with_parent: 1, no_aslr: options.randomisedAddresses ? 0 : 1,
                    cpus: cpus.baseAddress, cpu_count: CInt(cpus.count),
                    memory_mode: options.memory?.mode.number ?? 0,
                    memory_nodes: nodes.isEmpty ? nil : nodes.baseAddress,
                    memory_bits: options.memory?.bits ?? 0, folder: folder)
                return withCStrings(arguments) { argv -> pid_t in
                    guard let environment = options.environment else {
                        return hashmark_spawn(arguments[0], argv, nil, &how)
                    }
                    return withCStrings(environment) {
                        hashmark_spawn(arguments[0], argv, $0, &how)
                    }
                }
            }
        }
    }

    deinit { kill() }

    /// How it ended, or nil while it runs. Reaps it.
    public var ending: Ending? { reap(WNOHANG) }

    /// Sends `signal` to the whole group.
    public func signal(_ signal: CInt) {
        if ending == nil { _ = Glibc.kill(-pid, signal) }
    }

    /// Kills the group at once and reaps the child.
    public func kill() {
        _ = Glibc.kill(-pid, SIGKILL)  // also what the child left behind in its group
        _ = reap(0)
    }

    /// SIGTERM, then SIGKILL after `milliseconds`.
    public func stop(milliseconds: Int = 2_000) {
        signal(SIGTERM)
        _ = ending(within: milliseconds)
        kill()
    }

    /// How it ended, after waiting for that at most so long; nil while it runs.
    public func ending(within milliseconds: Int) -> Ending? {
        let deadline = Clock.deadline(milliseconds: milliseconds)
        while ending == nil && Clock.monotonicNanoseconds() < deadline {
            Clock.sleep(milliseconds: 2)
        }
        return ending
    }

    /// Waits for its end.
    public func wait() -> Ending { reap(0)! }

    private func reap(_ flags: CInt) -> Ending? {
        state.withLock { ending in
            if ending != nil { return ending }
            var status: CInt = 0
            // What cannot be waited for any more has ended.
            if (try? call("waitpid") { waitpid(pid, &status, flags) }) == 0 { return nil }
            LiveChildren.remove(pid)
            let low = status & 0x7f
            ending = low == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: low)
            return ending
        }
    }
}

/// Every child that may still run, so that an exit on any path can end them.
public enum LiveChildren {
    private static let pids = Mutex<Set<pid_t>>([])

    static func add(_ pid: pid_t) { pids.withLock { _ = $0.insert(pid) } }
    static var all: Set<pid_t> { pids.withLock { $0 } }
    static func remove(_ pid: pid_t) { pids.withLock { _ = $0.remove(pid) } }
}

/// Processes that a child put into the background and left behind: no group and no parent of theirs
/// is known to us, unless the kernel hands them over.
public enum Orphans {
    /// Whether descendants whose parent ends become children of this process rather than of init.
    public static func adopt(_ yes: Bool) { hashmark_adopt_orphans(yes ? 1 : 0) }

    /// Kills those that were handed over, with their groups; true if there were any.
    public static func kill() -> Bool {
        // Those of a child's group die with that; a daemon is the one in a session of its own.
        let known = LiveChildren.all
        let session = getsid(0)
        let orphans = ProcessAccounting.children().filter {
            !known.contains($0) && getsid($0) != session
        }
        for orphan in orphans {
            // one that has left its parent's session leads a group of its own
            if getpgid(orphan) == orphan { _ = Glibc.kill(-orphan, SIGKILL) }
            _ = Glibc.kill(orphan, SIGKILL)
            waitpid(orphan, nil, 0)
        }
        return !orphans.isEmpty
    }
}

/// A null-terminated array of C strings for the duration of `body`.
private func withCStrings<R>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress!) }
}
