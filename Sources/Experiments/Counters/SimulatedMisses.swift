// Cache misses per operation by callgrind's model, beside what a comparison timed.
import Counters
import RunRecord
import Targets
import Workloads

public enum SimulatedMisses {
    /// Counts those of `targets` that Hashmark starts. Where that is not possible, the record says
    /// why and everything else stands.
    public static func add(
        of targets: [Target], under workload: CompiledWorkload, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        if case .failure(let reason) = CounterCapabilities.current.simulation {
            return recorder.warn("\(reason)", remedy: "cache misses are left out")
        }
        var experiment = CounterExperiment(workload)
        experiment.seed = recorder.record.seed
        experiment.allCounters = false
        for target in targets where target.isOwned { try experiment.run(target, recorder) }
    }
}
