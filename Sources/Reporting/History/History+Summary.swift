// A history in a glance: a line per metric and workload with its course over the runs, its first
// and its last reading, and the change between them. Conditions that a metric was read under (a
// curve's numbers of entries) are summed up: the median of the readings, and the mean of their
// changes (Trend).
import RunRecord

extension History.Group {
    /// Runs that are named in the heading; older ones are counted.
    private static let namedRuns = 10
    /// A history of no more lines than a screen has is shown whole.
    private static let screen = 24
    /// A narrower terminal has room for one change beside the name of a metric.
    private static let widthOfAllChanges = 80

    func summary(_ style: TerminalStyle) -> String {
        var names = "runs: "
        if runs.count > Self.namedRuns { names += "\(runs.count - Self.namedRuns) older, " }
        names += printable(runs.suffix(Self.namedRuns).joined(separator: ", "))
        let hasMore = self.hasMore(style)
        let others = hasMore ? ", then against the run before and the best" : ""
        let table = self.table(hasMore)
        let leftOut = printable(table.leftOut(style).distinct().joined(separator: ", "))
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
    private func hasMore(_ style: TerminalStyle) -> Bool {
        runs.count > 2 && style.width >= Self.widthOfAllChanges
    }

    private func table(_ hasMore: Bool) -> TextTable {
        let trends = self.trends
        let hidden = self.hidden(trends)
        let shown = zip(trends, hidden).filter { !$0.1 }.map(\.0)
        var columns = [TextTable.Column(["metric"], .left)]
        for target in targets {
            // Of a target that was read once there is no course.
            let isDetail = hidden.contains(true) && !shown.contains { $0.hasCourse(of: target) }
            columns.append(.init([printable(target)], isDetail: isDetail))
            for _ in 1..<(hasMore ? Self.pieces + 2 : Self.pieces) {
                columns.append(.init([], continues: true))
            }
        }
        var table = TextTable(columns)
        for (trend, isHidden) in zip(trends, hidden) {
            let row = self.row(trend, targets, hasMore)
            table.append(row.cells, tones: row.tones, detail: isHidden ? trend.title : nil)
        }
        return table
    }

    /// Which trends are shown on demand: those that explain others, and where the rest is more than
    /// a screen, what has one reading, and of the others what did not change.
    private func hidden(_ trends: [Trend]) -> [Bool] {
        let hidesDetail = trends.contains { !$0.isDetail }
        let hidden = trends.map { hidesDetail && $0.isDetail }
        guard hidden.count(where: { !$0 }) > Self.screen else { return hidden }
        let perCore = Set(
            trends.filter { $0.metric == Metric.throughputPerCore.id }.map(\.workload))
        let less = zip(trends, hidden).map { trend, isHidden in
            isHidden || !targets.contains { trend.hasCourse(of: $0) }
                || isBeside(trend, perCore.contains(trend.workload))
        }
        return less.allSatisfy { $0 } ? hidden : less
    }

    /// What says again what another line of its workload says, or says nothing: CPU time beside
    /// requests of it, points of latencies beside p99, counts that stayed.
    private func isBeside(_ trend: Trend, _ hasPerCore: Bool) -> Bool {
        if trend.metric == Metric.serverCPU.id { return hasPerCore }
        if let parts = Metric.latencyParts(trend.metric) { return parts.point != "p99" }
        let quiet: [Metric] = [.errorRatio, .wrongValueRatio, .hitRatio, .stallMax, .stallShare]
        return quiet.contains { $0.id == trend.metric }
            && !targets.contains { trend.course(of: $0)?.change?.tone != nil }
    }

    /// Course, first reading, arrow, last reading, change; with more runs, two more changes.
    private static let pieces = 5

    private func row(
        _ trend: Trend, _ targets: [String], _ hasMore: Bool
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

extension Trend {
    /// Whether several runs have a reading of it.
    func hasCourse(of target: String) -> Bool {
        let known = course(of: target)?.values.compactMap(\.self) ?? []
        return known.count > 1
    }
}
