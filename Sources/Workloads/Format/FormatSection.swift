// Every key of the format, by section: the decoder accepts these and no others, and a test holds
// Workloads/README.md against this table.
import StrictYAML

/// What is wrong with a workload file.
public typealias WorkloadProblem = FileProblem
public typealias WorkloadProblems = FileProblems

/// One mapping of a workload file.
typealias Fields = YAMLFields<FormatSection>

public enum FormatSection: String, CaseIterable, FileSection {
    case workload, source, keyspace, size
    case uniform, weighted, normal, lognormal, gev, gpd, range, part, keySizeClass, hot
    case popularity, zipf, bucket, hotspot, gaussian, exponential, keyrange
    case fill, churn
    case operation, load, arrival, rate, burst, sine, arrivalTrace
    case phase, prefill, verify, settle, extent, steady, event, slowReaders
    case overlay
    case expect, expectedKeys, expectedRequests

    /// Keys, in the order in which the reference explains them.
    public var keys: [String] {
        switch self {
        case .workload:
            [
                "schema", "name", "title", "sources", "provenance", "keyspaces", "operations",
                "load", "overlays", "phases", "expect",
            ]
        case .source: ["cite", "licence", "url"]
        case .keyspace:
            [
                "name", "weight", "keys", "populated", "prefix", "hash_tags", "key_size",
                "value_size", "fill", "members", "member_size", "popularity", "churn", "ttl",
                "negative_lookups", "on_miss", "prefill", "seed",
            ]
        case .size: Self.distributions + ["joint", "min", "max", "bind", "jitter", "hot"]
        case .uniform: ["min", "max"]
        case .weighted: ["value", "weight"]
        case .normal: ["mean", "deviation"]
        case .lognormal: ["median", "sigma"]
        case .gev, .gpd: ["location", "scale", "shape"]
        case .range: ["from", "to", "weight"]
        case .part: ["weight"] + Self.distributions
        case .keySizeClass: ["key_up_to"] + Self.distributions
        case .hot: ["top"] + Self.distributions
        case .popularity:
            Self.namedPopularities + [
                "zipf", "buckets", "hotspot", "latest", "gaussian", "exponential", "keyrange",
            ]
        case .zipf: ["alpha", "offset"]
        case .bucket, .hotspot, .exponential: ["keys", "requests"]
        case .gaussian: ["deviation"]
        case .keyrange: ["ranges", "a", "b", "c", "d", "key_a", "key_b"]
        case .fill: ["compressibility"]
        case .churn: ["share", "requests"]
        case .operation:
            ["name", "command", "weight", "keyspace", "keys", "then", "wait", "length"]
        case .load: ["connections", "pipeline", "streams", "replicas", "arrival", "seed"]
        case .arrival: ["closed", "constant", "poisson", "gpd", "burst", "sine", "trace"]
        case .rate: ["rate"]
        case .burst: ["rate", "on", "off"]
        case .sine: ["mean", "amplitude", "period"]
        case .arrivalTrace: ["file", "speed", "format", "skip_bad"]
        case .phase: PhaseSpec.order
        case .prefill: ["command", "pipeline"]
        case .verify: ["sample"]
        case .settle: ["timeout"]
        case .extent: ["requests", "duration", "steady", "events"]
        case .steady: ["window", "change", "timeout"]
        case .event: ["at", "command", "slow_readers", "replica", "cluster", "watch"]
        case .slowReaders: ["connections", "command", "requests", "for"]
        case .overlay: ["name", "operations", "load", "from", "for", "reconnect"]
        case .expect: ["tolerance", "keys", "requests", "hit_ratio"]
        case .expectedKeys: ["key_size", "value_size", "pair_size"]
        case .expectedRequests:
            ["key_size", "value_size", "pair_size"] + TopShare.allCases.map(\.rawValue)
        }
    }

    static let distributions = [
        "constant", "uniform", "normal", "lognormal", "gev", "gpd", "quantiles", "discrete",
        "piecewise", "mixture",
    ]
    /// Popularities without parameters, which are written as a word.
    static let namedPopularities = ["uniform", "sequential", "ycsb_compat"]
}
