// Every key of suite files, by section: the decoders accept these and no others, and a test holds
// Workloads/README.md against this table.
import StrictYAML
import Workloads

/// One mapping of a suite file.
typealias SuiteFields = YAMLFields<SuiteSection>

public enum SuiteSection: String, CaseIterable, FileSection {
    case suite, suiteTarget, suiteWorkload
    case claims, claimTarget, experiment, memoryExperiment, countersExperiment, roundsExperiment
    case claim, claimedValue, claimedChange

    /// Keys, in the order in which the reference explains them.
    public var keys: [String] {
        switch self {
        case .suite:
            [
                "schema", "name", "title", "targets", "workloads", "rounds", "replay", "simulated",
                "memory", "entries",
            ]
        case .suiteTarget: ["target", "optional"]
        case .suiteWorkload: ["workload", "weight", "source"]
        case .claims:
            ["schema", "name", "title", "sources", "targets", "experiments", "claims"]
        case .claimTarget: ["label", "target", "optional"]
        case .experiment: ["name", "targets", "memory", "counters", "rounds"]
        case .memoryExperiment: ["key_size", "value_size", "entries", "ttl"]
        case .countersExperiment: ["workload", "entries", "pipeline", "requests"]
        case .roundsExperiment: ["workload", "entries", "pipeline", "rounds"]
        case .claim:
            [
                "id", "says", "source", "experiment", "metric", "value", "overhead", "change",
                "difference", "note",
            ]
        case .claimedValue: ["of", "min", "max"]
        case .claimedChange: ["from", "to", "min", "max"]
        }
    }

    /// What a run could still get through, and no workload refuses; zero is left to the decoders,
    /// which say what is wrong with it.
    public func range(of key: String) -> ClosedRange<Double> {
        switch (self, key) {
        case (_, "rounds"): 0...10_000
        case (_, "entries"): 0...0x1p48
        case (.memoryExperiment, "key_size"): 1...KeyspaceSpec.largestKey
        case (.memoryExperiment, "value_size"): 0...KeyspaceSpec.largestValue
        case (.memoryExperiment, "ttl"): 0...KeyspaceSpec.longestTTL
        case (.countersExperiment, "requests"): 0...1e9
        case (_, "pipeline"): 0...100_000
        case (.suiteWorkload, "weight"): 0...1e12
        default: NumberLimits.all
        }
    }

    /// Counts begin at 1, but values may be empty.
    public func advisedRange(of key: String, at path: String) -> ClosedRange<Double> {
        let outer = range(of: key)
        return outer.lowerBound == 0 && key != "value_size" ? 1...outer.upperBound : outer
    }
}
