// The description as text.
import Quantities

extension WorkloadDescription {
    /// A table of all rows, aligned, without a final newline:
    ///
    ///     keys                requested    realised   published  deviation
    ///       value_size p50        211 B       212 B       215 B     -1.4 %  observed cxl-2025
    ///
    /// Percentiles of a constant size say nothing and are left out.
    public var table: String {
        var lines = [
            "\(workload): \(requests) requests, seed \(seed), \(contentHash)",
            Self.line("", "requested", "realised", "published", "deviation", ""),
        ]
        for population in ["keys", "requests"] {
            lines.append(population)
            for row in shownRows(population) {
                lines.append(
                    Self.line(
                        "  " + row.name, row.requested.map { Self.figure($0, row.unit) } ?? "-",
                        Self.figure(row.realised, row.unit),
                        row.expected.map { Self.figure($0, row.unit) } ?? "-",
                        row.deviation.map { $0.percent() } ?? "",
                        (violations.contains(row) ? "too far  " : "") + provenance(of: row)))
            }
        }
        lines.append("fit")
        for fit in fits {
            let figure =
                switch fit.test {
                case .chiSquare: "χ² at \((fit.value * 100).rounded() / 100) deviations"
                case .distance: "KS distance \(fit.value.percent())"
                }
            lines.append("  \(fit.name): \(figure)")
        }
        return lines.joined(separator: "\n")
    }

    /// One line for each row that is too far from its source's figure.
    public func complaints(file: String) -> [WorkloadProblem] {
        violations.map { row in
            WorkloadProblem(
                file: file, line: nil,
                problem: "\(row.population) \(row.name) is \(Self.figure(row.realised, row.unit)), "
                    + "\(Self.figure(row.expected ?? 0, row.unit)) is published "
                    + "(\((row.deviation ?? 0).percent()), tolerance \(tolerance.percent()))",
                remedy: "correct the distribution, or `expect`")
        }
    }

    private func shownRows(_ population: String) -> [Row] {
        let own = rows.filter { $0.population == population }
        return own.filter { row in
            guard row.expected == nil, let space = row.name.firstIndex(of: " "), row.unit == "B"
            else { return true }
            let size = row.name[..<space]
            let alike = own.filter { $0.name.hasPrefix("\(size) ") }
            return row.name.hasSuffix(" mean") || !alike.allSatisfy { $0.realised == row.realised }
        }
    }

    private func provenance(of row: Row) -> String {
        guard row.expected != nil else { return "" }
        let path =
            "expect.\(row.population).\(row.name.split(separator: " ").joined(separator: "."))"
        let entry = provenanceMap[path]
        return entry.kind.rawValue + (entry.source.map { " \($0)" } ?? "")
    }

    private static func line(
        _ name: String, _ requested: String, _ realised: String, _ expected: String,
        _ deviation: String, _ note: String
    ) -> String {
        var text = name + String(repeating: " ", count: max(0, 28 - name.count))
        for column in [requested, realised, expected, deviation] {
            text += String(repeating: " ", count: max(1, 12 - column.count)) + column
        }
        if !note.isEmpty { text += "  " + note }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Bytes and seconds to a tenth, shares to four significant digits.
    static func figure(_ value: Double, _ unit: String) -> String {
        guard unit.isEmpty else {
            let tenths = (value * 10).rounded() / 10
            return "\(tenths.plainText) \(unit)"
        }
        guard value > 0 else { return "0 %" }
        var (decimals, shown) = (2, value * 1e4)
        while shown < 1_000 && decimals < 9 { (decimals, shown) = (decimals + 1, shown * 10) }
        return value.shortPercent(decimals)
    }
}
