// A distribution: a plain number, or a mapping with exactly one of the distributions' names beside
// what holds for all of them (`min`, `max`, `bind`, `hot`).
import StrictYAML
import Yams

/// What a distribution's numbers mean, and how they are spelled.
enum SizeUnit {
    case bytes, seconds

    var meaning: String {
        self == .bytes ? "a number of bytes" : "a duration such as 300s, 12h, 1d or none"
    }

    func number(_ node: Node) -> Double? { self == .bytes ? plainNumber(node) : duration(node) }
}

extension SizeSpec {
    /// Nil when the key is absent or (reported) wrong.
    init?(_ parent: Fields, _ key: String, _ unit: SizeUnit, binding: Binding) {
        guard let node = parent[key] else { return nil }
        if node.scalar != nil {
            guard let value = unit.number(node) else {
                parent.report(
                    key, "`\(parent.path(key))` is \(words(node)), not \(unit.meaning)",
                    "write \(unit.meaning), unquoted, or a distribution")
                return nil
            }
            self.init(.constant(value), binding: binding)
            return
        }
        guard let fields = Fields(node, .size, parent.path(key), parent.diagnostics),
            let distribution = Distribution(fields, unit)
        else { return nil }
        self.init(
            distribution, least: fields.value("min", unit), most: fields.value("max", unit),
            binding: binding)
        if let name = fields.string("bind") {
            if let bound = Binding(rawValue: name) {
                self.binding = bound
            } else {
                fields.report("bind", "bind `\(name)`", "write `key` or `write`")
            }
        }
        if let hot = fields.mapping("hot", .hot) {
            if hot["top"] == nil {
                hot.missing("top", "state the fraction of the keys, such as 0.01")
            }
            if let distribution = Distribution(hot, unit) {
                self.hot = HotClass(top: hot.number("top") ?? 0.01, distribution: distribution)
            }
        }
    }
}

extension Distribution {
    /// The one distribution named in a mapping.
    init?(_ fields: Fields, _ unit: SizeUnit) {
        let named = FormatSection.distributions.filter { fields[$0] != nil }
        guard named.count == 1 else {
            fields.diagnostics.report(
                fields.line,
                named.isEmpty
                    ? "`\(fields.path)` names no distribution"
                    : "`\(fields.path)` names \(named.joined(separator: " and "))",
                "give exactly one of \(FormatSection.distributions.joined(separator: ", "))")
            return nil
        }
        switch named[0] {
        case "constant":
            guard let value = fields.value("constant", unit) else { return nil }
            self = .constant(value)
        case "uniform":
            guard let range = fields.mapping("uniform", .uniform) else { return nil }
            for key in ["min", "max"] where range[key] == nil {
                range.missing(key, "state both ends, both included")
            }
            guard let least = range.value("min", unit), let most = range.value("max", unit) else {
                return nil
            }
            self = .uniform(least: least, most: most)
        case "quantiles":
            guard let points = Self.percentiles(fields, unit) else { return nil }
            self = .quantiles(points)
        default:
            self = .discrete(
                fields.list("discrete").compactMap { node, path in
                    guard let entry = Fields(node, .weighted, path, fields.diagnostics) else {
                        return nil
                    }
                    for key in ["value", "weight"] where entry[key] == nil {
                        entry.missing(key, "state \(key == "value" ? unit.meaning : "its weight")")
                    }
                    guard let value = entry.value("value", unit),
                        let weight = entry.number("weight")
                    else { return nil }
                    return WeightedValue(value: value, weight: weight)
                })
        }
    }

    private static func percentiles(_ fields: Fields, _ unit: SizeUnit) -> [Percentile]? {
        guard let mapping = fields["quantiles"]?.mapping else {
            fields.report(
                "quantiles",
                "`\(fields.path("quantiles"))` is \(words(fields["quantiles"]!)), not a mapping",
                "write {p0: SMALLEST, p50: …, p100: LARGEST}")
            return nil
        }
        var points: [Percentile] = []
        var isWhole = true
        for (name, node) in mapping {
            let line = name.mark?.line
            let text = name.scalar?.string ?? words(name)
            fields.diagnostics.saw("\(fields.path("quantiles")).\(text)", node, line: line ?? 0)
            if let place = percent(named: text), let value = unit.number(node) {
                points.append(Percentile(percent: place, value: value))
            } else {
                fields.diagnostics.report(
                    line, "`\(text): \(node.scalar?.string ?? words(node))` is no percentile",
                    "write p0 to p100 and \(unit.meaning), such as `p99.9: 4096`")
                isWhole = false
            }
        }
        return isWhole ? points.sorted { $0.percent < $1.percent } : nil
    }
}

extension Fields {
    func value(_ key: String, _ unit: SizeUnit) -> Double? {
        guard let node = self[key] else { return nil }
        if let value = unit.number(node) { return value }
        report(
            key, "`\(path(key))` is \(words(node)), not \(unit.meaning)",
            "write \(unit.meaning), unquoted")
        return nil
    }
}
