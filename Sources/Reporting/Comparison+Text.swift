// A comparison as text and as a section of the page.
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
            return text
        }.joined(separator: "\n")
    }

    /// The columns of the text and of the page.
    static let headings = [
        "metric", "kind", "workload", "baseline", "candidate", "change", "95 % interval",
        "could see",
    ]

    func cells(_ row: Row) -> [String] {
        let scale = Scale(row.unit, values: [row.baselineValue, row.candidateValue])
        return [
            row.title, row.kind.rawValue, row.workload ?? "", scale.text(row.baselineValue),
            scale.text(row.candidateValue), Scale.change(row.effect),
            row.interval.map { "\(Scale.change($0.lower)) … \(Scale.change($0.upper))" }
                ?? (row.logRatios.isEmpty ? "" : "needs 6 rounds"),
            row.detectable.map { Scale.spread($0) } ?? "",
        ]
    }

    private func table(of candidate: String) -> TextTable {
        var table = TextTable(
            Self.headings.enumerated().map { index, heading in
                .init([heading], index < 3 ? .left : .right)
            })
        for row in rows(of: candidate) { table.append(cells(row)) }
        return table
    }
}

extension HTMLReport {
    /// The page of a run with a section that compares its targets with `baseline`.
    public init(_ record: RunRecord, comparedWith baseline: String) {
        self.init(record)
        comparison = Comparison(record, baseline: baseline)
    }

    var effects: HTML {
        guard let comparison, !comparison.rows.isEmpty else { return "" }
        return """
            <section id="effects">
            <h2>Effects against \(comparison.baseline)</h2>
            \(comparison.candidates.html { effects($0, comparison) })\
            <p class="facts">The change is the Hodges–Lehmann centre of the rounds’ log-ratios, the \
            interval inverts the signed-rank test, and “could see” is the smallest change that this \
            run would have shown in 80 of 100 repetitions. Counted metrics repeat and have no \
            interval. None of this is a verdict.</p>
            </section>

            """
    }

    private func effects(_ candidate: String, _ comparison: Comparison) -> HTML {
        let mechanism: HTML =
            comparison.mechanism(of: candidate).map {
                "<p>With it moved: \($0).</p>\n"
            } ?? ""
        return """
            <h3>\(swatch(candidate))\(candidate)</h3>
            <div class="scroll"><table>
            <thead><tr>\(Comparison.headings.html { "<th>\($0)</th>" })</tr></thead>
            <tbody>
            \(comparison.rows(of: candidate).html { row in
                "<tr>\(comparison.cells(row).html { "<td>\($0)</td>" })</tr>\n"
            })</tbody>
            </table></div>
            \(mechanism)<div class="plots changes">
            \(comparison.rows(of: candidate).filter { $0.interval != nil }.html { row in
                intervalFigure(
                    row.title, [row.workload ?? "", Scale.change(row.effect)],
                    IntervalPlot(
                        effect: row.effect, lower: row.interval?.lower, upper: row.interval?.upper,
                        margin: nil, better: row.better,
                        tone: !row.isDistinct ? "none" : row.isImprovement ? "good" : "bad"))
            })</div>

            """
    }
}
