// A comparison as text and as Markdown.
import RunRecord
import Statistics

extension Comparison {
    /// A table per candidate, then what moved with it.
    public func text() -> String {
        candidates.map { candidate in
            var text = "\(printable(candidate)) against \(printable(baseline))\n"
            text += table(of: candidate).text()
            if let mechanism = mechanism(of: candidate) {
                text += "mechanism: \(printable(mechanism))\n"
            }
            return text + Self.note + "\n"
        }.joined(separator: "\n")
    }

    /// The same in GitHub's Markdown.
    func markdown() -> String {
        candidates.map { candidate in
            let names = "\(markdownEscaped(candidate)) against \(markdownEscaped(baseline))"
            var text = "**\(names)**\n\n" + table(of: candidate).markdown()
            if let mechanism = mechanism(of: candidate) {
                text += "\nmechanism: \(markdownEscaped(mechanism))\n"
            }
            return text + "\n" + markdownEscaped(Self.note) + "\n"
        }.joined(separator: "\n")
    }

    /// The columns of the text and of the page. The candidate's level follows from the change.
    static let headings = [
        "metric", "kind", "workload", "baseline", "× (1 + change)", "change", intervalHeading,
        detectableHeading,
    ]
    private static let intervalHeading = "95 % interval"
    private static let detectableHeading = "could see"

    static let note =
        "change: of the rounds, paired; the level beside the baseline’s is that, changed by it"

    func cells(_ row: Row) -> [String] {
        let scale = Scale(row.unit, values: [row.baselineValue, row.candidateLevel])
        return [
            row.title, row.kind.rawValue,
            [row.workload, ownConditions(row)].compactMap(\.self).joined(separator: " "),
            scale.text(row.baselineValue), scale.text(row.candidateLevel), row.change.text(scale),
            row.interval.map { "\(Scale.change($0.lower)) … \(Scale.change($0.upper))" }
                ?? row.noInterval ?? "",
            row.detectable.map { Scale.spread($0) } ?? "",
        ]
    }

    /// The numbers of a row, each with its heading: `change: +6.0 %`; where there is none, why.
    func facts(_ row: Row) -> [String] {
        zip(Self.headings, cells(row)).dropFirst(3).map { heading, cell in
            switch heading {
            case Self.intervalHeading where row.interval == nil:
                "\(heading): n/a (\(row.whyNoInterval))"
            case Self.detectableHeading where row.detectable == nil:
                "\(heading): n/a (\(row.interval == nil ? row.whyNoInterval : "no change at all"))"
            default: "\(heading): \(cell)"
            }
        }
    }

    /// What tells a row from another of the same metric and workload.
    private func ownConditions(_ row: Row) -> String? {
        let alike = rows.filter {
            $0.metric == row.metric && $0.workload == row.workload && $0.candidate == row.candidate
        }
        let own = row.conditions.filter { key, value in
            alike.contains { $0.conditions[key] != value }
        }
        return own.isEmpty ? nil : own.summary
    }

    func table(of candidate: String) -> TextTable {
        var table = TextTable(
            Self.headings.enumerated().map { index, heading in
                .init([heading], index < 3 ? .left : .right)
            })
        for row in rows(of: candidate) { table.append(cells(row)) }
        return table
    }
}
