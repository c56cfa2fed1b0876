// Brings a target up: starts a `ref:` or `exec:` server on a free port and waits until it answers,
// or reaches one that runs already. A server that was started here ends with its process group on
// every path: `stop`, the last reference, and (by the kernel) the death of Hashmark itself.
import Glibc
import LinuxSystem
import Synchronization
import SystemPackage

/// How a server is started; targets that run already ignore it.
public struct LaunchOptions: Sendable {
    /// Seed of the hash function of `ref:` targets, unless their query names one.
    public var seed: UInt64?
    /// CPUs it may run on; empty: all.
    public var cpus: [Int] = []
    /// Where its memory comes from; nil: anywhere.
    public var memory: MemoryPolicy?
    /// Words put before the command line, such as valgrind and its options.
    public var prefix: [String] = []
    /// "KEY=VALUE" lines; nil passes the environment on.
    public var environment: [String]?
    public var randomisedAddresses = true
    /// Turns the command line into the one that is run.
    public var rewrite: @Sendable ([String]) -> [String] = { $0 }
    /// Options of `ref:` servers, where their query does not name them.
    public var referenceOptions: [(name: String, value: String)] = []
    /// How far above its port a command's server has another one, which is free as well then; 0:
    /// it has none.
    var busDistance = 0
    /// How long it may take until it answers; simulated servers take longer.
    public var readyMilliseconds = 15_000
    /// The `hashmark` executable that serves `ref:` targets.
    public var executable = SmallFile.link("/proc/self/exe") ?? "hashmark"

    public init() {}
}

/// A server that answers, and what is known of it.
public final class RunningServer: Sendable {
    public let target: Target
    public let endpoint: Target.Endpoint
    /// The serving process, for CPU and memory; nil where it is not on this machine, and of a
    /// cluster, which has several (`pids`).
    public let pid: pid_t?
    /// The file that its stdout and stderr go to; nil for servers that ran already.
    public let logFile: String?
    /// The program that was started; nil for servers that ran already. Under valgrind the process
    /// is valgrind's, this is still the server's.
    public let program: String?
    /// The nodes of a cluster; empty: it is one server.
    public let nodes: [RunningServer]
    /// Processes that count as it, too (`Target.Endpoint.alsoCounted`).
    public let counted: [pid_t]
    private let child: ChildProcess?
    private let folder: WorkingFolder?
    /// Servers that end with it: its replicas.
    private let kept = Mutex<[RunningServer]>([])
    /// The process group of a server that was started here; nil for one that ran already.
    public var processGroup: pid_t? { child?.pid }

    init(
        _ target: Target, _ endpoint: Target.Endpoint, pid: pid_t? = nil,
        child: ChildProcess? = nil, folder: WorkingFolder? = nil, program: String? = nil,
        nodes: [RunningServer] = [], counted: [pid_t] = []
    ) {
        self.counted = counted
        self.program = program ?? nodes.first?.program
        self.nodes = nodes
        self.target = target
        self.endpoint = endpoint
        self.pid = pid
        self.child = child
        self.folder = folder
        logFile = folder?.logFile ?? nodes.first?.logFile
    }

    /// All processes that serve, on this machine, and those that count as the server; nil where one
    /// of them is elsewhere.
    public var pids: [pid_t]? {
        guard !nodes.isEmpty else {
            return pid.map { pid in [pid] + counted.filter { $0 != pid } }
        }
        let known = nodes.compactMap(\.pid)
        guard known.count == nodes.count else { return nil }
        return known + counted.filter { !known.contains($0) }
    }

    deinit { stop() }

    /// A new connection for commands of ours, with the endpoint's credentials and database.
    public func connect(milliseconds: Int = 5_000) throws(TargetError) -> ControlConnection {
        try ControlConnection(to: endpoint, timeoutMilliseconds: milliseconds)
    }

    /// Has another server end with this one.
    public func keep(_ other: RunningServer) { kept.withLock { $0.append(other) } }

    /// Ends a server that was started here; others are left alone.
    public func stop() {
        for other in kept.withLock({ $0 }) { other.stop() }
        for node in nodes { node.stop() }
        child?.stop()
        folder?.remove()
    }

    /// Kills a server that was started here at once, as a crash would; its folder stays.
    public func crash() { child?.kill() }

    /// How a server that was started here ended, with the end of what it printed; nil while it
    /// runs.
    public var death: String? {
        for node in nodes {
            if let death = node.death { return "\(target.label): node \(death)" }
        }
        guard let ending = child?.ending else { return nil }
        return "\(target.label) \(ending)\(Self.tail(of: logFile))"
    }

    /// The last line a server printed, as the end of a sentence: the one that says what is wrong
    /// where there is one, for programs end with a hint to their manual.
    /// - Parameter cause: of lines that tell more than the last one: servers go on to say that they
    ///   end.
    static func tail(of logFile: String?, preferring cause: String? = nil) -> String {
        let lines = logFile.flatMap(SmallFile.read)?.split(separator: "\n") ?? []
        let telling = cause.flatMap { cause in lines.last { $0.contains(cause) } }
        let last = telling ?? lines.last { $0.hasPrefix("Error:") } ?? lines.last
        return last.map { " (its last words: \($0.prefix(300)))" } ?? ""
    }
}

extension Target {
    /// Starts the target, or reaches it, and returns once PING answers.
    public func launch(_ options: LaunchOptions = LaunchOptions()) throws(TargetError)
        -> RunningServer
    {
        switch kind {
        case .reference(let table, let query):
            var flags = query.flatMap { item -> [String] in
                let isFile = Self.referenceFileKeys.contains(item.key)
                return ["--\(item.key)", isFile ? WorkingFolder.absolute(item.value) : item.value]
            }
            // With a certificate it speaks TLS, on a port of its own.
            if flags.contains("--tls-cert-file") { flags += ["--tls-port", "0"] }
            let seed = options.seed.map { [(name: "seed", value: "\($0)")] } ?? []
            for option in options.referenceOptions + seed
            where !query.contains(where: { $0.key == option.name }) {
                flags += ["--\(option.name)", option.value]
            }
            return try launchReference(
                [options.executable, "serve", "--table", Self.absolute(table), "--port", "0"]
                    + flags,
                options)
        case .command(let words):
            return try launchCommand(words, options)
        case .build(let request):
            // Held to the end of the process, as the server's files are needed as long as it runs.
            let tree = try BuildCache().tree(request) { _ in }
            return try Target(request, tree, label: label).launch(options)
        case .cluster(let count, let member):
            return try launchCluster(count, of: member, options)
        case .running(let endpoint) where endpoint.isCluster:
            return try reachCluster(endpoint)
        case .running(let endpoint):
            let connection = try ControlConnection(to: endpoint)
            try connection.ping()
            let counted = try CountedProcesses.pids(endpoint.alsoCounted)
            return RunningServer(
                self, endpoint, pid: connection.localProcess(), counted: counted)
        }
    }

    /// The server has a folder of its own, and the path of a loaded table is from this one. What is
    /// no file here is a name, of a table that is built in.
    private static func absolute(_ table: String) -> String {
        guard table.hasPrefix(foreignTable) else { return table }
        let path = WorkingFolder.absolute(String(table.dropFirst(foreignTable.count)))
        let isFile = access(String(path.prefix { $0 != "?" }), F_OK) == 0
        return isFile ? foreignTable + path : table
    }

    /// The reference server chooses its port and says so in one line.
    private func launchReference(
        _ command: [String], _ options: LaunchOptions
    ) throws(TargetError) -> RunningServer {
        let pipe: Pipe
        do throws(SystemCallError) {
            pipe = try Pipe()
        } catch {
            throw TargetError("\(error)", remedy: "close other programs")
        }
        defer { close(pipe.reading) }
        let (child, folder) = try start(options.rewrite(command), options, stdout: pipe.writing)
        var reader = LineReader(pipe.reading)
        let line = reader.line(until: Clock.deadline(milliseconds: options.readyMilliseconds))
        guard let line, let ready = Self.parseReady(line) else {
            // Its output closes a moment before it can be reaped.
            if reader.atEnd { _ = child.ending(within: 1_000) }
            throw notReady(child, folder, options)
        }
        let port = ready.encrypted ?? ready.port
        var endpoint = Endpoint(.tcp(host: "127.0.0.1", port: port))
        endpoint.password = password
        if ready.encrypted != nil { endpoint.tls = Self.tlsOptions(in: command) }
        return RunningServer(
            self, endpoint, pid: ready.pid, child: child, folder: folder,
            program: options.executable)
    }

    private var password: String? {
        guard case .reference(_, let query) = kind else { return nil }
        return query.first { $0.key == "requirepass" }?.value
    }

    /// Keys of a `ref:` query whose values are files, named from the caller's folder.
    public static let referenceFileKeys = ["tls-cert-file", "tls-key-file", "tls-ca-cert-file"]

    /// `ready tcp://127.0.0.1:PORT pid=PID`, and `tls=PORT` behind it where there is TLS.
    private static func parseReady(
        _ line: String
    ) -> (port: UInt16, pid: pid_t, encrypted: UInt16?)? {
        let words = line.split(separator: " ")
        guard words.count >= 3, words[0] == "ready", words[1].hasPrefix("tcp://"),
            let port = words[1].split(separator: ":").last.flatMap({ UInt16($0) }),
            words[2].hasPrefix("pid="), let pid = pid_t(words[2].dropFirst(4))
        else { return nil }
        let encrypted = words.last { $0.hasPrefix("tls=") }.flatMap { UInt16($0.dropFirst(4)) }
        return (port, pid, encrypted)
    }

    func start(
        _ command: [String], _ options: LaunchOptions, stdout: CInt
    ) throws(TargetError) -> (ChildProcess, WorkingFolder) {
        // The child has its own copy: its end is the end of the pipe.
        defer { if stdout >= 0 { close(stdout) } }
        let folder = try WorkingFolder()
        var how = ChildProcess.Options()
        how.folder = folder.path
        how.logFile = folder.logFile
        how.stdout = stdout
        how.cpus = options.cpus
        how.memory = options.memory
        how.environment = options.environment
        how.randomisedAddresses = options.randomisedAddresses
        do throws(SystemCallError) {
            return (try ChildProcess(options.prefix + command, how), folder)
        } catch {
            folder.remove()
            let program = (options.prefix + command)[0]
            throw TargetError(
                "cannot start '\(program)': \(error.errno)",
                remedy: error.errno == .noSuchFileOrDirectory
                    ? "install it or give its full path" : "check that it is an executable program")
        }
    }
}
