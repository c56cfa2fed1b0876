// Simulated counts where they can be had: beside other measurements, which stand without them.
import Counters
import Progress
import Targets
import Workloads

extension CounterExperiment {
    /// Simulates the workload on all targets, if this machine can simulate any.
    /// - Returns: why nothing can be simulated; nil when it was.
    public func simulateIfPossible(
        _ targets: [Target], _ recorder: Recorder
    ) throws(ExperimentFailure) -> String? {
        precondition(mode == .simulated)
        if case .failure(let reason) = CounterCapabilities.current.simulation {
            return "\(reason)"
        }
        for (index, target) in targets.enumerated() {
            recorder.progress.begin("", Course.part(index, of: targets.count))
            defer { recorder.progress.end() }
            try run(target, recorder)
        }
        return nil
    }

    /// How long ``addMisses(of:on:_:)`` will probably take, in s.
    fileprivate static func expectedSeconds(
        ofMisses workload: CompiledWorkload, on targets: [Target]
    ) -> Double {
        guard case .success = CounterCapabilities.current.simulation else { return 0 }
        return CounterExperiment(workload).expectedSeconds
            * Double(targets.count(where: \.isOwned))
    }

    /// More than a server has that miss: what is told of one target and summed up of another would
    /// look like a change.
    private static let allFunctions = 1_000

    /// Adds the misses per operation that are compared; what cannot be simulated is a warning.
    /// - Parameter tellsFunctions: in which functions they happened, too.
    fileprivate static func addMisses(
        of workload: CompiledWorkload, on targets: [Target], tellsFunctions: Bool,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var experiment = CounterExperiment(workload)
        experiment.seed = recorder.record.seed
        experiment.allCounters = false
        experiment.functions = tellsFunctions ? allFunctions : 0
        let owned = targets.filter(\.isOwned)
        if let reason = try experiment.simulateIfPossible(owned, recorder) {
            return recorder.warn(reason, remedy: "cache misses are left out")
        }
        for target in targets where !target.isOwned {
            recorder.warn(
                "it runs already, so its cache misses are left out",
                remedy: "have it started here, as an exec: or ref: target", target: target.label)
        }
    }
}

/// Rounds, and the misses of their only cell's workload after them.
extension InterleavedRounds {
    /// How long ``run(_:countsMisses:)`` will probably take, in s.
    public func totalSeconds(countsMisses: Bool) -> Double {
        expectedSeconds + (countsMisses ? missesSeconds : 0)
    }

    /// Runs the rounds; the first round's rates are told as soon as they are known.
    public mutating func run(
        _ recorder: Recorder, countsMisses: Bool
    ) throws(ExperimentFailure) {
        let spans = Course.spans([expectedSeconds, countsMisses ? missesSeconds : 0])
        tellsFirstRound = true
        try runRounds(spans[0], recorder)
        guard countsMisses else { return }
        recorder.progress.begin(workload.workload.name, spans[1])
        defer { recorder.progress.end() }
        try CounterExperiment.addMisses(
            of: workload, on: targets, tellsFunctions: tellsMissFunctions, recorder)
    }

    private mutating func runRounds(
        _ span: ClosedRange<Double>, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        recorder.progress.begin("", span)
        defer { recorder.progress.end() }
        try run(recorder)
    }

    private var workload: CompiledWorkload { cells[0].workload }

    private var missesSeconds: Double {
        CounterExperiment.expectedSeconds(ofMisses: workload, on: targets)
    }
}
