// The popularities of a keyspace: a word, or a mapping with one key.
import Distributions
import StrictYAML
import Yams

extension Popularity {
    init?(_ fields: Fields, _ key: String) {
        guard let node = fields[key] else { return nil }
        let remedy =
            "write \(FormatSection.namedPopularities.joined(separator: ", ")) or a mapping such as "
            + "{zipf: {alpha: 0.99, offset: 0}}"
        if let name = node.scalar?.string {
            switch name {
            case "uniform": self = .uniform
            case "sequential": self = .sequential
            case "ycsb_compat": self = .ycsbCompatible
            default:
                fields.report(key, "popularity `\(name)`", remedy)
                return nil
            }
            return
        }
        guard let choice = fields.mapping(key, .popularity) else { return nil }
        let named = FormatSection.popularity.keys.filter { choice[$0] != nil }
        guard named.count == 1, !FormatSection.namedPopularities.contains(named[0]) else {
            fields.report(key, "`\(choice.path)` names no popularity, or more than one", remedy)
            return nil
        }
        guard let found = Self.decode(named[0], choice) else { return nil }
        self = found
    }

    private static func decode(_ name: String, _ choice: Fields) -> Popularity? {
        switch name {
        case "zipf", "latest":
            guard let zipf = choice.mapping(name, .zipf) else { return nil }
            if zipf["alpha"] == nil { zipf.missing("alpha", "state the exponent") }
            let alpha = zipf.number("alpha", "the exponent") ?? 1
            let offset = zipf.number("offset") ?? 0
            return name == "zipf"
                ? .zipf(alpha: alpha, offset: offset) : .latest(alpha: alpha, offset: offset)
        case "buckets":
            return .buckets(
                choice.list("buckets").compactMap { node, path in
                    Fields(node, .bucket, path, choice.diagnostics).flatMap { shares($0) }
                        .map { PopularityBucket(keys: $0.keys, requests: $0.requests) }
                })
        case "hotspot":
            return choice.mapping("hotspot", .hotspot).flatMap { shares($0) }
                .map { .hotspot(keys: $0.keys, requests: $0.requests) }
        case "exponential":
            return choice.mapping("exponential", .exponential).flatMap { shares($0) }
                .map { .exponential(keys: $0.keys, requests: $0.requests) }
        case "gaussian":
            guard let bell = choice.mapping("gaussian", .gaussian) else { return nil }
            if bell["deviation"] == nil {
                bell.missing("deviation", "state it as a share of the keys, such as 0.1")
            }
            return bell.number("deviation").map { .gaussian(deviation: $0) }
        default: return keyRanges(choice)
        }
    }

    private static func shares(_ fields: Fields) -> (keys: Double, requests: Double)? {
        for key in ["keys", "requests"] where fields[key] == nil {
            fields.missing(key, "state a share of the keys and one of the requests")
        }
        guard let keys = fields.number("keys"), let requests = fields.number("requests") else {
            return nil
        }
        return (keys, requests)
    }

    private static func keyRanges(_ choice: Fields) -> Popularity? {
        guard let fields = choice.mapping("keyrange", .keyrange) else { return nil }
        for key in FormatSection.keyrange.keys where fields[key] == nil {
            fields.missing(key, "state all seven, as db_bench's mixgraph has them")
        }
        let values = ["a", "b", "c", "d", "key_a", "key_b"].compactMap { fields.number($0) }
        guard let ranges = fields.integer("ranges"), values.count == 6 else { return nil }
        return .keyRanges(
            KeyRanges(
                ranges: ranges, a: values[0], b: values[1], c: values[2],
                d: values[3], keyA: values[4], keyB: values[5]))
    }
}
