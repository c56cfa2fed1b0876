// Counters per operation of a workload: the server is filled and settled, then a bounded number of
// requests is driven while hardware, kernel or a simulated processor counts.
//
//     launch → prefill → verify → settle → [ counting: requests ] → [ counting: PINGs ] → stop
//
// Simulated counts repeat: the seed is pinned, addresses are not randomised, one connection sends
// whole batches. The operations are what the server says it processed, not what was sent.
import Counters
import LinuxSystem
import LoadGenerator
import Progress
import RESP
import RunRecord
import Targets
import Workloads

public struct CounterExperiment {
    public let workload: CompiledWorkload
    public var mode = CounterKind.simulated
    public var requests: UInt64 = 20_000
    /// One connection: with several, which of them a server reads first is up to timing.
    public var connections = 1
    public var pipeline = 64
    /// The caches of simulated runs.
    public var geometry = CacheGeometry.standard
    /// Pins hash seeds and requests; simulated runs also pin what the server reads as randomness.
    public var seed: UInt64 = 0
    /// False leaves a simulated server's randomness alone.
    public var pinsServerSeed = true
    /// Launches; the value is their median.
    public var repeats = 1
    public var allowFlush = false
    /// False: the four counters that are compared, without write misses and the like.
    public var allCounters = true
    /// How many of the functions with the most misses are told of a simulated target; 0: none.
    public var functions = 0
    /// What sets these counts apart from others of the run.
    public var conditions: Conditions = [:]

    public init(_ workload: CompiledWorkload) { self.workload = workload }

    /// The window of one launch, and one of PINGs alone, measured in the same way.
    public struct Measurement {
        public let window: CounterWindow
        public let ping: CounterWindow
    }

    /// How long one target will probably take, in s: callgrind slows a server down some fifty
    /// times, and its own start takes seconds.
    public var expectedSeconds: Double {
        let perSecond = mode == .simulated ? 40_000.0 : Fill.expectedPerSecond
        let launch = mode == .simulated ? 3.0 : 1.5
        let load = Double(workload.populatedKeys) + 1.25 * Double(requests)
        return Double(repeats) * (launch + load / perSecond)
    }

    /// Parts of a launch: the server's start, its fill, the counted requests, the PINGs.
    private enum Part: Int {
        case start, fill, requests, pings
    }

    private func span(of part: Part) -> ClosedRange<Double> {
        // A start takes about as long as so many requests.
        let weights = [40_000, Double(workload.populatedKeys), Double(requests), Double(pings)]
        return Course.spans(weights)[part.rawValue]
    }

    /// The baseline has fewer requests: all of them cost the same.
    private var pings: UInt64 { max(requests / 4, 1) }

    /// Counts on one target and adds results. Returns the measurements, for profiles.
    @discardableResult
    public func run(
        _ target: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [Measurement] {
        try MemoryNeeds.check([workload], on: [target], recorder.placement)
        recorder.add([target])
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        var measurements: [Measurement] = []
        defer { addResults(measurements, target, recorder) }
        for launch in 0..<repeats {
            let number = repeats == 1 ? "" : ", launch \(launch + 1) of \(repeats)"
            recorder.progress.begin(
                "\(target.label): \(mode.rawValue) counters\(number)",
                Course.part(launch, of: repeats))
            defer { recorder.progress.end() }
            guard !target.isCluster else {
                throw ExperimentFailure(
                    .setUp,
                    "\(target.label) has several processes, and counters are of one; count one of "
                        + "its nodes")
            }
            recorder.progress.say("launching")
            measurements.append(
                try mode == .simulated ? simulate(target, recorder) : count(target, recorder))
        }
        let name = workload.workload.name
        if functions > 0,
            let profile = measurements.last?.window.stackProfile(
                functions, of: target.label, under: name)
        {
            recorder.add(profile)
        }
        return measurements
    }

    // MARK: simulated

    private func simulate(
        _ target: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Measurement {
        guard target.isOwned else {
            throw ExperimentFailure(
                .setUp,
                "\(target.label) runs already, and only a server that starts under valgrind can be "
                    + "simulated; use an exec: or ref: target, or --mode software")
        }
        let session: CallgrindSession
        do throws(SimulationError) {
            session = try CallgrindSession(
                geometry: geometry, seed: pinsServerSeed ? seed : nil)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        var launch = LaunchOptions()
        launch.prefix = session.prefix
        launch.environment = session.environment
        launch.randomisedAddresses = false
        let own = launch.executable
        launch.rewrite = { words in
            var words = CallgrindSession.steadyArguments(words)
            if words[0] == own { words[0] = session.withoutDebugInformation(own) }
            return words
        }
        launch.readyMilliseconds = 60_000
        launch.seed = pinsServerSeed ? seed : UInt64.random(in: 0...UInt64.max)
        // No ticks: nothing of the reference server depends on the clock then.
        launch.referenceOptions = [("hz", "0")]
        let server = try start(target, launch, session, recorder)
        defer { server.stop() }
        guard let pid = server.pid else {
            throw ExperimentFailure(.setUp, "\(target.label) has no process to simulate")
        }
        let simulated = SimulatedServer(
            session, pid: pid, program: server.program ?? target.label, log: server.logFile)
        if simulated.seedIgnored {
            recorder.warn(
                "its randomness could not be pinned, so its counts vary by several per cent",
                remedy: "use a dynamically linked binary, or more repeats", target: target.label)
        }
        let connection = try server.controlConnection()
        try prepare(server, connection, recorder)
        // Asked only now: an answer of another length (INFO has times in it) would move what is
        // allocated after it, and with it the conflicts in the first-level cache.
        defer { recorder.describe(server) }
        return try measure(server, connection, simulated, recorder)
    }

    /// Under valgrind a server may fail for reasons of valgrind's own, which its log tells.
    private func start(
        _ target: Target, _ launch: LaunchOptions, _ session: CallgrindSession,
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        do throws(ExperimentFailure) {
            return try Launching.launch(target, launch, recorder, describes: false)
        } catch {
            if let program = target.missingProgram {
                throw ExperimentFailure(.setUp, "\(SimulationError.noProgram(program))")
            }
            if let cause = session.reasonOfValgrind(target.label) {
                throw ExperimentFailure(.setUp, "\(cause)")
            }
            throw error
        }
    }

    // MARK: hardware and software

    private func count(
        _ target: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Measurement {
        var launch = LaunchOptions()
        launch.seed = seed
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        guard let pid = server.pid else {
            throw ExperimentFailure(
                .setUp,
                "the process of \(target.label) is not on this machine; count where it runs")
        }
        let connection = try server.controlConnection()
        try prepare(server, connection, recorder)
        let counters: any CounterBackEnd
        do throws(CounterError) {
            counters =
                mode == .hardware
                ? try PerfCounters.hardware(process: pid) : try SoftwareCounters(process: pid)
        } catch {
            throw ExperimentFailure(.invalid, "\(target.label): \(error)")
        }
        return try measure(server, connection, counters, recorder)
    }

    // MARK: both

    private func prepare(
        _ server: RunningServer, _ connection: ControlConnection, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        recorder.warn(ofUnused: workload.workload)
        recorder.warn(ofWaits: workload.workload)
        try Launching.requireEmpty(server, connection, allowFlush: allowFlush)
        recorder.progress.begin("", span(of: .fill))
        defer { recorder.progress.end() }
        recorder.progress.say("filling")
        try recorder.phase("prefill", server.target.label) { () throws(ExperimentFailure) in
            try Fill.run(server, workload, seed: seed, connections: 1) {
                recorder.progress.advance(to: $0)
            }
            try Fill.verify(server, connection, count: workload.populatedKeys)
        }
        try recorder.phase("settle", server.target.label) { () throws(ExperimentFailure) in
            try Settling.wait(
                server, connection, .timing, milliseconds: workload.workload.settleMilliseconds)
        }
    }

    private func measure(
        _ server: RunningServer, _ connection: ControlConnection, _ counters: any CounterBackEnd,
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> Measurement {
        let workload = self.workload
        let seed = self.seed
        let window = try recorder.phase("measure", server.target.label) {
            () throws(ExperimentFailure) in
            try drive(server, connection, counters, requests, .requests, recorder) {
                WorkloadSource(workload, seed: seed, sendsWaits: false, $0)
            }
        }
        // The baseline: everything but the command and its table.
        let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("ping")])
        let baseline = try recorder.phase("ping", server.target.label) {
            () throws(ExperimentFailure) in
            try drive(server, connection, counters, pings, .pings, recorder) {
                TemplateSource(ping, range: nil, seed: seed, $0)
            }
        }
        return Measurement(window: window, ping: baseline)
    }

    private func drive<Source: RequestSource & ~Copyable>(
        _ server: RunningServer, _ connection: ControlConnection, _ counters: any CounterBackEnd,
        _ count: UInt64, _ part: Part, _ recorder: Recorder,
        source: (WorkerPlace) -> Source
    ) throws(ExperimentFailure) -> CounterWindow {
        recorder.progress.begin("", span(of: part))
        defer { recorder.progress.end() }
        recorder.progress.say("counting")
        var options = LoadOptions(for: server)
        options.connections = connections
        options.pipeline = pipeline
        do {
            // A round trip before a new session: the server has then taken note that the one before
            // it is closed, and what it allocates next lies where it does in every run.
            try connection.ping()
            let load = try SessionLoad(to: server.endpoint.address, options, source: source)
            // Its connections close behind the last look at the server.
            defer { withExtendedLifetime(load) {} }
            let before = try processed(server, connection)
            let window = try counters.measure {
                let sample = try load.run(.requests(count), pace: nil) {
                    recorder.progress.advance(to: Double($0.operations) / Double(count))
                }
                if let error = sample.errorKinds.first {
                    throw ExperimentFailure(
                        .invalid,
                        "\(server.target.label) answered \(sample.errors) requests with errors, "
                            + "first \"\(error.firstText)\"; measure a server that has them")
                }
                return sample.operations
            }
            if let before, let after = try processed(server, connection) {
                // The question itself is a command too.
                let confirmed = after - before - 1
                guard confirmed == Int(count) else {
                    throw ExperimentFailure(
                        .invalid,
                        "\(server.target.label) processed \(confirmed) commands where "
                            + "\(count) were sent; is another client using it?")
                }
            }
            return window
        } catch let failure as ExperimentFailure {
            throw failure
        } catch let failure as LoadFailure {
            throw ExperimentFailure(failure, server)
        } catch {
            throw ExperimentFailure(.invalid, "\(server.target.label): \(error)")
        }
    }

    /// Commands that the server says it has processed, 0 or more; nil where it says nothing.
    private func processed(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> Int? {
        if server.target.isReference {
            return try connection.call(["HASHMARK", "COMMANDS"]).number.map { max(Int($0), 0) }
        }
        return try connection.info("stats")["total_commands_processed"].flatMap { Int($0) }
            .map { max($0, 0) }
    }
}
