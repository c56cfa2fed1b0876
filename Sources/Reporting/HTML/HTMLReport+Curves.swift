// Curves: a metric over the number of entries, or over the rate, with a line per target, wherever a
// run has it at two of them or more. The time of a look-up climbs where a table leaves a cache, a
// table that doubles shows its saw-tooth, and the latency its knee.
import Quantities
import RunRecord

/// One metric under one workload at several numbers of entries, or at several rates.
struct Curve {
    /// The condition that it is drawn over.
    enum Variable: String, CaseIterable {
        case entries
        /// Offered requests per second.
        case rate, qps

        var title: String { self == .entries ? "entries" : "requests/s" }
    }

    var variable: Variable
    var title: String
    var better: Metric.Better
    /// What tells it from other curves of its section.
    var conditions: Conditions
    /// In ascending order.
    var points: [(x: Double, column: SuiteTable.Column)]

    var columns: [SuiteTable.Column] { points.map(\.column) }
}

extension SuiteTable.Section {
    /// Curves through its columns.
    var curves: [Curve] { Curve.Variable.allCases.flatMap { drawn(over: $0) } }

    private func drawn(over variable: Curve.Variable) -> [Curve] {
        struct Key: Hashable {
            var metric: String
            var conditions: Conditions
        }
        var order: [Key] = []
        var points: [Key: [(x: Double, column: SuiteTable.Column)]] = [:]
        for column in columns where !column.isEmpty {
            guard case .number(let x)? = column.conditions[variable.rawValue], x > 0 else {
                continue
            }
            var conditions = column.conditions
            conditions[variable.rawValue] = nil
            let key = Key(metric: column.metric, conditions: conditions)
            if points[key] == nil { order.append(key) }
            points[key, default: []].append((x, column))
        }
        return order.compactMap { key -> Curve? in
            let some = (points[key] ?? []).sorted { $0.x < $1.x }
            guard some.count > 1, let first = some.first?.column else { return nil }
            return Curve(
                variable: variable, title: first.title, better: first.better,
                conditions: key.conditions, points: some)
        }
    }
}

extension HTMLReport {
    func curves(_ topic: Metric.Topic) -> HTML {
        // Levels of a comparison are not its candidates' own.
        guard reading.kind != .compare else { return "" }
        let figures = everything.sections(of: topic).flatMap { section in
            section.curves.compactMap { figure($0, in: section) }
        }
        return figures.isEmpty ? "" : charts(figures, "curves")
    }

    /// Nil where no target has two points.
    private func figure(_ curve: Curve, in section: SuiteTable.Section) -> HTML? {
        let scale = Scale(
            curve.columns[0].unit, values: curve.columns.flatMap(\.cells).compactMap { $0?.value })
        let lines = everything.targets.indices.map { line($0, curve, scale) }
        guard lines.contains(where: { $0.points.count > 1 }) else { return nil }
        let points = lines.flatMap(\.points)
        let unit = scale.shownUnit.isEmpty ? "" : ", \(scale.shownUnit)"
        let caches = cacheMarks(of: curve, in: section)
        let plot = LinePlot(
            label: "\(curve.title) by \(curve.variable.title)",
            frame: Frame(
                x: Axis(curve.variable.title, points.map(\.x), isLogarithmic: true),
                y: Axis(curve.title + unit, points.map(\.y))), lines: lines,
            marks: caches)
        let about = [
            section.workload ?? "", differing(section.conditions).words,
            differing(curve.conditions).words,
            "\(curve.better.rawValue) is better",
            caches.isEmpty ? "" : "dashed: the entries fill that cache",
        ]
        let drawn = everything.targets.indices.filter { !lines[$0].points.isEmpty }
        return figure(
            "\(curve.title) by \(curve.variable.title)", about,
            "\(legend(drawn.map { everything.targets[$0] }))\(plot.svg)")
    }

    /// The readings of one target.
    private func line(_ target: Int, _ curve: Curve, _ scale: Scale) -> LinePlot.Line {
        let label = everything.targets[target]
        let points = curve.points.compactMap { point -> LinePlot.Point? in
            guard let value = point.column.cells[target]?.value else { return nil }
            let text =
                "\(label), \(point.x.grouped(0)) \(curve.variable.title): "
                + point.column.scale.text(value)
            return LinePlot.Point(x: point.x, y: value / scale.divisor, text: text)
        }
        return LinePlot.Line(series: series(label), points: points)
    }
}
