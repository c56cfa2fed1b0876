// Which numbers the rules let each key have: what a refusal says. Wider than these, `range(of:)`
// only keeps arithmetic sound; a number between the two is refused by the rules themselves, in the
// words of its field.
import StrictYAML

extension FormatSection {
    /// Above zero, where zero itself is not let through.
    private static let least = NumberLimits.smallest
    /// Below one, where one itself is not let through.
    private static let most = 0.999_999
    private static let largest = NumberLimits.all.upperBound
    /// A millisecond, what times are counted in.
    private static let shortest = 0.001

    public func advisedRange(of key: String, at path: String) -> ClosedRange<Double> {
        let outer = range(of: key)
        switch self {
        case .keyspace, .churn, .fill, .operation: return keyspaceRange(key, path) ?? outer
        case .size, .uniform, .weighted, .normal, .lognormal, .gev, .gpd, .range, .part,
            .keySizeClass, .hot:
            return sizeRange(key, path) ?? outer
        case .zipf, .bucket, .hotspot, .gaussian, .exponential, .keyrange:
            return popularityRange(key) ?? outer
        case .load, .rate, .burst, .sine, .arrivalTrace, .verify, .settle, .extent, .steady,
            .prefill, .event, .slowReaders, .overlay:
            return scheduleRange(key) ?? outer
        case .expect, .expectedKeys, .expectedRequests: return expectedRange(key)
        // These have words, lists and mappings alone.
        case .workload, .source, .popularity, .arrival, .phase: return outer
        }
    }

    /// The largest size, or time to live, of what a path is about.
    private func largestSize(_ path: String) -> Double {
        for part in path.split(whereSeparator: { ".[".contains($0) }).reversed() {
            switch part {
            case "key_size": return KeyspaceSpec.largestKey
            case "value_size": return KeyspaceSpec.largestValue
            case "ttl": return KeyspaceSpec.longestTTL
            case "members": return KeyspaceSpec.mostMembers
            case "length": return OperationSpec.longestRun
            default: continue
            }
        }
        return range(of: "max").upperBound
    }

    private func keyspaceRange(_ key: String, _ path: String) -> ClosedRange<Double>? {
        switch (self, key) {
        case (.keyspace, "keys"), (.keyspace, "hash_tags"): 1...0x1p48
        case (.keyspace, "populated"): 0...1
        case (.keyspace, "negative_lookups"): 0...Self.most
        case (.keyspace, "member_size"): 2...512
        case (.keyspace, "seed"): 0...Self.largest
        case (.keyspace, "weight"), (.operation, "weight"): Self.least...Self.largest
        case (.keyspace, "key_size"), (.keyspace, "members"), (.operation, "length"):
            1...largestSize(path)
        case (.keyspace, _): 0...largestSize(path)
        case (.churn, "share"): Self.least...1
        case (.churn, _): 1...Self.largest
        case (.fill, _): 0...0.9
        default: nil
        }
    }

    private func sizeRange(_ key: String, _ path: String) -> ClosedRange<Double>? {
        switch (self, key) {
        case (.size, "jitter"): 0...Self.most
        case (.hot, "top"): Self.least...Self.most
        case (.keySizeClass, "key_up_to"): 1...KeyspaceSpec.largestKey
        case (_, "weight"): 0...Self.largest
        case (_, "mean"), (_, "location"): nil
        case (_, "shape"): -Self.most...Self.most
        case (_, "deviation"), (_, "scale"), (_, "sigma"), (_, "median"):
            Self.least...range(of: key).upperBound
        default: 0...largestSize(path)
        }
    }

    private func popularityRange(_ key: String) -> ClosedRange<Double>? {
        switch (self, key) {
        case (.zipf, "alpha"): Self.least...10
        case (.zipf, _): 0...range(of: key).upperBound
        case (.bucket, "keys"): Self.least...1
        case (.hotspot, "keys"): Self.least...Self.most
        case (.bucket, _), (.hotspot, _): 0...1
        case (.gaussian, _): 1e-6...10
        case (.exponential, "keys"): 1e-6...1
        case (.exponential, _): 0.001...0.999_999_999
        case (.keyrange, "ranges"): 1...range(of: key).upperBound
        case (.keyrange, "key_a"), (.keyrange, "key_b"): Self.least...range(of: key).upperBound
        default: nil
        }
    }

    private func scheduleRange(_ key: String) -> ClosedRange<Double>? {
        let outer = range(of: key)
        return switch (self, key) {
        case (.load, "connections"): 1...60_000
        case (.load, "pipeline"): 1...100_000
        case (.load, "streams"): 1...1_000
        case (.load, "replicas"): 0...10
        case (.load, _): 0...Self.largest
        case (.sine, "amplitude"): Self.least...outer.upperBound
        case (.rate, _), (.burst, "rate"), (.sine, "mean"), (.arrivalTrace, _):
            1e-6...outer.upperBound
        case (.steady, "change"): Self.least...Self.most
        case (.steady, "window"): 0.01...outer.upperBound
        case (.steady, _): 0.02...outer.upperBound
        case (.verify, _), (.extent, "requests"): 1...Self.largest
        case (.slowReaders, "connections"): 1...10_000
        case (.slowReaders, "requests"): 1...100_000
        case (.slowReaders, _), (.overlay, "for"): Self.shortest...outer.upperBound
        case (.burst, _), (.sine, _), (.settle, _), (.extent, _):
            Self.shortest...outer.upperBound
        default: nil
        }
    }

    private func expectedRange(_ key: String) -> ClosedRange<Double> {
        switch (self, key) {
        case (.expect, "tolerance"): Self.least...Self.most
        case (.expect, _): 0...1
        case (_, "key_size"), (_, "value_size"), (_, "pair_size"): 0...Self.largest
        default: 0...1
        }
    }
}
