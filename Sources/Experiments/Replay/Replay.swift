// A workload on its own terms: one target after the other goes through the phases that its file
// names, by the schedule that it names, and the measured phase is read every 250 ms. For comparing
// targets, rounds that take turns (InterleavedRounds) see smaller differences.
import LinuxSystem
import LoadGenerator
import Progress
import Quantities
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

    /// Those of its results, whichever the target.
    public var conditions: Conditions { plan.conditions(ofReplay: workload) }

    /// How long one target will probably take, in s.
    public var expectedSeconds: Double { weights.reduce(0, +) }

    /// Seconds of the fill and of each phase, probably.
    private var weights: [Double] {
        var weights = [1 + Double(workload.populatedKeys) / Fill.expectedPerSecond]
        for phase in workload.workload.phases {
            switch phase {
            case .prefill, .verify, .settle: weights.append(0)
            case .warmUp(let extent), .coolDown(let extent): weights.append(extent.expectedSeconds)
            case .measure(let extent): weights.append((self.extent ?? extent).expectedSeconds)
            }
        }
        return weights
    }

    /// Runs the phases on one target and adds its results to the record.
    /// - Throws: `.invalid` also when the hit ratio is not the one that the file expects, when
    ///   replies are wrong or keys lost, and at error replies unless the plan's policy says
    ///   otherwise.
    public func run(_ target: Target, _ recorder: Recorder) throws(ExperimentFailure) {
        try MemoryNeeds.check([workload], on: [target], recorder.placement)
        recorder.add([target])
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        let spans = Course.spans(weights)
        let server = try filled(target, spans[0], recorder)
        defer {
            recorder.notePages(of: server)
            server.stop()
        }
        let load = try ReplayLoad(server, workload, plan, recorder)
        defer { load.keep() }
        for (phase, span) in zip(workload.workload.phases, spans.dropFirst()) {
            recorder.progress.begin(phase.words.map { "\(target.label): \($0)" } ?? "", span)
            defer { recorder.progress.end() }
            switch phase {
            case .prefill, .verify, .settle: continue  // done by `Fill.launch`
            case .warmUp(.steady(let window, let change, let timeout)):
                try recorder.phase("warm-up", target.label) { () throws(ExperimentFailure) in
                    try load.warmUp(window: window, change: change, timeout: timeout)
                }
            case .warmUp(let extent):
                try recorder.phase("warm-up", target.label) { () throws(ExperimentFailure) in
                    try load.run(extent, phase, isMeasured: false)
                }
            case .measure(let extent):
                try recorder.phase("measure", target.label) { () throws(ExperimentFailure) in
                    try load.run(self.extent ?? extent, phase, isMeasured: true)
                }
            case .coolDown(let extent):
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

    private func filled(
        _ target: Target, _ span: ClosedRange<Double>, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        recorder.progress.begin("\(target.label): filling", span)
        defer { recorder.progress.end() }
        // Of several load hosts the first one fills, and the others wait for it.
        if let link = FleetLink.current, !link.isRoot {
            return try Launching.launch(target, LaunchOptions(), recorder)
        }
        return try Fill.launch(
            target, [workload], seed: plan.seed, readsMemory: plan.readsMemory,
            allowFlush: allowFlush, recorder)
    }
}

extension PhaseSpec {
    /// What goes on in it, for people; nil where that is over before the first of them.
    fileprivate var words: String? {
        switch self {
        case .prefill, .verify, .settle: nil
        case .warmUp(.steady): "warming up until steady"
        case .warmUp: "warming up"
        case .measure: "measuring"
        case .coolDown: "cooling down"
        }
    }
}

extension PhaseSpec.Extent {
    /// In s, probably.
    fileprivate var expectedSeconds: Double {
        switch self {
        case .requests(let count): Double(count) / Self.expectedPerSecond
        case .milliseconds(let time): Nanoseconds(milliseconds: time).seconds
        case .steady(_, _, let timeout): Nanoseconds(milliseconds: timeout).seconds / 2
        }
    }

    /// Of fifty connections without a deep pipeline.
    private static let expectedPerSecond = 100_000.0
}
