// Every key of the format, by section: the decoder accepts these and no others, and a test holds
// Workloads/README.md against this table.

import StrictYAML

/// What is wrong with a workload or a suite file.
public typealias WorkloadProblem = FileProblem
public typealias WorkloadProblems = FileProblems

/// One mapping of such a file.
typealias Fields = YAMLFields<FormatSection>

public enum FormatSection: String, CaseIterable, FileSection {
    case workload, source, keyspace, size, uniform, weighted, hot, popularity, zipf
    case operation, load, phase, prefill, verify, settle, extent
    case expect, expectedKeys, expectedRequests
    case suite, suiteTarget
    case claims, claimTarget, experiment, memoryExperiment, countersExperiment, roundsExperiment
    case claim, claimedValue, claimedChange

    /// Keys, in the order in which the reference explains them.
    public var keys: [String] {
        switch self {
        case .workload:
            [
                "schema", "name", "title", "sources", "provenance", "keyspaces", "operations",
                "load", "phases", "expect",
            ]
        case .source: ["cite", "licence", "url"]
        case .keyspace:
            [
                "name", "weight", "keys", "populated", "prefix", "key_size", "value_size",
                "popularity", "ttl", "seed",
            ]
        case .size: Self.distributions + ["min", "max", "bind", "hot"]
        case .suite:
            ["schema", "name", "title", "targets", "workloads", "rounds", "simulated"]
        case .suiteTarget: ["target", "optional"]
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
        case .uniform: ["min", "max"]
        case .weighted: ["value", "weight"]
        case .hot: ["top"] + Self.distributions
        case .popularity: ["uniform", "zipf"]
        case .zipf: ["alpha", "offset"]
        case .operation: ["name", "command", "weight", "keyspace"]
        case .load: ["connections", "pipeline"]
        case .phase: PhaseSpec.order
        case .prefill: ["command", "pipeline"]
        case .verify: ["sample"]
        case .settle: ["timeout"]
        case .extent: ["requests", "duration"]
        case .expect: ["tolerance", "keys", "requests"]
        case .expectedKeys: ["key_size", "value_size", "pair_size"]
        case .expectedRequests:
            ["key_size", "value_size", "pair_size"] + TopShare.allCases.map(\.rawValue)
        }
    }

    static let distributions = ["constant", "uniform", "quantiles", "discrete"]
}
