// Measures what a gate asks for until it has its verdict: the wiring between Gate, which decides,
// and Experiments, which measures.
import Counters
import Experiments
import Gate
import Quantities
import RunRecord
import Targets
import Workloads

struct GateRun {
    var gate: Gate
    let baseline: Target?
    let candidate: Target
    /// What a round drives.
    let cells: [RoundCell]
    /// What is simulated, in the policy's size.
    let simulated: CompiledWorkload?
    var placement = Placement()
    private var calibration = RoundCalibration()

    init(
        gate: Gate, baseline: Target?, candidate: Target, cells: [RoundCell],
        simulated: CompiledWorkload?
    ) {
        self.gate = gate
        self.baseline = baseline
        self.candidate = candidate
        self.cells = cells
        self.simulated = simulated
    }

    /// The baseline's own copy.
    private var sentinel: Target? {
        baseline.map { target in
            var copy = target
            copy.label = Sides.sentinelLabel
            return copy
        }
    }

    /// Runs the gate. The verdict is in the record, also where something failed on the way.
    /// - Throws: where there is nothing to judge: `.incomparable` for a baseline that cannot be
    ///   started, and whatever ended the run without a server's fault; the verdict is inconclusive
    ///   then.
    mutating func run(_ recorder: Recorder) throws(ExperimentFailure) {
        var spending = Spending(total: gate.policy.budgetSeconds)
        recorder.add([baseline, sentinel, candidate].compactMap(\.self))
        let start = recorder.now
        do throws(ExperimentFailure) {
            while recorder.record.incidents.isEmpty {
                spending.spent = Nanoseconds(recorder.now - start).seconds
                switch gate.step(recorder.record, spending) {
                case .verdict(let verdict): return recorder.add(verdict)
                case .measure(let need):
                    let before = recorder.now
                    try measure(need, recorder)
                    recorder.mergeResults()
                    spending.add(Nanoseconds(recorder.now - before).seconds, for: need)
                }
            }
        } catch {
            recorder.mergeResults()
            try explain(error, recorder, spending)
        }
        // What a server did wrong is judged before anything that was timed.
        recorder.add(gate.verdict(recorder.record, spending))
    }

    /// Returns where the verdict explains the failure: a server is to blame.
    private func explain(
        _ failure: ExperimentFailure, _ recorder: Recorder, _ spending: Spending
    ) throws(ExperimentFailure) {
        if failure.kind == .setUp, let incident = failure.incident,
            incident.target != candidate.label
        {
            throw ExperimentFailure(.incomparable, "the baseline cannot run: \(failure)")
        }
        if let incident = failure.incident { recorder.add(incident) }
        guard recorder.record.incidents.isEmpty || failure.kind == .interrupted else { return }
        var verdict = gate.verdict(recorder.record, spending)
        verdict.status = .inconclusive
        verdict.exitCode = GateExit.inconclusive
        verdict.reasons.insert("\(failure)", at: 0)
        recorder.add(verdict)
        throw failure
    }

    private mutating func measure(
        _ need: Need, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        switch need {
        case .memory(let launch): try measureMemory(launch, recorder)
        case .simulated(let seed): try simulate(seed, recorder)
        case .rounds(let stage, let first, let count):
            try runRounds(stage, first, count, recorder)
        }
    }

    private mutating func runRounds(
        _ stage: Stage, _ first: Int, _ count: Int, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        guard let baseline, let sentinel else {
            preconditionFailure("rounds were not asked for")
        }
        var plan = RoundPlan(gate.policy, seed: recorder.record.seed)
        plan.rounds = count
        plan.firstRound = first
        plan.placement = placement
        var rounds = InterleavedRounds([baseline, sentinel, candidate], cells, plan)
        rounds.conditions = [Stage.condition: .string(stage.rawValue)]
        rounds.stage = stage.rawValue
        rounds.sentinel = sentinel.label
        rounds.calibration = calibration
        defer { calibration = rounds.calibration }
        try rounds.run(recorder)
    }

    /// Those whose counts are compared; with stored numbers, the candidate alone.
    private var counted: [Target] {
        (gate.stored == nil ? [baseline, candidate] : [candidate]).compactMap(\.self)
    }

    private func measureMemory(_ number: Int, _ recorder: Recorder) throws(ExperimentFailure) {
        let policy = gate.policy.memory
        let curve = MemoryCurve(
            keySize: policy.keySize, valueSize: policy.valueSize,
            entries: policy.entries.map { UInt64($0) })
        if let problem = curve.problem { throw ExperimentFailure(.setUp, problem) }
        var launch = LaunchOptions()
        // Both sides of a launch share its hash seed, and every launch has another.
        launch.seed = recorder.record.seed &+ UInt64(number)
        for target in counted { try curve.run(target, launch, recorder) }
    }

    private func simulate(_ seed: UInt64, _ recorder: Recorder) throws(ExperimentFailure) {
        guard let simulated else { preconditionFailure("no workload to simulate") }
        if case .failure(let reason) = CounterCapabilities.current.simulation {
            recorder.warn("\(reason)", remedy: "cache misses are left out")
            for target in counted {
                for event in Metric.SimulatedEvent.allCases {
                    recorder.add(
                        RunRecord.Result(
                            .simulated(event), target: target.label,
                            workload: simulated.workload.name, unavailable: "\(reason)"))
                }
            }
            return
        }
        var experiment = CounterExperiment(simulated)
        experiment.requests = UInt64(gate.policy.simulated.requests)
        experiment.seed = seed
        experiment.allCounters = false
        // Both sides are paired by it.
        experiment.conditions = ["seed": .string("\(seed)")]
        for target in counted { try experiment.run(target, recorder) }
    }
}

extension RoundPlan {
    /// Rounds as a policy wants them.
    init(_ policy: Policy, seed: UInt64) {
        self.init()
        self.seed = seed
        readsMemory = false
        loadNanoseconds = Nanoseconds(seconds: policy.rounds.seconds).count
        // Twice what a comparison of one load has: rounds are long, and each slice has accounts.
        sliceNanoseconds = 10_000_000
        warmUpNanoseconds = Nanoseconds(milliseconds: policy.rounds.warmUpMilliseconds).count
        connections = policy.connections
    }
}
