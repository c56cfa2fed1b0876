// How one metric is read of a commit's server: by itself where it repeats (bytes per entry,
// simulated counts), in rounds beside another commit's where it is timed.
import Foundation
import LoadGenerator
import RunRecord
import Statistics
import Targets
import Workloads

public enum CommitMeasure {
    case bytes(MemoryCurve)
    case counts(CounterExperiment)
    case rounds(CompiledWorkload, RoundPlan)

    /// How metrics of that id are read; nil of what no commit can be told by.
    public enum Way: Sendable {
        case bytes, counts, rounds

        public init?(_ metric: Metric) {
            if metric.unit == .bytesPerEntry {
                self = .bytes
            } else if metric.kind == .simulated {
                self = .counts
            } else if [.throughput, .throughputPerCore, .serverCPU].contains(metric) {
                self = .rounds
            } else {
                return nil
            }
        }
    }

    /// The least share that is a difference, as gates have it: bytes 0.3 %, simulated instructions
    /// 0.3 %, simulated misses 2 %, what is timed 2 %.
    public static func usualMargin(_ metric: Metric) -> Double {
        let instructions = [false, true].map {
            Metric.simulated(.instructions, abovePing: $0)
        }
        let isSteady = metric.unit == .bytesPerEntry || instructions.contains(metric)
        return isSteady ? 0.003 : 0.02
    }

    /// Half a byte per entry is less than any allocator gives.
    static let leastBytes = 0.5

    /// The metric of one server that is measured by itself: the mean over a curve's counts.
    func level(
        _ metric: Metric, of target: Target, seed: UInt64, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Double {
        let before = recorder.record.results.count
        switch self {
        case .bytes(let curve):
            var launch = LaunchOptions()
            launch.seed = seed
            try curve.run([target], launch, recorder)
        case .counts(var experiment):
            experiment.seed = seed
            try experiment.run(target, recorder)
        case .rounds:
            preconditionFailure("what is timed is not measured by itself")
        }
        let results = recorder.record.results[before...].filter { $0.metric == metric.id }
        guard let level = Descriptive.mean(results.compactMap(\.value)) else {
            let reason = results.first?.reason ?? "nothing on this machine reads it"
            throw ExperimentFailure(.invalid, "no \(metric.id) of \(target.label): \(reason)")
        }
        return level
    }

    /// The log-ratio of a candidate's reading to a baseline's in one round.
    /// - Parameter number: of the round; its seed follows from it.
    func logRatio(
        _ metric: Metric, _ baseline: Target, _ candidate: Target, round number: Int,
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> Double {
        guard case .rounds(let workload, var plan) = self else {
            preconditionFailure("what repeats is measured by itself")
        }
        let before = recorder.record.results.count
        plan.rounds = 1
        plan.firstRound = number
        plan.readsMemory = false
        var rounds = InterleavedRounds([baseline, candidate], workload, plan)
        try rounds.run(recorder)
        let results = recorder.record.results[before...]
        func value(_ target: Target) -> Double? {
            results.first { $0.metric == metric.id && $0.target == target.label }?.value
        }
        guard let first = value(baseline), let second = value(candidate), first > 0, second > 0
        else {
            throw ExperimentFailure(
                .invalid, "no \(metric.id) of \(candidate.label) beside \(baseline.label)")
        }
        return log(second / first)
    }
}
