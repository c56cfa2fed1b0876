// A distribution: a plain number, or a mapping with exactly one of the distributions' names beside
// what holds for all of them (`min`, `max`, `bind`, `hot`).
import Distributions
import StrictYAML
import Yams

/// What a distribution's numbers mean, and how they are spelled.
enum SizeUnit {
    case bytes, count, seconds

    var meaning: String {
        switch self {
        case .bytes: "a number of bytes"
        case .count: "a count"
        case .seconds: "a duration such as 300s, 12h, 1d or none"
        }
    }

    func number(_ node: Node) -> Double? {
        switch self {
        case .bytes: plainSize(node)
        case .count: plainCount(node)
        case .seconds: duration(node)
        }
    }
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
            guard parent.inRange(value, key) else { return nil }
            self.init(.constant(value), binding: binding)
            return
        }
        guard let fields = Fields(node, .size, parent.path(key), parent.diagnostics) else {
            return nil
        }
        let classes = Self.keySizeClasses(fields, unit)
        let named = FormatSection.distributions.contains { fields[$0] != nil }
        let last = named || classes.isEmpty ? nil : classes.last?.distribution
        guard let distribution = last ?? Distribution(fields, unit) else { return nil }
        self.init(
            distribution, least: fields.value("min", unit), most: fields.value("max", unit),
            binding: binding)
        byKeySize = classes
        jitter = fields.number("jitter", "a share of the value, such as 0.1") ?? 0
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

    /// `joint`: distributions by the size of the key.
    private static func keySizeClasses(_ fields: Fields, _ unit: SizeUnit) -> [KeySizeClass] {
        fields.list("joint").compactMap { node, path in
            guard let entry = Fields(node, .keySizeClass, path, fields.diagnostics) else {
                return nil
            }
            if entry["key_up_to"] == nil {
                entry.missing("key_up_to", "state the longest key of the class, in bytes")
            }
            guard let limit = entry.bytes("key_up_to"),
                let distribution = Distribution(entry, unit)
            else { return nil }
            return KeySizeClass(upTo: limit, distribution: distribution)
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
        let found: Distribution?
        switch named[0] {
        case "constant": found = fields.value("constant", unit).map(Distribution.constant)
        case "uniform": found = Self.uniform(fields, unit)
        case "quantiles": found = Self.percentiles(fields, unit).map(Distribution.quantiles)
        case "discrete": found = .discrete(Self.weightedValues(fields, unit))
        case "piecewise": found = .piecewise(Self.ranges(fields, unit))
        case "mixture": found = .mixture(Self.parts(fields, unit))
        default: found = Self.formula(named[0], fields, unit).map(Distribution.formula)
        }
        guard let found else { return nil }
        self = found
    }

    private static func uniform(_ fields: Fields, _ unit: SizeUnit) -> Distribution? {
        guard let range = fields.mapping("uniform", .uniform) else { return nil }
        for key in ["min", "max"] where range[key] == nil {
            range.missing(key, "state both ends, both included")
        }
        guard let least = range.value("min", unit), let most = range.value("max", unit) else {
            return nil
        }
        return .uniform(least: least, most: most)
    }

    private static func weightedValues(_ fields: Fields, _ unit: SizeUnit) -> [WeightedValue] {
        fields.list("discrete").compactMap { node, path in
            guard let entry = Fields(node, .weighted, path, fields.diagnostics) else { return nil }
            for key in ["value", "weight"] where entry[key] == nil {
                entry.missing(key, "state \(key == "value" ? unit.meaning : "its weight")")
            }
            guard let value = entry.value("value", unit), let weight = entry.number("weight") else {
                return nil
            }
            return WeightedValue(value: value, weight: weight)
        }
    }

    private static func ranges(_ fields: Fields, _ unit: SizeUnit) -> [WeightedRange] {
        fields.list("piecewise").compactMap { node, path in
            guard let entry = Fields(node, .range, path, fields.diagnostics) else { return nil }
            for key in ["from", "to", "weight"] where entry[key] == nil {
                entry.missing(key, "state both ends, both included, and a weight")
            }
            guard let least = entry.value("from", unit), let most = entry.value("to", unit),
                let weight = entry.number("weight")
            else { return nil }
            return WeightedRange(least: least, most: most, weight: weight)
        }
    }

    private static func parts(_ fields: Fields, _ unit: SizeUnit) -> [WeightedPart] {
        fields.list("mixture").compactMap { node, path in
            guard let entry = Fields(node, .part, path, fields.diagnostics) else { return nil }
            if entry["weight"] == nil { entry.missing("weight", "state its share of the mixture") }
            guard let weight = entry.number("weight"), let part = Distribution(entry, unit) else {
                return nil
            }
            return WeightedPart(weight: weight, part)
        }
    }

    private static func formula(
        _ name: String, _ fields: Fields, _ unit: SizeUnit
    ) -> ClosedForm? {
        let sections: [String: FormatSection] = [
            "normal": .normal, "lognormal": .lognormal, "gev": .gev, "gpd": .gpd,
        ]
        guard let section = sections[name], let form = fields.mapping(name, section) else {
            return nil
        }
        for key in section.keys where form[key] == nil {
            form.missing(key, "state \(section.keys.joined(separator: ", "))")
        }
        // Shapes and sigmas are plain numbers; the rest has the unit of the sizes.
        let values = section.keys.map { key in
            key == "shape" || key == "sigma"
                ? form.number(key) : form.value(key, unit)
        }
        guard values.allSatisfy({ $0 != nil }) else { return nil }
        let known = values.compactMap(\.self)
        return switch section {
        case .normal: .normal(mean: known[0], deviation: known[1])
        case .lognormal: .lognormal(median: known[0], sigma: known[1])
        case .gev: .gev(location: known[0], scale: known[1], shape: known[2])
        default: .gpd(location: known[0], scale: known[1], shape: known[2])
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
            if let place = percent(named: text), let value = unit.number(node),
                FormatSection.uniform.range(of: "max").contains(value)
            {
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
        if let value = unit.number(node) { return inRange(value, key) ? value : nil }
        report(
            key, "`\(path(key))` is \(words(node)), not \(unit.meaning)",
            "write \(unit.meaning), unquoted")
        return nil
    }
}
