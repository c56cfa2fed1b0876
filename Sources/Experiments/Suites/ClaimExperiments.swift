// The experiments behind a suite of claims: each is run once, its results recorded under its name.
//
// What cannot be measured here (a program that is not installed, no valgrind) leaves results
// without a value and with the reason, for every claim that needs them; the other experiments go
// on.
import Progress
import RunRecord
import Targets
import Workloads

public struct ClaimExperiments {
    private let suite: ClaimSuite
    private let targets: [String: Target]
    private let workloads: [String: CompiledWorkload]

    /// - Parameters:
    ///   - targets: the suite's, by label.
    ///   - workloads: by the names of the experiments that have one, and called by that name.
    public init(
        _ suite: ClaimSuite, targets: [String: Target], workloads: [String: CompiledWorkload]
    ) {
        self.suite = suite
        self.targets = targets
        self.workloads = workloads
    }

    /// Runs all of them; the claims of the record are there from the start, without outcomes.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) {
        recorder.set(claims: suite.claims)
        recorder.add(suite.targets.compactMap { targets[$0.label] })
        let weights = suite.experiments.map(expectedSeconds)
        recorder.progress.expect(seconds: weights.reduce(0, +))
        for (experiment, span) in zip(suite.experiments, Course.spans(weights)) {
            recorder.progress.begin(experiment.name, span)
            defer { recorder.progress.end() }
            let present = present(experiment, recorder)
            if !present.isEmpty { try run(experiment, present, recorder) }
        }
    }

    /// The targets that can be measured; the others are given results without values.
    private func present(_ experiment: ClaimSuite.Experiment, _ recorder: Recorder) -> [Target] {
        experiment.targets.compactMap { targets[$0] }.filter { target in
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
        case .counters(let load, let requests):
            guard let workload = workloads[experiment.name] else { return }
            var counting = CounterExperiment(workload)
            counting.requests = requests
            counting.seed = recorder.record.seed
            counting.allCounters = false
            if let pipeline = load.pipeline { counting.pipeline = pipeline }
            if let reason = try counting.simulateIfPossible(present, recorder) {
                leaveOut(experiment, present, reason, recorder)
            }
        case .rounds(let load, let rounds):
            guard let workload = workloads[experiment.name] else { return }
            var plan = RoundPlan()
            plan.rounds = rounds
            plan.seed = recorder.record.seed
            plan.pipeline = load.pipeline
            plan.readsMemory = false
            var interleaved = InterleavedRounds(present, workload, plan)
            interleaved.tellsFirstRound = true
            try interleaved.run(recorder)
        }
    }

    /// How long one will probably take, in s.
    private func expectedSeconds(_ experiment: ClaimSuite.Experiment) -> Double {
        let targets = experiment.targets.compactMap { self.targets[$0] }
        let workload = workloads[experiment.name]
        switch experiment.measure {
        case .memory(let keySize, let valueSize, let entries, _):
            let curve = MemoryCurve(keySize: keySize, valueSize: valueSize, entries: [entries])
            return curve.expectedSeconds * Double(targets.count)
        case .counters(_, let requests):
            guard let workload else { return 0 }
            var counting = CounterExperiment(workload)
            counting.requests = requests
            return counting.expectedSeconds * Double(targets.count)
        case .rounds(_, let rounds):
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
        for claim in suite.claims where claim.workload == experiment.name {
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
