// What was measured, topic by topic: curves and bars first, then the numbers.
//
// Bars stand only where there is something to compare: two targets or more, values that begin at 0,
// and no curve that shows the same. What the whole run has in common is said at its head.
import RunRecord

extension HTMLReport {
    func topicBody(_ topic: Metric.Topic) -> HTML {
        let parts = [
            topic == .perCore ? ladder : "", curves(topic), bars(topic),
            topic == .misses ? misses : "", tables(topic), topic == .latency ? latencies : "",
        ]
        return parts.joined()
    }

    // MARK: charts

    /// More charts of a topic than these are folded: the numbers stand below.
    private static let shownCharts = 6

    func charts(_ figures: [HTML], _ what: String) -> HTML {
        let others = figures.dropFirst(Self.shownCharts)
        var html: HTML = """
            <div class="plots">
            \(figures.prefix(Self.shownCharts).joined())</div>

            """
        if !others.isEmpty {
            html += """
                <details><summary>\(others.count) more \(what)</summary>
                <div class="plots">
                \(others.joined())</div></details>

                """
        }
        return html
    }

    // MARK: bars

    private func bars(_ topic: Metric.Topic) -> HTML {
        let isBarred = [.perCore, .memory].contains(topic)
        // Of a ladder the bars are its own.
        let others: [KindOfRun] = [.compare, .gate, .ladder]
        guard isBarred, !others.contains(reading.kind) else { return "" }
        let sections = everything.sections(of: topic)
        let figures = sections.flatMap { section in
            section.barColumns.map { barFigure($0, in: section) }
        }
        guard !figures.isEmpty else { return "" }
        let cells = sections.flatMap(\.barColumns).flatMap(\.cells)
        let hasDots = cells.contains { ($0?.samples.count ?? 0) > 1 }
        let legend: HTML =
            hasDots
            ? "<p class=\"legend\"><span><i class=\"sample\"></i>a round’s reading</span></p>\n"
            : ""
        return "\(legend)\(charts(figures, "bar charts"))"
    }

    private func barFigure(
        _ column: SuiteTable.Column, in section: SuiteTable.Section
    ) -> HTML {
        let about = [
            section.workload ?? "", differing(section.conditions).words,
            differing(column.conditions).words, "\(column.better.rawValue) is better",
        ]
        let bars = everything.targets.indices.map { row in
            let cell = column.cells[row]
            return BarPlot.Bar(
                label: everything.targets[row], series: series(everything.targets[row]),
                value: cell?.value, samples: cell?.samples ?? [],
                text: cell.map { $0.value.map(column.scale.text) ?? "n/a" } ?? "–")
        }
        let plot = BarPlot(title: column.title, bars: bars) { column.scale.text($0) }
        return figure(column.title, about, plot.svg)
    }

    /// - Parameter about: parts of the small print; empty ones are left out.
    func figure(_ title: String, _ about: [String], _ plot: HTML) -> HTML {
        """
        <figure>
        <figcaption>\(title) \
        <small>\(about.filter { !$0.isEmpty }.joined(separator: " · "))</small></figcaption>
        \(plot)</figure>

        """
    }

    // MARK: misses

    /// Misses of the cache levels, each kind by itself: simulated beside simulated only.
    private var misses: HTML {
        let figures = Metric.missLevels.flatMap { kind, metrics -> [HTML] in
            let ids = metrics.map(\.id)
            let all = record.results.filter { ids.contains($0.metric) && $0.value != nil }
            return all.map(\.workload).distinct().compactMap { workload in
                levelFigure(kind, ids, workload, all.filter { $0.workload == workload })
            }
        }
        return figures.isEmpty ? "" : charts(figures, "charts")
    }

    /// Nil where there is one level alone.
    private func levelFigure(
        _ kind: Metric.Kind, _ ids: [String], _ workload: String?, _ results: [RunRecord.Result]
    ) -> HTML? {
        let targets = results.map(\.target).distinct()
        let levels = ids.filter { id in results.contains { $0.metric == id } }
        // A ladder has them rung by rung.
        guard levels.count > 1, reading.kind != .compare, reading.kind != .ladder else {
            return nil
        }
        let plot = LevelPlot(
            levels: levels.map { id in
                (
                    name: Metric.named(id)?.title ?? id,
                    values: targets.map { target in
                        results.first { $0.metric == id && $0.target == target }?.value
                    }
                )
            }, targets: targets.map { (label: $0, series: series($0)) })
        return figure(
            "misses by level, per operation", [kind.rawValue, workload ?? ""],
            "\(legend(targets))\(plot.svg)")
    }

    // MARK: conditions

    /// Those that are not said at the head of the page.
    func differing(_ conditions: Conditions) -> Conditions {
        conditions.filter { constants[$0.key] == nil }
    }
}

extension SuiteTable {
    /// The parts of its sections that are about a topic; CPU time before time by the clock.
    func sections(of topic: Metric.Topic) -> [Section] {
        let parts = sections.map { section in
            var part = section
            part.columns.removeAll { (Metric.named($0.metric)?.topic ?? .other) != topic }
            return part
        }.filter { !$0.columns.isEmpty }
        return parts.filter { $0.kind == .cpu } + parts.filter { $0.kind != .cpu }
    }
}

extension SuiteTable.Section {
    /// What has bars.
    fileprivate var barColumns: [SuiteTable.Column] {
        let onCurves = curves.flatMap(\.columns)
        return columns.filter { !onCurves.contains($0) && $0.isComparable }
    }
}

extension SuiteTable.Column {
    /// Whether bars of it say anything.
    fileprivate var isComparable: Bool {
        let values = cells.compactMap { $0?.value }
        return values.count > 1 && values.allSatisfy { $0 >= 0 } && values.contains { $0 > 0 }
    }
}
