// Effects of candidates against a baseline, on one scale: of a comparison, and of the copies that a
// self-test of the gate looks at. The numbers behind them are folded.
import RunRecord
import Statistics

extension HTMLReport {
    private var comparison: Comparison? {
        guard record.isSelfTest, let baseline = targetLabels.first else {
            return reading.comparison
        }
        return Comparison(record, baseline: baseline)
    }

    var effectsTitle: String {
        comparison.map { "Effects against \($0.baseline)" } ?? "Effects"
    }

    var effects: HTML {
        guard let comparison, !comparison.rows.isEmpty else { return "" }
        let selfTest: HTML = record.isSelfTest ? Self.selfTestNote : ""
        return """
            \(selfTest)\(comparison.candidates.html { effects($0, comparison) })\
            <p class="facts">The change is the Hodges–Lehmann centre of the rounds’ log-ratios, \
            the interval inverts the signed-rank test, and “could see” is the smallest change \
            that this run would have shown in 80 of 100 repetitions. The level beside the \
            baseline’s is the baseline’s, changed by it. Counted metrics repeat and have no \
            interval. None of this is a verdict.</p>

            """
    }

    private static let selfTestNote: HTML = """
        <p>A gate was tried on copies of one server: what the copies show is the noise of this \
        machine, and the slowed one is the change that a gate should see. The gates of the \
        certificate were drawn from these rounds.</p>

        """

    private func effects(_ candidate: String, _ comparison: Comparison) -> HTML {
        let rows = comparison.toldRows(of: candidate)
        let quiet: HTML =
            comparison.quietSentence(of: candidate).map { "<p>There were \($0).</p>\n" } ?? ""
        let mechanism: HTML =
            comparison.mechanism(of: candidate).map { "<p>With it moved: \($0).</p>\n" } ?? ""
        let plotted = rows.map { plotRow($0, comparison) }
        let others = comparison.candidates.flatMap { comparison.toldRows(of: $0) }
            .map { plotRow($0, comparison) }
        let worse = plotted.count { $0.tone == .bad }
        let better = plotted.count { $0.tone == .good }
        return """
            <h3>\(swatch(candidate))\(candidate)</h3>
            <p class="counts">\(worse) worse · \(better) better · \
            \(rows.count - worse - better) unchanged</p>
            \(ForestPlot(.shares, Self.sorted(plotted), beside: others).html)\(mechanism)\(quiet)\
            <details><summary>every number</summary>
            <div class="scroll"><table>
            <thead><tr>\(Comparison.headings.enumerated().html { head($0, $1) })</tr></thead>
            <tbody>
            \(rows.html { row in
                "<tr>\(comparison.cells(row).enumerated().html { cell($0, $1, row) })</tr>\n"
            })</tbody>
            </table></div>
            </details>

            """
    }

    /// The worse before the better, each with the largest first.
    private static func sorted(_ rows: [ForestPlot.Row]) -> [ForestPlot.Row] {
        let tones: [ForestPlot.Tone] = [.bad, .open, .good, .neutral]
        return tones.flatMap { tone in
            rows.filter { $0.tone == tone }.sorted { abs($0.effect ?? 0) > abs($1.effect ?? 0) }
        }
    }

    private func plotRow(_ row: Comparison.Row, _ comparison: Comparison) -> ForestPlot.Row {
        let cells = comparison.cells(row)
        let sign = row.better == .lower ? 1.0 : -1
        let interval = row.interval.map { [sign * $0.lower, sign * $0.upper].sorted() }
        return ForestPlot.Row(
            title: row.title, place: cells[2], reason: row.kind.explanation,
            effect: row.effect.map { sign * $0 }, interval: interval.map { $0[0]...$0[1] },
            change: cells[5], range: row.interval == nil ? "" : cells[6],
            tone: !row.isDistinct ? .neutral : row.isImprovement ? .good : .bad,
            isShown: row.isDistinct)
    }

    private func head(_ index: Int, _ heading: String) -> HTML {
        switch index {
        case 0: "<th class=\"name\">\(heading)</th>"
        case 1, 2: "<th class=\"text\">\(heading)</th>"
        default: "<th>\(heading)</th>"
        }
    }

    /// The change, the sixth, is coloured where there is one.
    private func cell(_ index: Int, _ text: String, _ row: Comparison.Row) -> HTML {
        switch index {
        case 0: return "<th class=\"name\">\(text)</th>"
        case 1, 2: return "<td class=\"text\">\(text)</td>"
        case 5 where row.isDistinct:
            return "<td class=\"\(row.isImprovement ? "good" : "bad")\">\(text)</td>"
        default: return "<td>\(text)</td>"
        }
    }
}
