// The last runs side by side: a row for each metric and target, a column for each run, and how far
// the last one is from the run before and from the first.
//
//     metric                  target       a     b     c    change   since a
//     get · server CPU, ns/op valkey-9.1   500   510   550  +7.8 %   +10.0 %
import RunRecord

extension History {
    /// Runs that stand side by side; older ones are in the change since the first.
    private static let shownRuns = 5

    /// For a terminal.
    public func trends(_ style: TerminalStyle = .plain) -> String {
        let blocks = groups.indices.map { number -> String in
            let table = groups[number].lastRuns(Self.shownRuns)
            let leftOut = table.leftOut(style).distinct().joined(separator: ", ")
            let notes =
                leftOut.isEmpty
                ? ""
                : style.wrapped("not shown without --detail: \(printable(leftOut))", indent: 2)
            return heading(number, style) + "\n" + table.text(style) + notes
                + groups[number].changes(style)
        }
        return blocks.joined(separator: "\n") + style.wrapped(Self.trendNote, indent: 2)
    }

    static let trendNote =
        "change: the last run against the one before, coloured beyond the spread of the rounds of "
        + "both, or beyond 3 % where they are not kept (0.5 % of what is counted); no verdict"
}

extension History.Group {
    fileprivate func lastRuns(_ most: Int) -> TextTable {
        let shown = runs.indices.suffix(most)
        var columns = [
            TextTable.Column(["metric"], .left), TextTable.Column(["target"], .left),
        ]
        columns += shown.map { TextTable.Column([printable(runs[$0])]) }
        let hasMore = runs.count > 2
        if runs.count > 1 { columns.append(TextTable.Column(["change"])) }
        if hasMore { columns.append(TextTable.Column(["since the first"])) }
        var table = TextTable(columns, names: 2)
        let trends = self.trends
        let hidesDetail = trends.contains { !$0.isDetail }
        for trend in trends {
            let courses = targets.compactMap { target in
                trend.course(of: target).map { (target: target, course: $0) }
            }
            let scale = Scale(
                trend.unit,
                values: courses.flatMap { $0.course.values.suffix(most).compactMap(\.self) })
            for (target, course) in courses {
                var cells = [trend.name(scale), target]
                cells += shown.map { course.values[$0].map(scale.number) ?? "–" }
                var tones: [Int: TerminalStyle.Tone] = [:]
                var steps = runs.count > 1 ? [course.lastChange] : []
                if hasMore { steps.append(course.change) }
                for step in steps {
                    tones[cells.count] = step?.tone
                    cells.append(step?.size.text(scale) ?? "")
                }
                table.append(
                    cells, tones: tones, detail: hidesDetail && trend.isDetail ? trend.title : nil)
            }
        }
        return table
    }
}
