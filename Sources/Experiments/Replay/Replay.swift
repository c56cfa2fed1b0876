// A workload on its own terms: one target after the other goes through the phases that its file
// names, by the schedule that it names, and the measured phase is read every 250 ms. For comparing
// targets, rounds that take turns (InterleavedRounds) see smaller differences.
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

    /// Runs the phases on one target and adds its results to the record.
    /// - Throws: `.invalid` also when the hit ratio is not the one that the file expects, when
    ///   replies are wrong or keys lost, and at error replies unless the plan's policy says
    ///   otherwise.
    public func run(_ target: Target, _ recorder: Recorder) throws(ExperimentFailure) {
        recorder.add([target])
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        recorder.progress("\(workload.workload.name) on \(target.label): filling")
        let server = try Round.fill(
            target, [workload], plan, seed: plan.seed, readsMemory: plan.readsMemory,
            allowFlush: allowFlush, recorder)
        defer { server.stop() }
        let load = try ReplayLoad(server, workload, plan, recorder)
        defer { load.keep() }
        for phase in workload.workload.phases {
            switch phase {
            case .prefill, .verify, .settle: continue  // done by `Round.fill`
            case .warmUp(.steady(let window, let change, let timeout)):
                recorder.progress("\(target.label): warming up until steady")
                try recorder.phase("warm-up", target.label) { () throws(ExperimentFailure) in
                    try load.warmUp(window: window, change: change, timeout: timeout)
                }
            case .warmUp(let extent):
                recorder.progress("\(target.label): warming up")
                try recorder.phase("warm-up", target.label) { () throws(ExperimentFailure) in
                    try load.run(extent, phase, isMeasured: false)
                }
            case .measure(let extent):
                recorder.progress("\(target.label): measuring")
                try recorder.phase("measure", target.label) { () throws(ExperimentFailure) in
                    try load.run(self.extent ?? extent, phase, isMeasured: true)
                }
            case .coolDown(let extent):
                recorder.progress("\(target.label): cooling down")
                try recorder.phase("cool-down", target.label) { () throws(ExperimentFailure) in
                    try load.run(extent, phase, isMeasured: false)
                }
            }
        }
        let incidents =
            Answers.incidents(
                of: load.total, target: target.label, workload: workload.workload.name)
            + [HitRatio.incident(load.total, workload.workload, target.label)].compactMap(\.self)
        for incident in incidents { recorder.add(incident) }
        if let problem = Answers.problem(incidents, plan.errorPolicy) {
            throw ExperimentFailure(.invalid, problem, isAfterAll: true)
        }
    }
}
