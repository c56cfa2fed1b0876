// A workload on its own terms: one target after the other goes through the phases that its file
// names, and the measured phase is read every 250 ms. For comparing targets, rounds that take turns
// (InterleavedRounds) see smaller differences.
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets
import Workloads

public struct Replay {
    public let workload: CompiledWorkload
    /// Connections, pipeline, CPUs; its rounds and slices do not matter here.
    public var plan: RoundPlan
    /// Instead of the file's measured phase.
    public var extent: PhaseSpec.Extent?
    public var allowFlush = false

    public init(_ workload: CompiledWorkload, _ plan: RoundPlan) {
        self.workload = workload
        self.plan = plan
    }

    /// Reading points of the measured phase; short enough to see a pause, long enough to cost
    /// nothing.
    private static let stepMilliseconds = 250

    /// Runs the phases on one target and adds its results to the record.
    public func run(_ target: Target, _ recorder: Recorder) throws(ExperimentFailure) {
        recorder.add([target])
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        recorder.progress("\(workload.workload.name) on \(target.label): filling")
        let contestant = try Round.prepare(
            target, workload, plan, seed: plan.seed, order: 0, readsMemory: plan.readsMemory,
            allowFlush: allowFlush, recorder)
        defer { contestant.server.stop() }
        defer { keep(contestant, recorder) }
        for phase in workload.workload.phases {
            switch phase {
            case .prefill, .verify, .settle: continue  // done by `prepare`
            case .warmUp(let extent):
                recorder.progress("\(target.label): warming up")
                try recorder.phase("warm-up", target.label) { () throws(ExperimentFailure) in
                    try contestant.warmUp(Self.limit(extent))
                }
            case .measure(let extent):
                recorder.progress("\(target.label): measuring")
                try recorder.phase("measure", target.label) { () throws(ExperimentFailure) in
                    try measure(contestant, self.extent ?? extent, recorder)
                }
            }
        }
    }

    private func measure(
        _ contestant: Contestant, _ extent: PhaseSpec.Extent, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        switch extent {
        case .requests: try contestant.slice(Self.limit(extent), recorder)
        case .milliseconds(var left):
            while left > 0 {
                let step = min(left, Self.stepMilliseconds)
                try contestant.slice(Self.limit(.milliseconds(step)), recorder)
                left -= step
            }
        }
    }

    private static func limit(_ extent: PhaseSpec.Extent) -> BurstLimit {
        switch extent {
        case .requests(let count): .requests(UInt64(max(count, 1)))
        case .milliseconds(let time): .duration(nanoseconds: UInt64(max(time, 1)) * 1_000_000)
        }
    }

    /// What was measured until now: all of it, or what there is after a failure.
    private func keep(_ contestant: Contestant, _ recorder: Recorder) {
        guard !contestant.slices.isEmpty else { return }
        recorder.add(
            RunRecord.Round(
                round: 0, seed: plan.seed, order: 0, target: contestant.target.label,
                slices: contestant.slices))
        var readings = RoundReadings()
        readings.add(contestant, RoundSample.samples([contestant.slices])[0], recorder)
        let conditions: Conditions = [
            "entries": .number(Int(workload.populatedKeys)),
            "connections": .number(plan.connections ?? workload.workload.load.connections),
            "pipeline": .number(plan.pipeline ?? workload.workload.load.pipeline),
        ]
        for result in readings.results(
            contestant.target.label, workload.workload.name, conditions)
        {
            recorder.add(result)
        }
    }
}
