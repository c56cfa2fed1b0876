// The experiments behind a suite of claims: each is run once, its results recorded under its name.
//
// What cannot be measured here (a program that is not installed or lacks the commands, too few
// CPUs, no valgrind) leaves results without a value and with the reason, for every claim that needs
// them; the other experiments go on. An experiment that breaks off may have left some results: its
// claims are marked as unmeasured, so that nothing is made of a part.
import Progress
import RunRecord
import Targets
import Workloads

public struct ClaimExperiments {
    private let suite: ClaimSuite
    private let targets: [String: Target]
    private let workloads: [String: CompiledWorkload]
    private let cpus: Int
    /// Where the servers of rounds are from.
    private let host: any RoundHost

    /// - Parameters:
    ///   - targets: the suite's, by label.
    ///   - workloads: by the names of the experiments that have one, and called by that name.
    ///   - cpus: how many this machine has for the run.
    ///   - host: who launches the servers of rounds; nil: this machine.
    public init(
        _ suite: ClaimSuite, targets: [String: Target], workloads: [String: CompiledWorkload],
        cpus: Int = Placement.allowedCPUs().count, host: (any RoundHost)? = nil
    ) {
        self.suite = suite
        self.targets = targets
        self.workloads = workloads
        self.cpus = cpus
        self.host = host ?? LocalRounds()
    }

    /// Runs all of them; the claims of the record are there from the start, without outcomes.
    /// - Throws: what the first experiment that broke off failed at, after all the others.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) {
        recorder.set(claims: suite.claims)
        recorder.add(suite.targets.compactMap { targets[$0.label] })
        let weights = suite.experiments.map(expectedSeconds)
        recorder.progress.expect(seconds: weights.reduce(0, +))
        var found: ExperimentFailure?
        for (experiment, span) in zip(suite.experiments, Course.spans(weights)) {
            recorder.progress.begin(experiment.name, span)
            defer { recorder.progress.end() }
            do throws(ExperimentFailure) {
                let present = try present(experiment, recorder)
                if !present.isEmpty { try run(experiment, present, recorder) }
            } catch {
                mark(experiment, "\(error)", recorder)
                guard error.kind != .interrupted else { throw error }
                recorder.warn(
                    "the experiment \(experiment.name) broke off: \(error)",
                    remedy: "its claims are not judged")
                found = found ?? error
            }
        }
        if let found { throw found }
    }

    /// Says of an experiment's claims why there is nothing to judge.
    private func mark(
        _ experiment: ClaimSuite.Experiment, _ reason: String, _ recorder: Recorder
    ) {
        var claims = recorder.record.claims
        for index in claims.indices
        where [claims[index].workload, claims[index].baselineWorkload].contains(experiment.name) {
            claims[index].unmeasured = claims[index].unmeasured ?? reason
        }
        recorder.set(claims: claims)
    }

    /// The targets that can be measured; the others are given results without values.
    private func present(
        _ experiment: ClaimSuite.Experiment, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [Target] {
        let all = experiment.targets.compactMap { targets[$0] }
        guard cpus >= experiment.cpus else {
            let reason = "it takes \(experiment.cpus) CPUs, and \(cpus) are here"
            mark(experiment, reason, recorder)
            leaveOut(experiment, all, reason, recorder)
            return []
        }
        let installed = all.filter { target in
            guard suite.targets.contains(where: { $0.label == target.label && $0.optional }),
                let missing = target.missingProgram
            else { return true }
            let reason = "'\(missing)' is not installed"
            recorder.warn(
                "\(reason), so \(target.label) is left out",
                remedy: "install it to have it measured")
            leaveOut(experiment, [target], reason, recorder)
            return false
        }
        guard let workload = workloads[experiment.name] else { return installed }
        let able = try CommandSupport.targets(installed, that: workload, recorder)
        leaveOut(
            experiment, installed.filter { !able.contains($0) },
            "it lacks commands of \(experiment.name)", recorder)
        return able
    }

    private func run(
        _ experiment: ClaimSuite.Experiment, _ present: [Target], _ recorder: Recorder
    ) throws(ExperimentFailure) {
        switch experiment.measure {
        case .memory(let keySize, let valueSize, let entries, let ttl):
            var curve = MemoryCurve(
                keySize: keySize, valueSize: valueSize, entries: [entries], ttlSeconds: ttl)
            curve.name = experiment.name
            curve.readsProbeLength = suite.claims.contains { claim in
                claim.workload == experiment.name && claim.metric == Metric.probeLength.id
            }
            if let problem = curve.problem { throw ExperimentFailure(.setUp, problem) }
            var launch = LaunchOptions()
            launch.seed = recorder.record.seed
            try curve.run(present, launch, recorder)
        case .collection(let shape, let containers, let members):
            var curve = CollectionCurve(shape: shape, containers: containers, members: [members])
            curve.name = experiment.name
            if let problem = curve.problem { throw ExperimentFailure(.setUp, problem) }
            var launch = LaunchOptions()
            launch.seed = recorder.record.seed
            try curve.run(present, launch, recorder)
        case .tables:
            let alone = present.filter { TableLookUps.problem($0) == nil }
            for target in present where !alone.contains(target) {
                leaveOut(
                    experiment, [target], TableLookUps.problem(target) ?? "", recorder)
            }
            try lookUps(experiment)?.run(alone, recorder)
        case .counters(let load, let requests):
            guard let workload = workloads[experiment.name] else { return }
            var counting = CounterExperiment(workload)
            counting.requests = requests
            counting.seed = recorder.record.seed
            counting.allCounters = false
            if let pipeline = load.pipeline { counting.pipeline = pipeline }
            let byFunction = suite.claims.contains {
                $0.workload == experiment.name && $0.function != nil
            }
            if byFunction { counting.functions = Self.allFunctions }
            if let reason = try counting.simulateIfPossible(present, recorder) {
                leaveOut(experiment, present, reason, recorder)
            }
        case .rounds(let load, let rounds, let readsMemory):
            guard let workload = workloads[experiment.name] else { return }
            var plan = RoundPlan()
            plan.rounds = rounds
            plan.seed = recorder.record.seed
            plan.pipeline = load.pipeline
            plan.connections = load.connections
            plan.readsMemory = readsMemory
            var interleaved = InterleavedRounds(present, workload, plan)
            interleaved.tellsFirstRound = true
            interleaved.host = roundHost(of: present, rounds)
            try interleaved.run(recorder)
        }
    }

    /// More than a server has that miss: a claim may be of any of them.
    private static let allFunctions = 1_000

    private func lookUps(_ experiment: ClaimSuite.Experiment) -> TableLookUps? {
        guard case .tables(let keySize, let valueSize, let entries, let rounds) = experiment.measure
        else { return nil }
        return TableLookUps(
            name: experiment.name, keySize: keySize, valueSize: valueSize, entries: entries,
            rounds: rounds)
    }

    /// Where the servers are from, with clients that listen where the suite asks for them.
    private func roundHost(of targets: [Target], _ rounds: Int) -> any RoundHost {
        let monitored = Set(suite.targets.filter(\.monitored).map(\.label))
            .intersection(targets.map(\.label))
        return monitored.isEmpty
            ? host : MonitoredRounds(host, listeningTo: monitored, rounds: rounds)
    }

    /// How long one will probably take, in s.
    private func expectedSeconds(_ experiment: ClaimSuite.Experiment) -> Double {
        guard cpus >= experiment.cpus else { return 0 }
        let targets = experiment.targets.compactMap { self.targets[$0] }
        let workload = workloads[experiment.name]
        switch experiment.measure {
        case .memory(let keySize, let valueSize, let entries, _):
            let curve = MemoryCurve(keySize: keySize, valueSize: valueSize, entries: [entries])
            return curve.expectedSeconds * Double(targets.count)
        case .collection(let shape, let containers, let members):
            let curve = CollectionCurve(shape: shape, containers: containers, members: [members])
            return curve.expectedSeconds * Double(targets.count)
        case .tables: return lookUps(experiment)?.expectedSeconds ?? 0
        case .counters(_, let requests):
            guard let workload else { return 0 }
            var counting = CounterExperiment(workload)
            counting.requests = requests
            return counting.expectedSeconds * Double(targets.count)
        case .rounds(_, let rounds, _):
            guard let workload else { return 0 }
            var plan = RoundPlan()
            plan.rounds = rounds
            return InterleavedRounds(targets, workload, plan).expectedSeconds
        }
    }

    /// Results without values, for what claims ask of the experiment.
    private func leaveOut(
        _ experiment: ClaimSuite.Experiment, _ targets: [Target], _ reason: String,
        _ recorder: Recorder
    ) {
        var metrics: [Metric] = []
        for claim in suite.claims
        where [claim.workload, claim.baselineWorkload].contains(experiment.name) {
            guard let metric = Metric.named(claim.metric), !metrics.contains(metric) else {
                continue
            }
            metrics.append(metric)
        }
        for target in targets {
            for metric in metrics {
                recorder.add(
                    RunRecord.Result(
                        metric, target: target.label, workload: experiment.name,
                        unavailable: reason))
            }
        }
    }
}
