// Every key of suite files, by section: the decoders accept these and no others, and a test holds
// Workloads/README.md against this table.
import StrictYAML
import Workloads

/// One mapping of a suite file.
typealias SuiteFields = YAMLFields<SuiteSection>

public enum SuiteSection: String, CaseIterable, FileSection {
    case suite, suiteTarget, suiteWorkload
    case tableSuite
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
        case .suiteTarget: ["target", "optional", "workloads"]
        case .suiteWorkload: ["workload", "weight", "source"]
        case .tableSuite:
            [
                "schema", "name", "title", "tables", "hash", "entries", "key_size", "value_size",
                "hits", "batch", "rounds", "growth", "curve",
            ]
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
        case (.tableSuite, _): tableRange(of: key)
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

    /// What `tables` takes.
    private func tableRange(of key: String) -> ClosedRange<Double> {
        switch key {
        case "entries": 1...100_000_000_000
        case "key_size": 2...128
        case "value_size": 0...65_536
        case "hits": 0...1
        case "batch": 1...1_024
        case "rounds": 1...10_000
        case "growth": 0...1_000_000_000
        case "curve": 0...10_000_000_000
        default: NumberLimits.all
        }
    }

    /// Counts begin at 1, but values may be empty.
    public func advisedRange(of key: String, at path: String) -> ClosedRange<Double> {
        let outer = range(of: key)
        if self == .tableSuite { return outer }
        return outer.lowerBound == 0 && key != "value_size" ? 1...outer.upperBound : outer
    }
}
