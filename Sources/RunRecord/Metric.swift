// What can be measured: the vocabulary of results. The list itself is in Metric+Table.swift.
import Foundation

/// One measurable quantity: a row of ``table``, or such a row with its parameters filled in.
public struct Metric: Hashable, Sendable {
    /// The name in results: `latency_ns/get/intended/p99`. In ``table`` it equals `pattern`.
    public let id: String
    /// The name with its parameters: `latency_ns/{command}/{intended|actual}/{p}`.
    public let pattern: String
    /// A short heading: `get p99 (intended)`.
    public let title: String
    public let unit: Unit
    public let better: Better
    public let kind: Kind
    public let topic: Topic
    /// What it says, in one line.
    public let meaning: String
    /// How it follows from other metrics, by their ids: `1e9 / server_cpu_ns_per_op`; nil where it
    /// is read by itself.
    public let formula: String?

    /// The metric of that id, its parameters filled in; nil where no row of ``table`` fits.
    public static func named(_ id: String) -> Metric? {
        for row in table {
            if let parameters = row.parameters(of: id) {
                return Metric(row: row, id: id, parameters: parameters)
            }
        }
        return nil
    }

    init(
        _ pattern: String, _ title: String, _ unit: Unit, _ better: Better, _ kind: Kind,
        _ topic: Topic, _ meaning: String, formula: String? = nil
    ) {
        id = pattern
        self.pattern = pattern
        self.title = title
        self.unit = unit
        self.better = better
        self.kind = kind
        self.topic = topic
        self.meaning = meaning
        self.formula = formula
    }

    private init(row: Metric, id: String, parameters: [String]) {
        self.id = id
        pattern = row.pattern
        var title = row.title
        for (index, parameter) in parameters.enumerated() {
            title = title.replacingOccurrences(of: "$\(index + 1)", with: parameter)
        }
        self.title = title
        unit = row.unit
        better = row.better
        kind = row.kind
        topic = row.topic
        meaning = row.meaning
        formula = row.formula
    }

    /// Whether it is an id of this metric's row, whatever the parameters.
    public func covers(_ id: String) -> Bool { parameters(of: id) != nil }

    /// The values of the pattern's parameters in `id`, nil where it is no id of this pattern. A
    /// parameter is a non-empty part of one path segment; one with bars names all its values.
    func parameters(of id: String) -> [String]? {
        // Most rows differ before their first parameter: seen without taking either apart.
        guard id.utf8.starts(with: pattern.utf8.prefix { $0 != UInt8(ascii: "{") }) else {
            return nil
        }
        let segments = pattern.split(separator: "/", omittingEmptySubsequences: false)
        let parts = id.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.count == parts.count else { return nil }
        var parameters: [String] = []
        for (segment, part) in zip(segments, parts) {
            guard let open = segment.firstIndex(of: "{"), let close = segment.firstIndex(of: "}")
            else {
                if segment == part { continue } else { return nil }
            }
            let (prefix, suffix) = (segment[..<open], segment[segment.index(after: close)...])
            guard part.hasPrefix(prefix), part.hasSuffix(suffix),
                part.count > prefix.count + suffix.count
            else { return nil }
            let value = part.dropFirst(prefix.count).dropLast(suffix.count)
            let choices = segment[segment.index(after: open)..<close].split(separator: "|")
            guard choices.count == 1 || choices.contains(value) else { return nil }
            parameters.append(String(value))
        }
        return parameters
    }
}
