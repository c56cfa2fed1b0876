// Where servers spend their time under a workload: rounds as they are compared in, that are there
// for their stacks.
//
//     round   launch   fill   warm up   slices: what an operation costs   sampled slices
//
// A quarter of the load is without the sampler: its figures are what an operation costs, those of
// the sampled part would hold the sampler's own time.
import Quantities
import RunRecord
import Targets
import Workloads

public struct ProfileExperiment {
    private var rounds: InterleavedRounds

    /// Load without the sampler, for each of load with it.
    private static let unsampledShare = 0.25

    /// - Parameters:
    ///   - targets: the first is the one that others are compared with.
    ///   - plan: what it says of slices does not count.
    ///   - duration: load on each target while it is sampled, over all rounds.
    public init(
        _ targets: [Target], _ workload: CompiledWorkload, _ plan: RoundPlan,
        _ sampling: StackSampling, for duration: Nanoseconds
    ) {
        var plan = plan
        plan.readsMemory = false
        // As a gate's: each slice has accounts, and the sampler's start.
        plan.sliceNanoseconds = Nanoseconds(10, .milliseconds).count
        var sampling = sampling
        sampling.isRequired = true
        sampling.loadNanoseconds = duration.count / UInt64(max(plan.rounds, 1))
        plan.sampling = sampling
        let unsampled = Self.unsampledShare * Double(sampling.loadNanoseconds)
        plan.blocks = max(2, Int((unsampled / Double(2 * plan.sliceNanoseconds)).rounded()))
        rounds = InterleavedRounds(targets, workload, plan)
        rounds.tellsFirstRound = true
    }

    /// May running servers that hold entries be emptied?
    public var allowFlush: Bool {
        get { rounds.allowFlush }
        set { rounds.allowFlush = newValue }
    }

    /// How long it will probably take, in s.
    public var expectedSeconds: Double { rounds.expectedSeconds }

    /// Runs it. The record has the profiles, and from the slices without the sampler what an
    /// operation costs.
    /// - Throws: where a target cannot be sampled, and where no stack of it was.
    public mutating func run(_ recorder: Recorder) throws(ExperimentFailure) {
        try rounds.run(recorder)
        recorder.doubtProfiles()
        try recorder.requireSamples()
    }
}
