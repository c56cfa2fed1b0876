// A history in a glance: a line per metric and workload with its course over the runs, its first and
// its last reading, and the change between them. Conditions that a metric was read under (a curve's
// numbers of entries) are summed up: the median of the readings, and the mean of their changes.
import Foundation
import RunRecord
import Statistics

extension History.Group {
    /// Runs that are named in the heading; older ones are counted.
    private static let namedRuns = 10

    func summary(_ style: TerminalStyle) -> String {
        var names = "runs: "
        if runs.count > Self.namedRuns { names += "\(runs.count - Self.namedRuns) older, " }
        names += printable(runs.suffix(Self.namedRuns).joined(separator: ", "))
        let table = self.table
        let leftOut = printable(table.leftOut(style).joined(separator: ", "))
        let notes =
            leftOut.isEmpty
            ? "" : style.wrapped("not shown without --detail: \(leftOut)", indent: 2)
        return style.wrapped(names, indent: 2) + table.text(style) + notes
            + style.wrapped(
                "first run → last run; --metric shows every run of a metric, --detail of all",
                indent: 2)
    }

    private var table: TextTable {
        let targets = series.flatMap(\.targets).distinct()
        var columns = [TextTable.Column(["metric"], .left)]
        for target in targets {
            columns.append(.init([printable(target)]))
            for _ in 1..<Self.pieces { columns.append(.init([], continues: true)) }
        }
        var table = TextTable(columns)
        let places = series.map { [$0.workload ?? "", $0.metric] }
        let alike = places.distinct().map { place in
            zip(series, places).filter { $0.1 == place }.map(\.0)
        }
        let ranked = alike.enumerated().sorted { first, second in
            (first.element[0].rank, first.offset) < (second.element[0].rank, second.offset)
        }.map(\.element)
        let hidesDetail = ranked.contains { !$0[0].isDetail }
        for series in ranked {
            let title = Metric.named(series[0].metric)?.title ?? series[0].metric
            let row = row(series, targets)
            table.append(
                row.cells, tones: row.tones,
                detail: hidesDetail && series[0].isDetail ? title : nil)
        }
        return table
    }

    /// Course, first reading, arrow, last reading, change.
    private static let pieces = 5

    private func row(
        _ alike: [History.Series], _ targets: [String]
    ) -> (cells: [String], tones: [Int: TerminalStyle.Tone]) {
        let first = alike[0]
        let courses = targets.map { target in
            Course(alike.compactMap { $0.readings(target) }, first)
        }
        let ends = courses.flatMap { [$0.first, $0.last].compactMap(\.self) }
        let scale = Scale(first.unit, values: ends)
        let name = [first.workload, Metric.named(first.metric)?.title ?? first.metric]
        var title = name.compactMap(\.self).joined(separator: " · ")
        if !scale.unit.isEmpty { title += ", \(scale.unit)" }
        if alike.count > 1 { title += " (median of \(alike.count))" }
        var cells = [title]
        var tones: [Int: TerminalStyle.Tone] = [:]
        for course in courses {
            let hasTwo = course.first != nil && course.last != nil && course.change != nil
            cells.append(course.sparkline)
            cells.append(hasTwo ? course.first.map(scale.number) ?? "" : "")
            cells.append(hasTwo ? "→" : "")
            cells.append(course.last.map(scale.number) ?? "–")
            tones[cells.count] = course.tone
            cells.append(course.change?.text(scale) ?? "")
        }
        return (cells, tones)
    }
}

/// One metric of one target over the runs, its conditions summed up.
private struct Course {
    /// By run: the median over the conditions; nil where the run did not read it.
    let values: [Double?]
    /// From the first reading to the last; nil where the last run has none, or is the only one.
    let change: Change?
    private let better: Metric.Better

    /// - Parameters:
    ///   - readings: of each condition, by run.
    ///   - series: whose metric and unit they have.
    init(_ readings: [[Double?]], _ series: History.Series) {
        let runs = readings.first?.count ?? 0
        values = (0..<runs).map { run in Descriptive.median(readings.compactMap { $0[run] }) }
        better = series.better
        let changes = readings.compactMap { values -> Change? in
            let known = values.compactMap(\.self)
            guard known.count > 1, let last = values.last ?? nil else { return nil }
            return Change(from: known[0], to: last, of: series.metric, unit: series.unit)
        }
        let ratios = changes.compactMap { change -> Double? in
            if case .share(let share) = change, share > -1 { log1p(share) } else { nil }
        }
        change =
            changes.count == 1
            ? changes[0] : Descriptive.mean(ratios).map { Change.share(expm1($0)) }
    }

    var first: Double? { values.compactMap(\.self).first }
    /// Nil where the last run has none.
    var last: Double? { values.last ?? nil }

    /// A change of less is not worth a colour: runs of different days differ by as much.
    private static let leastColoured = 0.03

    var tone: TerminalStyle.Tone? {
        guard case .share(let share)? = change, abs(share) >= Self.leastColoured else {
            return nil
        }
        return (share > 0) == (better == .higher) ? .good : .bad
    }

    /// A line has room for so many runs; older ones are not drawn.
    private static let drawnRuns = 16
    private static let bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar per run from the least reading to the most, a dot where there is none; empty
    /// for one run.
    var sparkline: String {
        let drawn = Array(values.suffix(Self.drawnRuns))
        let known = drawn.compactMap(\.self)
        guard known.count > 1, let least = known.min(), let most = known.max() else { return "" }
        let highest = Double(Self.bars.count - 1)
        return drawn.map { value in
            guard let value else { return "·" }
            guard most > least else { return Self.bars[Self.bars.count / 2 - 1] }
            return Self.bars[Int(((value - least) / (most - least) * highest).rounded())]
        }.joined()
    }
}

extension History.Series {
    /// By run; nil where the series has no such target.
    fileprivate func readings(_ target: String) -> [Double?]? {
        targets.firstIndex(of: target).map { place in values.map { $0[place] } }
    }

    fileprivate var rank: Int { Metric.named(metric)?.rank ?? .max }
    fileprivate var isDetail: Bool { Metric.named(metric)?.isDetail != false }
}
