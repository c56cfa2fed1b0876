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
    public static func expectedSeconds(
        misses workload: CompiledWorkload, on targets: [Target]
    ) -> Double {
        guard case .success = CounterCapabilities.current.simulation else { return 0 }
        return CounterExperiment(workload).expectedSeconds
            * Double(targets.count(where: \.isOwned))
    }

    /// Adds the misses per operation that are compared; what cannot be simulated is a warning.
    public static func addMisses(
        of workload: CompiledWorkload, on targets: [Target], _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var experiment = CounterExperiment(workload)
        experiment.seed = recorder.record.seed
        experiment.allCounters = false
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
