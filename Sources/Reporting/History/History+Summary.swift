// A history in a glance: a line per metric and workload with its course over the runs, its first
// and its last reading, and the change between them. Conditions that a metric was read under (a
// curve's numbers of entries) are summed up: the median of the readings, and the mean of their
// changes (Trend).
import RunRecord

extension History.Group {
    /// Runs that are named in the heading; older ones are counted.
    private static let namedRuns = 10

    func summary(_ style: TerminalStyle) -> String {
        var names = "runs: "
        if runs.count > Self.namedRuns { names += "\(runs.count - Self.namedRuns) older, " }
        names += printable(runs.suffix(Self.namedRuns).joined(separator: ", "))
        let others = hasMore ? ", then against the run before and the best" : ""
        let table = self.table
        let leftOut = printable(table.leftOut(style).joined(separator: ", "))
        let notes =
            leftOut.isEmpty
            ? "" : style.wrapped("not shown without --detail: \(leftOut)", indent: 2)
        return style.wrapped(names, indent: 2) + table.text(style) + notes + changes(style)
            + style.wrapped(
                "first run → last run\(others); --metric shows every run of a metric, "
                    + "--detail of all",
                indent: 2)
    }

    /// With two runs there is one change.
    private var hasMore: Bool { runs.count > 2 }

    private var table: TextTable {
        var columns = [TextTable.Column(["metric"], .left)]
        for target in targets {
            columns.append(.init([printable(target)]))
            for _ in 1..<(hasMore ? Self.pieces + 2 : Self.pieces) {
                columns.append(.init([], continues: true))
            }
        }
        var table = TextTable(columns)
        let trends = self.trends
        let hidesDetail = trends.contains { !$0.isDetail }
        for trend in trends {
            let row = self.row(trend, targets)
            table.append(
                row.cells, tones: row.tones,
                detail: hidesDetail && trend.isDetail ? trend.title : nil)
        }
        return table
    }

    /// Course, first reading, arrow, last reading, change; with more runs, two more changes.
    private static let pieces = 5

    private func row(
        _ trend: Trend, _ targets: [String]
    ) -> (cells: [String], tones: [Int: TerminalStyle.Tone]) {
        let courses = targets.map { trend.course(of: $0) }
        let ends = courses.flatMap { [$0?.first, $0?.last].compactMap(\.self) }
        let scale = Scale(trend.unit, values: ends)
        var cells = [trend.name(scale)]
        var tones: [Int: TerminalStyle.Tone] = [:]
        for course in courses {
            let hasTwo = course?.first != nil && course?.last != nil && course?.change != nil
            cells.append(course?.sparkline ?? "")
            cells.append(hasTwo ? course?.first.map(scale.number) ?? "" : "")
            cells.append(hasTwo ? "→" : "")
            cells.append(course?.last.map(scale.number) ?? "–")
            tones[cells.count] = course?.change?.tone
            cells.append(course?.change?.size.text(scale) ?? "")
            guard hasMore else { continue }
            for step in [course?.lastChange, course?.bestChange] {
                tones[cells.count] = step?.tone
                cells.append(step?.size.text(scale) ?? "")
            }
        }
        return (cells, tones)
    }
}
