// A captured workload as YAML, every line with where it comes from.
//
// Look-ups that found nothing go to a keyspace of their own, of which one key is written: the
// others are never there, so the hit ratio stays what it was however long the replay runs.
import Glibc
import Workloads

extension CapturedWorkload {
    /// A smaller share of misses is chance, or a key that expired.
    private static let leastMissShare = 0.0005

    private var missed: Double {
        operations.contains(where: \.isLookUp) && missShare >= Self.leastMissShare
            ? min(missShare, 1) : 0
    }

    /// The file. It expects the sample's means, unless its keys are too few to have them: of ten
    /// keys, none may be the one in a hundred that is large.
    public func yaml() -> String {
        let text = text(expectations())
        let described = try? Workload(yaml: Array(text.utf8), file: name).describe(requests: 1)
        guard let described, !described.violations.isEmpty else { return text }
        return self.text(Self.noExpectations)
    }

    private static let noExpectations = ["expect: {tolerance: 0.05}"]

    private func text(_ expectations: [String]) -> String {
        var lines = ["# Captured by `hashmark capture`: distributions only, no key and no value."]
        lines += leftOut.map { "# Not in this file: \($0)" } + cuts.map { "# Cut: \($0)" }
        lines += [
            "schema: \(Workload.schema)", "name: \(name)",
            "title: \(quoted("captured: \(cite)"))", "sources:", "  capture:",
            "    cite: \(quoted(cite))",
        ]
        lines += provenance() + keyspaces() + mix()
        lines += [
            "load: {connections: 50, pipeline: 1}  # assumed: valkey-benchmark's default",
            "phases:  # assumed", "  - prefill",
        ]
        if hasLongTimesToLive { lines.append("  - verify") }
        lines += ["  - settle", "  - warm_up: {duration: 1s}", "  - measure: {duration: 10s}"]
        return (lines + expectations).joined(separator: "\n") + "\n"
    }

    /// Keys that expire within two minutes may be gone before they are counted.
    private var hasLongTimesToLive: Bool {
        guard let ttl else { return true }
        switch ttl.distribution {
        case .constant(let value): return value == 0 || value >= 120
        case .discrete(let values): return values.allSatisfy { $0.value == 0 || $0.value >= 120 }
        case .quantiles(let points): return points.allSatisfy { $0.value < 1 || $0.value >= 120 }
        default: return false
        }
    }

    private func provenance() -> [String] {
        var lines = ["provenance:", "  keyspaces: derived capture"]
        lines.append("  keyspaces.key_size: fitted capture (\(keySize.summary))")
        if let valueSize {
            lines.append("  keyspaces.value_size: fitted capture (\(valueSize.summary))")
        }
        if let ttl {
            let note = ttlNote.map { "; \($0)" } ?? ""
            lines.append("  keyspaces.ttl: fitted capture (\(ttl.summary)\(note))")
        }
        if let popularity {
            let distance = popularity.distance.map {
                "shares of the top ranks differ by up to \(decimals($0, 4))"
            }
            lines.append(
                "  keyspaces.popularity: fitted capture "
                    + "(\(distance ?? "too few requests per key to tell it from uniform"))")
        } else {
            lines.append("  keyspaces.popularity: assumed (a server does not tell it)")
        }
        lines.append("  operations: derived capture (requests per second)")
        lines += ["  load: assumed", "  phases: assumed", "  expect: derived capture"]
        return lines
    }

    private func keyspaces() -> [String] {
        var lines = ["keyspaces:", "  - name: keys", "    keys: \(keys)  # derived capture"]
        lines += size("key_size", keySize, least: "\(keys - 1)".count)
        if let valueSize { lines += size("value_size", valueSize) }
        if let ttl { lines += size("ttl", ttl) }
        switch popularity?.popularity {
        case .zipf(let alpha, let offset):
            lines += [
                "    popularity:  # fitted capture",
                "      zipf: {alpha: \(decimals(alpha, 4)), offset: \(decimals(offset, 2))}",
            ]
        default: lines.append("    popularity: uniform")
        }
        guard missed > 0 else { return lines }
        lines += [
            "  - name: absent  # look-ups that found nothing", "    keys: \(absentKeys)",
            "    prefix: \"-\"  # so that they are no keys of the above",
            "    populated: \(1 / Double(absentKeys))  # assumed: a single key",
        ]
        lines += size("key_size", keySize, least: "\(absentKeys - 1)".count + 1)
        if valueSize != nil { lines.append("    value_size: 1") }
        lines.append("    popularity: uniform  # assumed")
        return lines
    }

    /// As many as the others, in powers of ten: their number is written as a fraction.
    private var absentKeys: UInt64 {
        var count: UInt64 = 10
        while count < keys && count < 10_000_000 { count *= 10 }
        return count
    }

    /// A distribution, raised to `least` where smaller sizes cannot be.
    private func size(
        _ key: String, _ fitted: FittedDistribution, least: Int = 0
    ) -> [String] {
        let comment = "  # fitted capture: \(fitted.summary)"
        let smallest = Int(fitted.distribution.support.lowerBound.rounded())
        let bound = "      min: \(least)  # assumed: shorter keys could not be told apart"
        let isRaised = smallest < least
        switch fitted.distribution {
        case .constant(let value):
            return ["    \(key): \(decimals(max(value, Double(least)), 3))\(comment)"]
        case .discrete(let values):
            let entries = values.map {
                "        - {value: \(decimals($0.value, 3)), weight: \(decimals($0.weight, 6))}"
            }
            if isRaised && values.allSatisfy({ $0.value <= Double(least) }) {
                return ["    \(key): \(least)\(comment)"]
            }
            return ["    \(key):\(comment)", "      discrete:"] + entries
                + (isRaised ? [bound] : [])
        case .quantiles(let points):
            if isRaised && points.allSatisfy({ $0.value <= Double(least) }) {
                return ["    \(key): \(least)\(comment)"]
            }
            let entries = points.map {
                "        p\(decimals($0.percent, 3)): \(decimals($0.value, 3))"
            }
            return ["    \(key):\(comment)", "      quantiles:"] + entries
                + (isRaised ? [bound] : [])
        default: preconditionFailure("captures are constants, lists or percentiles")
        }
    }

    private func mix() -> [String] {
        var lines = ["operations:  # weights are requests per second"]
        func add(_ operation: Operation, _ name: String, _ share: Double, _ keyspace: String) {
            guard operation.perSecond * share > 0 else { return }
            let weight = operation.perSecond * share
            lines.append(
                "  - {name: \(name), command: \(quoted(operation.command)), "
                    + "weight: \(significant(weight)), keyspace: \(keyspace)}")
        }
        for operation in operations {
            let missing = operation.isLookUp ? missed : 0
            add(operation, operation.name, 1 - missing, "keys")
            add(operation, "\(operation.name)_absent", missing, "absent")
        }
        return lines
    }

    private func expectations() -> [String] {
        // With keys raised to a least size, or keys that are looked up in vain, the sample's mean
        // is not the file's.
        guard missed == 0 else { return Self.noExpectations }
        var lines = ["expect:", "  keys:"]
        if Int(keySize.distribution.support.lowerBound.rounded()) >= "\(keys - 1)".count {
            lines.append("    key_size: {mean: \(decimals(keySize.sampleMean, 3))}")
        }
        if let valueSize, valueSize.sampleMean > 0 {
            lines.append("    value_size: {mean: \(decimals(valueSize.sampleMean, 3))}")
        }
        return lines.count > 2 ? lines : Self.noExpectations
    }

    /// Six digits: a weight is a ratio.
    private func significant(_ value: Double) -> String {
        let digits = max(0, 5 - Int(log10(max(value, 1e-12)).rounded(.down)))
        return decimals(value, min(digits, 12))
    }
}

/// A YAML string in double quotes.
func quoted(_ text: String) -> String {
    "\""
        + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        .replacing("\n", with: " ") + "\""
}
