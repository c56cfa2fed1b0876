// Bytes against the number of entries: a line per target, wherever a run has a metric at two counts
// or more. A table that doubles shows its saw-tooth here, and a candidate that doubles earlier
// looks like what it is.
//
// And cache misses by level: a bar per target for each simulated or counted level, side by side.
import Foundation
import RunRecord

/// One metric over counts of entries.
struct EntryCurve {
    struct Line {
        var target: String
        var points: [(entries: Double, value: Double)]
    }
    /// Metric and workload.
    var subject: [String]
    var title: String
    var about: String
    var unit: Metric.Unit
    var lines: [Line]
}

extension HTMLReport {
    var curves: HTML {
        let curves = entryCurves()
        guard !curves.isEmpty else { return "" }
        return """
            <section id="curves">
            <h2>Against the number of entries</h2>
            \(curves.html { curve in
                let legend = curve.lines.html { "<span>\(swatch($0.target))\($0.target)</span>" }
                return """
                    <figure>
                    <figcaption>\(curve.title), \(curve.unit.rawValue) \
                    <small>\(curve.about)</small></figcaption>
                    <div class="legend">\(legend)</div>
                    \(EntryPlot(curve, series: curve.lines.map { series($0.target) }).svg)</figure>

                    """
            })</section>

            """
    }

    func entryCurves() -> [EntryCurve] {
        var groups: [ResultKey: [RunRecord.Result]] = [:]
        var order: [ResultKey] = []
        for result in record.results where result.value != nil {
            guard case .number? = result.conditions["entries"] else { continue }
            var key = result.key.ofAnyTarget
            key.conditions["entries"] = nil
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(result)
        }
        return order.compactMap { key in
            let results = groups[key]!
            let lines = results.map(\.target).distinct().map { target in
                EntryCurve.Line(
                    target: target,
                    points: results.filter { $0.target == target }.compactMap { result in
                        guard case .number(let entries)? = result.conditions["entries"],
                            let value = result.value, entries > 0
                        else { return nil }
                        return (entries, value)
                    }.sorted { $0.entries < $1.entries })
            }
            guard lines.contains(where: { $0.points.count > 1 }) else { return nil }
            let about = [key.workload, key.conditions.summary].compactMap(\.self)
            return EntryCurve(
                subject: [key.metric, key.workload ?? ""],
                title: Metric.named(key.metric)?.title ?? key.metric,
                about: about.filter { !$0.isEmpty }.joined(separator: " · "),
                unit: results[0].unit, lines: lines)
        }
    }

    /// Misses of the cache levels, each kind by itself: simulated beside simulated only.
    var misses: HTML {
        let groups = missGroups()
        guard !groups.isEmpty else { return "" }
        return """
            <section id="misses">
            <h2>Misses by level</h2>
            \(groups.html { group in
                """
                <figure>
                <figcaption>\(group.title) <small>\(group.about)</small></figcaption>
                <div class="legend">\
                \(group.targets.html { "<span>\(swatch($0))\($0)</span>" })</div>
                \(MissPlot(group, series: group.targets.map { series($0) }).svg)</figure>

                """
            })</section>

            """
    }

    func missGroups() -> [MissGroup] {
        Metric.missLevels.flatMap { kind, metrics in
            let ids = metrics.map(\.id)
            let all = record.results.filter { ids.contains($0.metric) && $0.value != nil }
            return all.map(\.workload).distinct().compactMap { workload -> MissGroup? in
                let some = all.filter { $0.workload == workload }
                let targets = some.map(\.target).distinct()
                let levels = ids.filter { id in some.contains { $0.metric == id } }
                guard levels.count > 1 else { return nil }
                return MissGroup(
                    title: "\(kind.rawValue), per operation",
                    about: workload ?? "", targets: targets,
                    levels: levels.map { id in
                        (
                            Metric.named(id)?.title ?? id,
                            targets.map { target in
                                some.first { $0.metric == id && $0.target == target }?.value
                            }
                        )
                    })
            }
        }
    }
}

struct MissGroup {
    var title: String
    var about: String
    var targets: [String]
    /// A level's name, and a value per target.
    var levels: [(name: String, values: [Double?])]
}

/// Grouped bars, one group per level.
private struct MissPlot {
    let group: MissGroup
    let series: [Int]

    static let width = 1000.0
    static let row = 18.0

    init(_ group: MissGroup, series: [Int]) {
        self.group = group
        self.series = series
    }

    var svg: HTML {
        let largest = group.levels.flatMap(\.values).compactMap(\.self).max() ?? 0
        let block = Self.row * Double(group.targets.count) + 12
        let scale = Scale(
            .perOperation, values: group.levels.flatMap(\.values).compactMap(\.self))
        var marks: HTML = ""
        for (index, level) in group.levels.enumerated() {
            let top = Double(index) * block
            marks += """
                <text class="end" x="150" y="\(top + (block - 12) / 2 + 4)">\(level.name)</text>

                """
            for (place, value) in level.values.enumerated() {
                guard let value else { continue }
                let y = top + Double(place) * Self.row
                let length = largest > 0 ? max(0, value) / largest * 740 : 0
                marks += """
                    <rect class="fill s\(series[place])" x="160" y="\(y + 2)" width="\(length)" \
                    height="\(Self.row - 4)" rx="2"/>\
                    <text x="\(166 + length)" y="\(y + Self.row / 2 + 4)">\
                    \(scale.number(value))</text>

                    """
            }
        }
        return """
            <svg viewBox="0 0 \(Self.width) \(block * Double(group.levels.count))" role="img" \
            aria-label="misses by level">
            \(marks)</svg>

            """
    }
}

/// Lines over a logarithmic axis of entries; the value axis does not begin at 0, for what matters
/// here is the shape.
private struct EntryPlot {
    let curve: EntryCurve
    let series: [Int]
    private let entries: ClosedRange<Double>
    private let values: ClosedRange<Double>

    static let width = 1000.0
    static let height = 260.0
    static let left = 84.0
    static let bottom = 26.0
    static let top = 8.0

    init(_ curve: EntryCurve, series: [Int]) {
        self.curve = curve
        self.series = series
        let points = curve.lines.flatMap(\.points)
        let counts = points.map { log10($0.entries) }
        entries = counts.min()!...max(counts.max()!, counts.min()! + 0.1)
        let low = points.map(\.value).min()!
        let high = points.map(\.value).max()!
        // A hundredth of the level at least, so that equal curves are shown as equal.
        let room = max((high - low) * 0.08, abs(high) * 0.01, 1e-9)
        values = (low - room)...(high + room)
    }

    private func x(_ count: Double) -> Double {
        let share =
            (log10(count) - entries.lowerBound) / (entries.upperBound - entries.lowerBound)
        return Self.left + share * (Self.width - Self.left - 24)
    }

    private func y(_ value: Double) -> Double {
        let share = (value - values.lowerBound) / (values.upperBound - values.lowerBound)
        return Self.top + (1 - share) * (Self.height - Self.top - Self.bottom)
    }

    var svg: HTML {
        """
        <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" \
        aria-label="\(curve.title) by the number of entries">
        \(verticals)\(horizontals)\(curve.lines.indices.html(line))</svg>

        """
    }

    private var verticals: HTML {
        let counts = Set(curve.lines.flatMap(\.points).map(\.entries)).sorted()
        // Labels need about 70 units each.
        let step = max(1, Int((Double(counts.count) * 80 / (Self.width - Self.left)).rounded(.up)))
        return counts.enumerated().filter { $0.offset % step == 0 }.html { _, count in
            """
            <line class="grid" x1="\(x(count))" x2="\(x(count))" y1="\(Self.top)" \
            y2="\(Self.height - Self.bottom)"/>\
            <text class="dim middle" x="\(x(count))" y="\(Self.height - 8)">\
            \(Scale.grouped(count, decimals: 0))</text>

            """
        }
    }

    private var horizontals: HTML {
        let span = values.upperBound - values.lowerBound
        let raw = span / 5
        let magnitude = pow(10, log10(raw).rounded(.down))
        let step = [1.0, 2, 5, 10].map { $0 * magnitude }.first { $0 >= raw } ?? raw
        let first = (values.lowerBound / step).rounded(.up) * step
        let decimals = max(0, min(6, Int((-log10(step)).rounded(.up))))
        return stride(from: first, through: values.upperBound, by: step).prefix(20).html { value in
            """
            <line class="grid" x1="\(Self.left)" x2="\(Self.width - 24)" y1="\(y(value))" \
            y2="\(y(value))"/>\
            <text class="dim end" x="\(Self.left - 8)" y="\(y(value) + 4)">\
            \(Scale.grouped(value, decimals: decimals))</text>

            """
        }
    }

    private func line(_ index: Int) -> HTML {
        let points = curve.lines[index].points
        let path = points.enumerated().html { place, point in
            "\(place == 0 ? "M" : "L")\(x(point.entries)) \(y(point.value))"
        }
        let dots = points.html {
            """
            <circle class="fill s\(series[index])" cx="\(x($0.entries))" \
            cy="\(y($0.value))" r="3"/>
            """
        }
        return "<path class=\"curve s\(series[index])\" d=\"\(path)\"/>\(dots)\n"
    }
}
