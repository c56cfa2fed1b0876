// An unmodified server whose instructions and cache misses are counted by callgrind.
//
// A window, in callgrind's monitor commands:
//
//     dump               while off: throws away what the last window left behind. Switching off
//                        resets the counts but not the mark of the last dump, so without this the
//                        next summary would be short by a whole window (valgrind 3.19)
//     instrumentation on empties the simulated caches
//     (warm-up, dump)    only where it is asked for; counted and thrown away
//     load
//     dump               while on: its summary is the window, its functions are the profile
//     instrumentation off
//
// Between windows the server runs at about a third of its speed, inside at a seventieth. No time is
// reported: there is none in the model.
import Glibc
import LinuxSystem
import Quantities
import SystemPackage

public final class SimulatedServer: CounterBackEnd {
    public let kind = CounterKind.simulated
    public let pid: pid_t
    public let session: CallgrindSession
    /// For messages.
    public let program: String
    /// The seed was asked for, but the server did not load the library (static or set-uid).
    public let seedIgnored: Bool

    private let child: ChildProcess?
    private let log: String?

    public struct Options: Sendable {
        public var geometry = CacheGeometry.standard
        /// Pins the server's randomness, its hash seed above all; nil leaves it random.
        public var seed: UInt64?
        /// "KEY=VALUE" lines on top of the pinned environment.
        public var variables: [String] = []
        /// CPUs it may run on; empty: all.
        public var cpus: [Int] = []
        /// Adds `CallgrindSession.steadyArguments` to the command line.
        public var steady = true
        /// How long it may take until it answers. A large server takes seconds under valgrind.
        public var readyMilliseconds = 60_000

        public init() {}
    }

    /// Starts `arguments` under callgrind, not counting yet, and waits until `isReady`.
    ///
    /// Call it from a thread that lives as long as the server may (see `ChildProcess`).
    /// - Parameter isReady: asked every 20 ms, such as "does PING answer".
    public static func launch(
        _ arguments: [String], _ options: Options = Options(), isReady: () -> Bool
    ) throws(SimulationError) -> SimulatedServer {
        let session = try CallgrindSession(
            geometry: options.geometry, seed: options.seed, variables: options.variables)
        let program = arguments[0]
        guard Tool.path(of: program) != nil else { throw .noProgram(program) }
        var how = ChildProcess.Options()
        how.environment = session.environment
        how.logFile = session.folder + "/server.log"
        how.randomisedAddresses = false
        how.cpus = options.cpus
        let child: ChildProcess
        do throws(SystemCallError) {
            child = try ChildProcess(
                session.prefix
                    + (options.steady ? CallgrindSession.steadyArguments(arguments) : arguments),
                how)
        } catch {
            throw .valgrindFailed("\(error)")
        }
        let deadline = Clock.deadline(milliseconds: options.readyMilliseconds)
        while !isReady() {
            let ending = child.ending
            if ending != nil || Clock.monotonicNanoseconds() > deadline {
                child.kill()
                throw session.diagnose(
                    program, ending: ending,
                    seconds: Int(
                        Nanoseconds(milliseconds: options.readyMilliseconds).whole(.seconds)),
                    log: how.logFile)
            }
            Clock.sleep(milliseconds: 20)
        }
        return SimulatedServer(
            session, pid: child.pid, program: program, child: child, log: how.logFile)
    }

    /// A server that was started with `session.prefix` and `session.environment` elsewhere, and
    /// that is ended there.
    /// - Parameter log: the file its output goes to, for messages.
    public convenience init(
        _ session: CallgrindSession, pid: pid_t, program: String, log: String? = nil
    ) {
        self.init(session, pid: pid, program: program, child: nil, log: log)
    }

    private init(
        _ session: CallgrindSession, pid: pid_t, program: String, child: ChildProcess?,
        log: String?
    ) {
        self.session = session
        self.pid = pid
        self.program = program
        self.child = child
        self.log = log
        seedIgnored = session.seed != nil && !session.seedIsPinned(in: pid)
    }

    deinit { stop() }

    /// Ends a server that was launched here, at once: what it would still write is not wanted.
    public func stop() { child?.kill() }

    /// Switches counting on, with empty simulated caches, or off.
    public func instrument(_ on: Bool) throws(SimulationError) {
        try checked { () throws(SimulationError) in
            _ = try session.control(pid, ["instrumentation", on ? "on" : "off"])
        }
    }

    /// The counts since the last dump.
    public func dump() throws(SimulationError) -> CallgrindProfile { try dumpWithFile().counts }

    private func dumpWithFile() throws(SimulationError) -> (
        counts: CallgrindProfile, file: [UInt8]
    ) {
        try checked { () throws(SimulationError) in try session.dump(pid) }
    }

    public func measure(_ load: () throws -> UInt64) throws -> CounterWindow {
        try measure(warmUp: nil, load)
    }

    /// - Parameter warmUp: runs inside the simulation but is not counted, so that the window begins
    ///   with the caches it leaves; nil: they are empty.
    public func measure(
        warmUp: (() throws -> Void)?, _ load: () throws -> UInt64
    ) throws -> CounterWindow {
        _ = try dump()
        try instrument(true)
        var operations: UInt64 = 0
        do {
            if let warmUp {
                try warmUp()
                _ = try dump()
            }
            operations = try load()
        } catch {
            // The client only sees a closed connection; the logs know why.
            if let death { throw death }
            try? instrument(false)
            throw error
        }
        let (profile, file) = try dumpWithFile()
        try instrument(false)
        return try window(profile, file, operations)
    }

    private func window(
        _ profile: CallgrindProfile, _ file: [UInt8], _ operations: UInt64
    ) throws(SimulationError) -> CounterWindow {
        let profile = try profile.verified(program)
        let quality = Reading.Quality.simulated(session.geometry)
        let entries = Counter.all(.simulated).map { counter in
            CounterWindow.Entry(
                counter, event: CallgrindProfile.columns[counter]!, group: 0,
                profile.total(counter).map { .value(Double($0), quality) }
                    ?? .unavailable(.notCounted(counter)))
        }
        return CounterWindow(
            operations: operations, entries: entries, conditions: conditions, profile: profile,
            callgrindFile: file)
    }

    /// What a comparison of simulated counts must match.
    public var conditions: [String: String] {
        [
            "i1": "\(session.geometry.i1)", "d1": "\(session.geometry.d1)",
            "ll": "\(session.geometry.ll)",
            "seed": session.seed != nil && !seedIgnored ? "pinned" : "random",
        ]
    }

    /// How the server ended, or nil while it runs.
    public var death: SimulationError? {
        if let child {
            // The connection closes a moment before the process can be reaped.
            let deadline = Clock.deadline(milliseconds: 200)
            while child.ending == nil && Clock.monotonicNanoseconds() < deadline {
                Clock.sleep(milliseconds: 5)
            }
            guard let ending = child.ending else { return nil }
            return session.diagnose(program, ending: ending, seconds: 0, log: log)
        }
        guard kill(pid, 0) != 0, errno == ESRCH else { return nil }
        return CallgrindSession.diagnose(
            program, ending: "ended", seconds: 0,
            valgrind: SmallFile.read("\(session.folder)/valgrind.log") ?? "",
            server: log.flatMap(SmallFile.read) ?? "")
    }

    /// A command that fails because the server is gone fails with that reason.
    private func checked<R>(
        _ body: () throws(SimulationError) -> R
    ) throws(SimulationError) -> R {
        do throws(SimulationError) {
            return try body()
        } catch {
            throw death ?? error
        }
    }
}
