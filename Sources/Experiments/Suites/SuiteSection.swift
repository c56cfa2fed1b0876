// Every key of suite files, by section: the decoders accept these and no others, and a test holds
// Workloads/README.md against this table.
import StrictYAML
import Workloads

/// One mapping of a suite file.
typealias SuiteFields = YAMLFields<SuiteSection>

public enum SuiteSection: String, CaseIterable, FileSection {
    case suite, suiteTarget, suiteWorkload
    case tableSuite
    case claims, claimTarget, experiment
    case memoryExperiment, collectionExperiment, tablesExperiment
    case countersExperiment, roundsExperiment
    case claim, claimedValue, claimedChange, claimedCost

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
        case .claimTarget: ["label", "target", "optional", "monitored"]
        case .experiment:
            [
                "name", "targets", "cpus", "memory", "collection", "tables", "counters", "rounds",
            ]
        case .memoryExperiment: ["key_size", "value_size", "entries", "ttl"]
        case .collectionExperiment: ["type", "entries", "members", "member_size", "value_size"]
        case .tablesExperiment: ["key_size", "value_size", "entries", "rounds"]
        case .countersExperiment: Self.loadKeys + ["requests"]
        case .roundsExperiment: Self.loadKeys + ["connections", "rounds", "memory"]
        case .claim:
            [
                "id", "says", "source", "experiment", "metric", "value", "overhead", "change",
                "difference", "cost", "function", "command", "note",
            ]
        case .claimedValue: ["of", "min", "max"]
        case .claimedChange: ["from", "of", "to", "min", "max"]
        case .claimedCost:
            [
                "from", "to", "per_core_hour", "per_gb_hour", "operations", "entries", "min", "max",
            ]
        }
    }

    /// What of a workload an experiment is made of.
    private static let loadKeys = [
        "workload", "operation", "entries", "members", "member_size", "pipeline",
    ]

    /// What a run could still get through, and no workload refuses; zero is left to the decoders,
    /// which say what is wrong with it.
    public func range(of key: String) -> ClosedRange<Double> {
        switch (self, key) {
        case (.tableSuite, _): tableRange(of: key)
        case (.tablesExperiment, "entries"): 1...100_000_000_000
        case (.tablesExperiment, "key_size"): 2...128
        case (.tablesExperiment, "value_size"): 0...65_536
        case (_, "rounds"): 0...10_000
        case (_, "entries"), (.claimedCost, "operations"): 0...0x1p48
        case (.claimedCost, "per_core_hour"), (.claimedCost, "per_gb_hour"): 0...1e12
        case (_, "member_size"): 2...512
        case (_, "members"): 0...1e9
        case (_, "connections"): 0...100_000
        case (.experiment, "cpus"): 0...100_000
        case (.memoryExperiment, "key_size"): 1...KeyspaceSpec.largestKey
        case (.memoryExperiment, "value_size"), (.collectionExperiment, "value_size"):
            0...KeyspaceSpec.largestValue
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
