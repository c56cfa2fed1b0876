// The works of `hashmark bench`, one after the other, with the CPU time that both sides spent.
//
//     inspect the server ─► populate, verify ─► each work: warm up ─► measure × repeats ─► judge
//                                               or: search the highest rate that meets an objective
//
// A target is started for it and stopped behind it (`on`), and what a test takes out is put in
// before. The outcome is one plain value; printing it is BenchPrinter's and recording it
// BenchRecord's.
import Glibc
import LinuxSystem
import LoadGenerator
import Quantities
import RESP
import RunRecord
import Targets
import Workloads

public struct BenchRun {
    let options: BenchOptions
    let recorder: Recorder
    var result: BenchResult
    var doubts = BenchDoubts()
    /// Of a target; nil where the server was given by its address.
    private var server: RunningServer?

    public init(_ options: BenchOptions, _ recorder: Recorder) {
        self.options = options
        self.recorder = recorder
        result = BenchResult(options: options)
    }

    /// Starts `target`, or reaches it, runs everything on it, and stops what was started.
    /// - Parameter options: their endpoint does not matter.
    /// - Throws: when it cannot be started or reached, or holds what may not be overwritten. A run
    ///   that ends early is a result with a `failure`.
    public static func run(
        _ options: BenchOptions, on target: Target, _ recorder: Recorder,
        _ observer: inout some BenchObserver
    ) throws(ExperimentFailure) -> BenchResult {
        do throws(TargetError) {
            try BenchNeeds.check(
                options.largest, isHere: target.isHere, nodes: target.nodeCount)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        var launch = LaunchOptions()
        launch.seed = options.seed
        let server = try Launching.launch(target, launch, recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        var ours = options
        ours.endpoint = server.endpoint
        ours.target = target
        var run = BenchRun(ours, recorder)
        run.server = server
        var result = try run.runAll(&observer)
        if let failure = result.failure {
            if case .interrupted = failure.reason { return result }
            result.death = server.deathAfterLoss()
        }
        return result
    }

    /// Runs everything on the server at the endpoint.
    /// - Throws: when the server cannot be reached, or holds what may not be overwritten. A run
    ///   that ends early is a result with a `failure`.
    public mutating func run(
        _ observer: inout some BenchObserver
    ) throws(ExperimentFailure) -> BenchResult {
        do throws(TargetError) {
            try BenchNeeds.check(
                options.largest, isHere: options.endpoint.address.isLocal,
                nodes: max(options.endpoint.seeds.count, 1))
        } catch {
            throw failure(error)
        }
        return try runAll(&observer)
    }

    /// A command of ours that failed.
    func failure(_ error: TargetError) -> ExperimentFailure {
        guard let server else { return ExperimentFailure(.setUp, "\(error)") }
        return ExperimentFailure(error, server)
    }

    private mutating func runAll(
        _ observer: inout some BenchObserver
    ) throws(ExperimentFailure) -> BenchResult {
        let control: ControlConnection
        do throws(TargetError) {
            control = try ControlConnection(to: options.endpoint)
            try inspect(control)
        } catch {
            throw failure(error)
        }
        // Of a target, the launch has seen to it.
        if options.target == nil {
            for pid in result.serverPIDs ?? [] { recorder.watch(pid) }
            if result.serverPIDs == nil { recorder.watch(nil) }
        }
        observer.started(result)
        if result.serverSettings == nil, options.target?.isOwned != true {
            warn(
                "the server does not tell its persistence settings (CONFIG GET)",
                "make sure that it saves nothing while it is measured", &observer)
        }
        if options.measuresBase { measureBase(&observer) }
        try fill(&observer)
        try announceReadBack(control, &observer)
        announceSearches()
        var isMeasured = false
        for work in options.works {
            guard result.failure == nil && result.invalid.isEmpty else { break }
            if let reason = obstacle(work) {
                skip(work, reason, &observer)
                continue
            }
            isMeasured = true
            let stock = stock(of: work)
            if let stock { putIn(stock, &observer) }
            guard result.failure == nil && result.invalid.isEmpty else { break }
            let evictions = losses()
            drive(work, &observer)
            judgeLosses(work.title, evictions, losses())
            if let stock { judgeRest(work.title, stock) }
        }
        judgeReadBack(&observer)
        for doubt in doubts.warnings { warn(doubt.cause, doubt.remedy, &observer) }
        let skipped = result.tests.filter { $0.skipped != nil }.map(\.title)
        if !skipped.isEmpty, options.namesWorks || !isMeasured {
            for title in skipped {
                invalidate(
                    title, "not measured: \(title)", "ask for tests that this server can run (-t)")
            }
        }
        return result
    }

    private mutating func skip(
        _ work: BenchWork, _ reason: String, _ observer: inout some BenchObserver
    ) {
        var skipped = BenchTestResult(title: work.title, sample: LoadSample(commands: []))
        skipped.skipped = reason
        result.tests.append(skipped)
        warn("\(work.title) skipped: \(reason)", "leave it out with -t", &observer)
    }

    /// - Parameter workload: whose numbers are none; nil for all.
    mutating func invalidate(_ workload: String?, _ cause: String, _ remedy: String) {
        var reason = RunRecord.Warning(
            cause: cause, remedy: remedy, target: options.target?.label)
        reason.workload = workload
        reason.invalidates = true
        result.invalid.append(reason)
    }

    func warn(_ cause: String, _ remedy: String, _ observer: inout some BenchObserver) {
        observer.cleared()
        recorder.warn(cause, remedy: remedy, target: options.target?.label)
    }

    // MARK: the server

    private mutating func inspect(_ control: ControlConnection) throws(TargetError) {
        try control.ping()
        let fields = ask { (control) throws(TargetError) in try control.info() } ?? [:]
        let identity = ServerIdentity(info: fields)
        result.serverVersion = identity.version
        result.allocator = identity.allocator
        result.encryption = control.encryption.map { RunRecord.Encryption($0, options.endpoint) }
        if let save = setting("save"), let appendOnly = setting("appendonly") {
            result.serverSettings = (save, appendOnly)
        }
        result.members = try control.members()
        if options.hasThreadPerNode { result.options.threads = max(1, result.answering.count) }
        if options.endpoint.isCluster {
            let known = result.members.compactMap(\.pid)
            result.serverPIDs = known.count == result.members.count ? known : nil
        } else {
            let pid = control.localProcess(claimed: fields["process_id"].flatMap { pid_t($0) })
            result.serverPIDs = pid.map { [$0] }
        }
        let named = try CountedProcesses.pids(options.endpoint.alsoCounted)
        let counted = options.alsoCounted + named.filter { !options.alsoCounted.contains($0) }
        let others = counted.filter { result.serverPIDs?.contains($0) == false }
        result.serverPIDs?.append(contentsOf: others)
        for pid in others { recorder.watch(pid) }
    }

    private func setting(_ name: String) -> String? {
        ask { (control) throws(TargetError) in try control.configuration(name) }
            .flatMap { value in value.map(ErrorReply.printable) }
    }

    /// What the server need not tell. On a connection of its own: some close theirs after a command
    /// that they do not know.
    func ask<Answer>(
        _ question: (ControlConnection) throws(TargetError) -> Answer
    ) -> Answer? {
        do throws(TargetError) {
            return try question(ControlConnection(to: options.endpoint))
        } catch {
            return nil
        }
    }

    /// Why a work cannot run on this server; nil when it can. Prepares it on the way.
    private func obstacle(_ work: BenchWork) -> String? {
        if work.isOwn { return nil }
        // Where the first error ends the run, as in the originals, the server says it itself.
        for command in work.commands where options.errorPolicy != .stop {
            let isKnown = ask { (control) throws(TargetError) in try control.knows(command) }
            if isKnown == false { return "the server has no \(command)" }
        }
        guard case .test(let test) = work else { return nil }
        // Of several hosts one is enough, and all but that one wait for it.
        for command in test.preparation where FleetLink.current?.isRoot ?? true {
            let reply = ask { (control) throws(TargetError) in try control.send(command) }
            if case .error(let text)? = reply {
                return "the server refused \(command[0]): \(ErrorReply.printable(text))"
            }
        }
        return nil
    }

    // MARK: one work

    private mutating func drive(_ work: BenchWork, _ observer: inout some BenchObserver) {
        let (range, seed, inOrder) = (options.range, options.seed, options.isSequential)
        let (isCluster, hasOwnParts) = (options.endpoint.isCluster, options.hasOwnParts)
        switch work {
        case .test(let test):
            drive(work, &observer) { (address, load) throws(LoadFailure) -> any Load in
                try SessionLoad(to: address, load) {
                    TemplateSource(
                        test.template, range: range, seed: seed, isSequential: inOrder,
                        fillsTags: isCluster, hasOwnParts: hasOwnParts, $0)
                }
            }
        case .dataset(let plan):
            drive(work, &observer) { (address, load) throws(LoadFailure) -> any Load in
                try SessionLoad(to: address, load) {
                    DatasetSource(plan, range: range, seed: seed, isSequential: inOrder, $0)
                }
            }
        case .mix(let plan):
            guard let workload = compiled(plan) else { return }
            let isOurs = options.populates
            drive(work, &observer) { (address, load) throws(LoadFailure) -> any Load in
                try SessionLoad(to: address, load) {
                    WorkloadSource(workload, seed: seed, checksAnswers: isOurs, $0)
                }
            } realised: { requests, workers in
                plan.realised(workload, seed: seed, workers: workers, requests: requests)
            }
        case .handshakes(let resumes):
            guard options.endpoint.tls != nil else {
                invalidate(
                    nil,
                    "\(options.endpoint.address) is reached without TLS, and there are no "
                        + "handshakes", "give a valkeys:// URL, or --tls")
                return
            }
            drive(work, &observer) { (address, load) throws(LoadFailure) -> any Load in
                HandshakeLoad(to: address, load, resumes: resumes)
            }
        }
    }

    /// The workload that a mix stands for; nil, and the run invalid, where there is none.
    mutating func compiled(_ plan: MixPlan) -> CompiledWorkload? {
        do throws(WorkloadProblems) {
            return try plan.compiled(seed: options.seed, populates: options.populates)
        } catch {
            invalidate(nil, "\(error)", "write another --mix")
            return nil
        }
    }

    func loadOptions() -> LoadOptions {
        var load = LoadOptions()
        load.connections = options.connections
        load.pipeline = options.pipeline
        load.threads = result.options.threads
        load.cpus = options.cpus
        load.keepsConnections = options.keepsConnections
        load.latencyMode = options.latencyMode
        load.stallNanoseconds = options.stallTimeout.count
        load.prelude = options.prelude
        load.tls = options.endpoint.tls
        load.errorPolicy = options.errorPolicy
        load.cluster = options.cluster
        return load
    }

    /// - Parameters:
    ///   - open: connects.
    ///   - realised: of so many requests so far, by so many workers.
    private mutating func drive(
        _ work: BenchWork, _ observer: inout some BenchObserver,
        _ open: (SocketAddress, LoadOptions) throws(LoadFailure) -> any Load,
        realised: (UInt64, Int) -> [RealisedDistribution] = { _, _ in [] }
    ) {
        if let grid = options.grid { return measureGrid(grid, work, &observer, open) }
        do throws(LoadFailure) {
            let load = try shared(work.title, open)
            var requests: UInt64 = 0
            if options.warmup.count > 0 {
                let warmUp = try load.run(
                    .duration(nanoseconds: options.warmup.count), pace: options.pace
                ) { observer.progressed("Warming up \(work.title)", $0) }
                requests += warmUp.operations
            }
            if let objective = options.objective {
                let found = saturate(work.title, objective, load, &observer)
                result.saturations.append(found)
                observer.saturated(found)
                return
            }
            var outcomes: [BenchTestResult] = []
            for repetition in 0..<options.repeats {
                guard
                    var outcome = measure(
                        work.title, repetition, options.pace, load, &observer)
                else { break }
                if repetition == 0 { outcome.openingHandshakes = load.handshakes }
                requests += outcome.sample.operations
                outcome.distributions = realised(requests, outcome.sample.workers)
                if options.readsBack { readBack(&outcome) }
                outcomes.append(outcome)
                result.tests.append(outcome)
                observer.finished(outcome)
                judge(outcome, &observer)
                if result.failure != nil { break }
            }
            if outcomes.count > 1 {
                observer.repeated(outcomes)
                judgeDrift(outcomes)
            }
        } catch {
            result.failure = error
        }
    }

    /// The load of a work: this process's, or its share of one with the other hosts'.
    private func shared(
        _ title: String, _ open: (SocketAddress, LoadOptions) throws(LoadFailure) -> any Load
    ) throws(LoadFailure) -> any Load {
        let address = options.endpoint.address
        var load = loadOptions()
        guard let link = FleetLink.current else { return try open(address, load) }
        load.host = link.place
        return FleetLoad(
            try open(address, load), link, address, target: result.label, workload: title,
            recorder)
    }

    /// One burst with both sides' CPU time; nil when nothing was answered.
    mutating func measure(
        _ title: String, _ repetition: Int, _ pace: Pace?, _ load: any Load,
        _ observer: inout some BenchObserver
    ) -> BenchTestResult? {
        var outcome = BenchTestResult(title: title, sample: LoadSample(commands: []))
        outcome.repetition = repetition
        var pace = pace
        pace?.seed = options.seed &+ UInt64(repetition)
        let server = ServerMeter(ProcessClock(pids: result.serverPIDs))
        let nodes = result.members.map { ServerMeter(ProcessClock(pids: $0.pid.map { [$0] })) }
        do throws(LoadFailure) {
            outcome.sample = try load.run(options.limit, pace: pace) {
                outcome.series.append($0)
                observer.progressed(title, $0)
            }
        } catch {
            result.failure = error
            outcome.sample = error.sample
            outcome.partial = true
            // A rate with errors in it is none, and the original prints nothing here.
            if case .errorReply = error.reason { return nil }
        }
        outcome.serverCPUNanoseconds = server.nanoseconds.map { UInt64(clamping: $0) }
        outcome.nodes = BenchNode.all(outcome.sample.cluster, result.members, nodes)
        return outcome.sample.operations > 0 ? outcome : nil
    }
}
