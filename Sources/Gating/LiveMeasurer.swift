// A gate's needs answered by live servers: rounds, curves of memory, and counts under callgrind.
import Experiments
import Gate
import Quantities
import RunRecord
import Targets
import Workloads

public struct LiveMeasurer: GateMeasurer {
    private let policy: Policy
    private let baseline: Target?
    private let candidate: Target
    /// What a round drives.
    private let cells: [RoundCell]
    /// What is simulated, in the policy's size.
    private let simulated: CompiledWorkload?
    /// Those whose counts are compared; with stored numbers, the candidate alone.
    private let counted: [Target]
    /// The seed of the run that stored numbers are from.
    private let storedSeed: UInt64?
    private let placement: Placement
    /// Stacks are sampled beside the rounds; nil: not.
    public var sampling: StackSampling?
    /// What the first round found out and all later ones keep to.
    private var calibration = RoundCalibration()
    /// Time of the run at which its budget began, in ns.
    private var began = 0

    /// - Parameters:
    ///   - baseline: nil where stored numbers alone stand against the candidate.
    ///   - cells: as ``Policy/roundCells(in:)`` has them; may be empty where nothing is timed.
    ///   - simulated: as ``Policy/simulatedLoad(in:)`` has it.
    public init(
        _ gate: Gate, baseline: Target?, candidate: Target, cells: [RoundCell],
        simulated: CompiledWorkload?, placement: Placement = Placement()
    ) {
        policy = gate.policy
        self.baseline = baseline
        self.candidate = candidate
        self.cells = cells
        self.simulated = simulated
        counted = (gate.stored == nil ? [baseline, candidate] : [candidate]).compactMap(\.self)
        storedSeed = gate.stored?.seed
        self.placement = placement
    }

    /// The baseline's own copy.
    private var sentinel: Target? {
        baseline.map { target in
            var copy = target
            copy.label = Sides.sentinelLabel
            return copy
        }
    }

    public mutating func begin(_ recorder: Recorder) throws(ExperimentFailure) {
        began = recorder.now
        try placement.apply(recorder)
        recorder.add([baseline, sentinel, candidate].compactMap(\.self))
    }

    public mutating func measure(
        _ need: Need, _ left: Remainder, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        switch need {
        case .memory(let launch):
            let number = "memory, launch \(launch + 1) of \(launch + left.launches)"
            recorder.progress.begin(number, 0...1)
            defer { recorder.progress.end() }
            try measureMemory(launch, recorder)
        case .simulated(let seed):
            let all = seed - 1 + UInt64(max(left.seeds, 1))
            recorder.progress.begin("counts, seed \(seed) of \(all)", 0...1)
            defer { recorder.progress.end() }
            try simulate(seed, recorder)
        case .rounds(let stage, let first, let count):
            try runRounds(stage, first, count, of: left.rounds, recorder)
        }
    }

    private mutating func runRounds(
        _ stage: Stage, _ first: Int, _ count: Int, of all: Int, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        guard let baseline, let sentinel else {
            preconditionFailure("rounds were not asked for")
        }
        var plan = RoundPlan(policy, seed: recorder.record.seed)
        plan.rounds = count
        plan.firstRound = first
        plan.placement = placement
        plan.sampling = sampling
        let left = policy.budgetSeconds - Nanoseconds(recorder.now - began).seconds
        plan.longestRoundNanoseconds = Self.longestRound(of: policy, seconds: left)
        var rounds = InterleavedRounds([baseline, sentinel, candidate], cells, plan)
        rounds.conditions = [Stage.condition: .string(stage.rawValue)]
        rounds.stage = stage.rawValue
        rounds.sentinel = sentinel.label
        rounds.roundsInAll = all
        rounds.calibration = calibration
        defer { calibration = rounds.calibration }
        try rounds.run(recorder)
    }

    /// Of longer rounds a budget has too few, one that takes longer now and then included.
    /// - Parameter seconds: that are left when the first round begins.
    static func longestRound(of policy: Policy, seconds: Double) -> UInt64 {
        let spare = 1.25
        return Nanoseconds(seconds: max(seconds, 0) / (spare * Double(policy.decidingRounds))).count
    }

    private func measureMemory(_ number: Int, _ recorder: Recorder) throws(ExperimentFailure) {
        let memory = policy.memory
        let curve = MemoryCurve(
            keySize: memory.keySize, valueSize: memory.valueSize,
            entries: memory.entries.map { UInt64($0) })
        if let problem = curve.problem { throw ExperimentFailure(.setUp, problem) }
        var launch = LaunchOptions()
        // Both sides of a launch share its hash seed, stored ones too, and every launch has
        // another: how many buckets overflow hangs on it.
        launch.seed = (storedSeed ?? recorder.record.seed) &+ UInt64(number)
        try curve.run(counted, launch, recorder)
    }

    private func simulate(_ seed: UInt64, _ recorder: Recorder) throws(ExperimentFailure) {
        guard let simulated else { preconditionFailure("no workload to simulate") }
        var experiment = CounterExperiment(simulated)
        experiment.requests = UInt64(policy.simulated.requests)
        experiment.seed = seed
        experiment.allCounters = false
        // Both sides are paired by it.
        experiment.conditions = ["seed": .string("\(seed)")]
        guard let reason = try experiment.simulateIfPossible(counted, recorder) else { return }
        recorder.warn(reason, remedy: "cache misses are left out")
        for target in counted {
            for event in Metric.SimulatedEvent.allCases {
                recorder.add(
                    RunRecord.Result(
                        .simulated(event), target: target.label, workload: simulated.workload.name,
                        unavailable: reason))
            }
        }
    }
}
