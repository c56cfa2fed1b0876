// CacheBench's workload configurations (CacheLib): sizes, popularity, times to live and the mix of
// operations, with the files of distributions that they name.
//
//     {"test_config": {"numKeys": …, "keySizeRange": […], "keySizeRangeProbability": […],
//                      "valSizeDistFile": "sizes.json", "popDistFile": "pop.json",
//                      "getRatio": …, "loneGetRatio": …, "ttlSecsRange": [min, max] …}}
//
// As many probabilities as sizes are sizes; one fewer are ranges between them, alike within. "Lone"
// operations touch keys that are used once. Of several pools the first is taken.
import Workloads
import Yams

struct CacheBenchImport {
    private let test: Node
    /// The distribution of the first pool, or of all.
    private let pool: Node
    private let load: (String) throws(ExperimentFailure) -> Node

    /// - Parameter load: reads a file that the configuration names.
    init(
        _ root: Node, load: @escaping (String) throws(ExperimentFailure) -> Node
    ) {
        test = root.field("test_config") ?? root
        pool = test.field("poolDistributions")?.sequence?.first ?? test
        self.load = load
    }

    static func reads(_ root: Node) -> Bool {
        let test = root.field("test_config") ?? root
        return test.field("numKeys") != nil
            && (test.field("poolDistributions") != nil || test.field("getRatio") != nil
                || test.field("setRatio") != nil)
    }

    func fill(_ draft: inout ImportDraft) throws(ExperimentFailure) {
        if let pools = test.field("poolDistributions")?.sequence, pools.count > 1 {
            draft.leftOut.append("other pools: \(pools.count - 1)")
        }
        guard let keys = test.field("numKeys")?.amount, keys >= 1 else {
            throw draft.failure(
                "numKeys is no number of keys", line: test.field("numKeys")?.mark?.line,
                remedy: "state 1 to 10^12")
        }
        draft.keys = UInt64(keys)
        try operations(&draft)
        draft.keySize =
            try sizes(
                "keySizeRange", "key_size", draft, limit: KeyspaceSpec.largestKey,
                least: draft.digits)
            ?? ["key_size: \(max(16, draft.digits))  # assumed"]
        draft.valueSize = try valueSizes(draft) ?? ["value_size: 100  # assumed"]
        draft.popularity = try popularity(draft) ?? draft.popularity
        if let node = pool.field("ttlSecsRange") ?? test.field("ttlSecsRange") {
            guard let range = node.amounts, range.count == 2, range[0] >= 0,
                range[1] >= range[0], range[1] <= KeyspaceSpec.longestTTL
            else {
                throw draft.failure(
                    "ttlSecsRange is no range of times", line: node.mark?.line,
                    remedy: "state the least and the most, in seconds")
            }
            // None at all live for no time.
            if range[1] >= 1 {
                draft.timeToLive = [
                    "ttl: {uniform: {min: \(max(Int(range[0]), 1)), max: \(Int(range[1]))}}"
                ]
            }
        }
    }

    /// Its names, and what they are here.
    private static let ratios: [(key: String, name: String, command: String, keys: String?)] = [
        ("getRatio", "get", "GET {key}", nil),
        ("loneGetRatio", "lone_get", "GET {key}", "lone"),
        ("setRatio", "set", "SET {key} {value} {expiry}", nil),
        ("loneSetRatio", "lone_set", "SET {key} {value} {expiry}", "lone"),
        ("updateRatio", "update", "SET {key} {value} {expiry}", nil),
        ("delRatio", "delete", "DEL {key}", nil),
        ("couldExistRatio", "exists", "EXISTS {key}", nil),
    ]

    private func operations(_ draft: inout ImportDraft) throws(ExperimentFailure) {
        for ratio in Self.ratios {
            guard let node = pool.field(ratio.key) else { continue }
            guard let weight = node.amount, weight >= 0 else {
                throw draft.failure(
                    "\(ratio.key) is no share", line: node.mark?.line,
                    remedy: "state 0 to 1, or 0 to 100")
            }
            guard weight > 0 else { continue }
            draft.operations.append(
                .init(name: ratio.name, command: ratio.command, weight: weight, keys: ratio.keys))
        }
        if let chained = pool.field("addChainedRatio")?.amount, chained > 0 {
            draft.leftOut.append("chained items, \(chained) of the operations")
        }
        guard !draft.operations.isEmpty else {
            throw draft.failure(
                "no operation has a share", line: pool.mark?.line,
                remedy: "state getRatio, setRatio and their kin")
        }
    }

    private func valueSizes(_ draft: ImportDraft) throws(ExperimentFailure) -> [String]? {
        if let file = pool.field("valSizeDistFile")?.scalar?.string, !file.isEmpty {
            let found = try load(file)
            return try sizes(
                "valSizeRange", "value_size", draft, of: found, limit: KeyspaceSpec.largestValue)
        }
        return try sizes("valSizeRange", "value_size", draft, limit: KeyspaceSpec.largestValue)
    }

    /// `discrete` or `piecewise` of a range and its probabilities; nil where there is none.
    private func sizes(
        _ key: String, _ name: String, _ draft: ImportDraft, of node: Node? = nil, limit: Double,
        least: Int = 0
    ) throws(ExperimentFailure) -> [String]? {
        let node = node ?? pool
        guard let range = node.field(key) else { return nil }
        let line = range.mark?.line
        let weights = node.field("\(key)Probability")?.amounts ?? []
        guard let values = range.amounts, let first = values.first,
            values.allSatisfy({ $0 >= 0 && $0 <= limit }),
            zip(values, values.dropFirst()).allSatisfy({ $0 <= $1 }),
            weights.allSatisfy({ $0 >= 0 }), weights.contains(where: { $0 > 0 })
        else {
            throw draft.failure(
                "\(key) and its probabilities are no distribution", line: line,
                remedy: "state sizes from 0 to \(Int(limit)) in rising order, and shares of 0 or "
                    + "more")
        }
        var lines: [String]
        switch weights.count {
        case values.count:
            lines = ["\(name):", "  discrete:"]
            for (value, weight) in zip(values, weights) where weight > 0 {
                lines.append("    - {value: \(Int(value)), weight: \(weight)}")
            }
        case values.count - 1:
            lines = ["\(name):", "  piecewise:"]
            var from = Int(first)
            for (to, weight) in zip(values.dropFirst(), weights) {
                let end = Int(to)
                if weight > 0 {
                    let start = min(from, end)
                    lines.append("    - {from: \(start), to: \(end), weight: \(weight)}")
                }
                from = end + 1
            }
        default:
            throw draft.failure(
                "\(values.count) sizes of \(key) and \(weights.count) probabilities", line: line,
                remedy: "give as many, or one fewer for ranges")
        }
        let lowest = zip(values, weights).first { $0.1 > 0 }?.0 ?? first
        if Int(lowest) < least {
            // Keys that are shorter could not be told apart.
            lines.append("  min: \(least)")
        }
        return lines
    }

    /// Buckets of keys, hottest first; nil where there are none.
    private func popularity(_ draft: ImportDraft) throws(ExperimentFailure) -> [String]? {
        var node = pool
        if let file = pool.field("popDistFile")?.scalar?.string, !file.isEmpty {
            node = try load(file)
        }
        guard let buckets = node.field("popularityBuckets") else { return nil }
        guard let counts = buckets.amounts,
            let weights = node.field("popularityWeights")?.amounts,
            counts.count == weights.count, counts.allSatisfy({ $0 >= 0 }),
            weights.allSatisfy({ $0 >= 0 })
        else {
            throw draft.failure(
                "popularityBuckets and popularityWeights do not fit each other",
                line: buckets.mark?.line, remedy: "give as many counts as weights, of 0 or more")
        }
        let pairs = zip(counts, weights).filter { $0.0 > 0 }
        let keys = pairs.reduce(0) { $0 + $1.0 }
        let requests = pairs.reduce(0) { $0 + $1.1 }
        guard keys > 0, requests > 0, UInt64(pairs.count) <= draft.keys else { return nil }
        var lines = ["popularity:", "  buckets:"]
        for pair in pairs.sorted(by: { $0.1 / $0.0 > $1.1 / $1.0 }) {
            lines.append(
                "    - {keys: \(pair.0 / keys), requests: \(pair.1 / requests)}")
        }
        return lines
    }
}
