// Everything that a server needs to run under callgrind the same way each time: valgrind's options,
// an environment of its own, and the seed-pinning library. Who starts the server is open: give
// `prefix` and `environment` to whatever does, and switch address randomisation off.
//
// What is pinned, and why (shares of the spread measured on live servers: the hash seed dominates):
//   hash seed     by the preload library, on request (Resources/seedpin.c)
//   environment   its strings lie on the stack and move what is below them
//   addresses     by ChildProcess (ADDR_NO_RANDOMIZE); valgrind places its own the same way
//   geometry      always given
//   lengths       the folder's name, which is in the environment, always has the same length
//   slow log      off in Redis and Valkey (`steadyArguments`): under valgrind a command takes now
//                 and then the 10 ms that get it an entry, whose odd number of small allocations
//                 moves all later ones by half a cache line: 25 % more or fewer misses, by chance
// What is left: the process id and the time of day, which Redis and Valkey mix into the generator
// that picks random keys (not into the hash seed), and when timers fire.
import Glibc
import LinuxSystem
import SystemPackage

public final class CallgrindSession: Sendable {
    public let geometry: CacheGeometry
    public let seed: UInt64?
    /// A folder of this session alone; removed with it.
    public var folder: String { scratch.path }
    private let scratch: ScratchFolder
    /// Words to put before the server's command line.
    public let prefix: [String]
    /// "KEY=VALUE" lines: the server's whole environment.
    public let environment: [String]

    /// - Parameters:
    ///   - seed: pins what the server reads as randomness; nil leaves it random.
    ///   - variables: "KEY=VALUE" lines on top of the pinned environment.
    /// - Throws: no valgrind, no compiler (only with a seed), no temporary folder.
    public init(
        geometry: CacheGeometry = .standard, seed: UInt64? = nil, variables: [String] = []
    ) throws(SimulationError) {
        guard let valgrind = Tool.path(of: "valgrind") else { throw .noValgrind }
        guard Tool.path(of: "vgdb") != nil else { throw .noTool("vgdb") }
        self.geometry = geometry
        self.seed = seed
        do throws(SystemCallError) {
            scratch = try ScratchFolder("hashmark-callgrind")
        } catch {
            throw .folder(ScratchFolder.parent)
        }
        let folder = scratch.path
        var environment = Self.pinnedEnvironment + variables
        if let seed {
            let library = folder + "/seedpin.so"
            try Self.compileSeedPin(to: library)
            environment += ["LD_PRELOAD=\(library)", "HASHMARK_SEED=\(seed)"]
        }
        self.environment = environment
        prefix =
            [
                valgrind, "--tool=callgrind", "--cache-sim=yes", "--collect-systime=yes",
                "--instr-atstart=no",
                // Threads take turns in order, so that a polling I/O thread cannot starve others.
                "--fair-sched=try",
                "--vgdb=yes", "--vgdb-prefix=\(folder)/vgdb",
                "--callgrind-out-file=\(folder)/counts", "--log-file=\(folder)/valgrind.log",
            ] + geometry.arguments
    }

    /// PATH finds programs; Swift's hashing is seeded per process unless told otherwise; the rest
    /// keeps valgrind's own option files and locales out.
    private static var pinnedEnvironment: [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return ["PATH=\(path)", "HOME=/", "LC_ALL=C", "SWIFT_DETERMINISTIC_HASHING=1"]
    }

    // MARK: the command line

    /// `words` with options that keep a server we know from acting by the clock, as far as the line
    /// does not set them itself. Other programs stay as they are.
    public static func steadyArguments(_ words: [String]) -> [String] {
        let program = words.first?.split(separator: "/").last.map(String.init) ?? ""
        guard ["redis-server", "valkey-server", "keydb-server"].contains(program) else {
            return words
        }
        // One timer tick a second, of which a window then has one or two.
        let options = [("--hz", "1"), ("--slowlog-log-slower-than", "-1")]
        return options.reduce(words) { line, option in
            line.contains(option.0) ? line : line + [option.0, option.1]
        }
    }

    /// A copy of `program` without debugging information, in this session's folder.
    ///
    /// valgrind 3.19 gives up on what newer compilers write there (DWARF 5 of Swift 6.3). The code
    /// and the symbols, which profiles need, are the same. Without strip(1) it is the program
    /// itself.
    public func withoutDebugInformation(_ program: String) -> String {
        let copy = folder + "/server"
        let strip = try? Tool.run(["strip", "--strip-debug", "-o", copy, program])
        return strip?.succeeded == true ? copy : program
    }

    // MARK: the seed-pinning library

    /// Compiles Resources/seedpin.c, which is part of this executable. About 50 ms, so it is not
    /// kept: a stale library would be worse.
    public static func compileSeedPin(to library: String) throws(SimulationError) {
        let source = library + ".c"
        let log = library + ".log"
        guard write(PackageResources.seedpin_c, to: source) else { throw .folder(library) }
        defer {
            unlink(source)
            unlink(log)
        }
        guard let compiler else { throw .noCompiler }
        let arguments = [compiler, "-O1", "-fPIC", "-shared", "-o", library, source, "-ldl"]
        let output = try? Tool.run(arguments, milliseconds: 60_000, errorFile: log)
        guard let output, output.succeeded else {
            let words = SmallFile.read(log)?.split(separator: "\n")
            throw .compilerFailed(
                words?.first { $0.contains("error") }.map(String.init) ?? "\(compiler) failed")
        }
    }

    /// $CC, or what PATH has.
    static var compiler: String? {
        let chosen = getenv("CC").map { [String(cString: $0)] } ?? []
        return (chosen + ["cc", "clang", "gcc"]).lazy.compactMap { Tool.path(of: $0) }.first
    }

    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard fd >= 0 else { return false }
        defer { close(fd) }
        return bytes.withUnsafeBytes { Glibc.write(fd, $0.baseAddress!, $0.count) } == bytes.count
    }

    /// Whether the library is loaded in the process; static and set-uid programs ignore it.
    func seedIsPinned(in pid: pid_t) -> Bool {
        seed != nil
            && SmallFile.read("/proc/\(pid)/maps")?.contains("\(folder)/seedpin.so") == true
    }

    // MARK: talking to callgrind

    /// Passes a monitor command to the valgrind of `pid` and returns its answer.
    ///
    /// vgdb finds the process by names made of its prefix, user and host, so it gets the same
    /// environment. A server that sleeps in a system call is woken with ptrace.
    @discardableResult
    func control(_ pid: pid_t, _ command: [String]) throws(SimulationError) -> String {
        let arguments = ["vgdb", "--vgdb-prefix=\(folder)/vgdb", "--pid=\(pid)"] + command
        let log = folder + "/vgdb.log"
        // Half a minute: a dump of a large server takes seconds, a hang must end.
        let output = try? Tool.run(
            arguments, milliseconds: 30_000, environment: Self.pinnedEnvironment, errorFile: log)
        guard let output, output.succeeded else {
            let words = SmallFile.read(log)?.split(separator: "\n").last.map(String.init)
            throw .control(command: command.joined(separator: " "), words ?? "no answer")
        }
        return output.text
    }

    /// The counts since the last dump, and the file that callgrind wrote of them: a new one each
    /// time.
    func dump(
        _ pid: pid_t
    ) throws(SimulationError) -> (counts: CallgrindProfile, file: [UInt8]) {
        for path in dumpFiles() { unlink(path) }
        try control(pid, ["dump"])
        guard let path = dumpFiles().first, let text = SmallFile.bytes(path) else {
            throw .noDump
        }
        unlink(path)
        return (try CallgrindProfile(parsing: text), text)
    }

    /// Paths of counts.1, counts.2 …, in that order; `counts` itself is written at the end of the
    /// process.
    func dumpFiles() -> [String] {
        SmallFile.names(in: folder).compactMap { name in
            name.hasPrefix("counts.") ? Int(name.dropFirst("counts.".count)) : nil
        }.sorted().map { "\(folder)/counts.\($0)" }
    }

    // MARK: what went wrong

    /// The cause of a server's death (or silence, where `ending` is nil) from what valgrind and the
    /// server wrote.
    func diagnose(
        _ program: String, ending: ChildProcess.Ending?, seconds: Int, log: String?
    ) -> SimulationError {
        let own = SmallFile.read("\(folder)/valgrind.log") ?? ""
        let server = log.flatMap(SmallFile.read) ?? ""
        return Self.diagnose(
            program, ending: ending.map { "\($0)" }, seconds: seconds, valgrind: own,
            server: server)
    }

    /// What valgrind's log says of a server that was started elsewhere and did not come up; nil
    /// when it says nothing, and the server's own output is the better cause.
    public func reasonOfValgrind(_ program: String) -> SimulationError? {
        switch diagnose(program, ending: nil, seconds: 0, log: nil) {
        case .notReady, .died: nil
        case let found: found
        }
    }

    static func diagnose(
        _ program: String, ending: String?, seconds: Int, valgrind: String, server: String
    ) -> SimulationError {
        let said = (valgrind + "\n" + server).split(separator: "\n")
        if said.contains(where: {
            $0.contains("nrecognised instruction") || $0.contains("unhandled instruction")
        }) {
            let bytes = said.first { $0.contains("unhandled instruction bytes:") }
                .flatMap { $0.split(separator: ":").last }
                .map { $0.split(separator: " ").prefix(6).joined(separator: " ") }
            return .unknownInstruction(program: program, bytes: bytes)
        }
        if said.contains(where: { $0.contains("debuginfo reader") }) {
            return .unreadableDebugInformation(program: program)
        }
        // The launcher's own complaints are the only lines that begin like this.
        if let line = said.first(where: { $0.hasPrefix("valgrind: ") }) {
            if line.contains("command not found") || line.contains("No such file") {
                return .noProgram(program)
            }
            return .valgrindFailed(String(line.dropFirst("valgrind: ".count)))
        }
        let words = server.split(separator: "\n").last.map(String.init)
        if let ending { return .died(program: program, ending, lastWords: words) }
        return .notReady(program: program, seconds: seconds, lastWords: words)
    }
}
