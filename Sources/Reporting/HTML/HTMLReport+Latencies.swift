// Latencies where the record holds whole distributions: percentiles as a table and as curves.
//
// The curves are drawn over "nines": the distance to 100 % on a logarithmic axis, so that 90, 99
// and 99.9 % are equally far apart and the tail, which is what matters, gets the room. Latency is
// logarithmic too.
import Foundation
import Quantities
import RunRecord
import Statistics

/// The distributions of one command under one workload, one per target that has one.
struct LatencyGroup {
    var title: String
    var about: String
    var curves: [(target: String, histogram: LatencyHistogram)]
    /// What could not be read, in words.
    var damage: [String]
}

extension HTMLReport {
    var latencies: HTML {
        let groups = latencyGroups()
        guard !groups.isEmpty else { return "" }
        return """
            <section id="latencies">
            <h2>Latencies</h2>
            \(groups.html(group))</section>

            """
    }

    /// Latency ids end in a percentile; what is before it names the distribution.
    func latencyGroups() -> [LatencyGroup] {
        struct Key: Hashable {
            var name: String
            var workload: String?
            var conditions: Conditions
        }
        var keys: [Key] = []
        var groups: [Key: LatencyGroup] = [:]
        for result in record.results {
            guard let encoded = result.histogram else { continue }
            let parts = result.metric.split(separator: "/").map(String.init)
            let isLatency = parts.count == 4 && parts[0] == "latency_ns"
            let key = Key(
                name: isLatency ? "\(parts[1]), \(parts[2]) send time" : result.metric,
                workload: result.workload, conditions: result.conditions)
            if groups[key] == nil {
                keys.append(key)
                let about = [result.workload, result.conditions.summary].compactMap(\.self)
                groups[key] = LatencyGroup(
                    title: key.name, about: about.filter { !$0.isEmpty }.joined(separator: " · "),
                    curves: [], damage: [])
            }
            guard !groups[key]!.curves.contains(where: { $0.target == result.target })
            else { continue }
            do throws(HistogramCodingError) {
                let histogram = try LatencyHistogram(base64V2: encoded)
                if !histogram.isEmpty { groups[key]!.curves.append((result.target, histogram)) }
            } catch {
                groups[key]!.damage.append("\(result.target): \(error)")
            }
        }
        return keys.compactMap { groups[$0] }.filter { !$0.curves.isEmpty || !$0.damage.isEmpty }
    }

    private func group(_ group: LatencyGroup) -> HTML {
        let damage: HTML = group.damage.html { "<p class=\"none\">\($0)</p>\n" }
        let heading: HTML = "<h3>\(group.title) <small>\(group.about)</small></h3>\n"
        guard !group.curves.isEmpty else { return "\(heading)\(damage)" }
        let legend = group.curves.html { curve in
            "<span>\(swatch(curve.target))\(curve.target)</span>"
        }
        let plot = PercentilePlot(
            curves: group.curves.map { (series($0.target), $0.histogram) })
        return """
            \(heading)\(percentiles(group))\
            <figure>
            <div class="legend">\(legend)</div>
            \(plot.svg)</figure>
            \(damage)
            """
    }

    private func percentiles(_ group: LatencyGroup) -> HTML {
        let points = [50, 90, 99, 99.9, 99.99]
        let all = group.curves.flatMap { curve in
            points.compactMap { curve.histogram.carriedPercentile($0).map { Double($0) } }
        }
        let scale = Scale(.nanoseconds, values: all)
        return """
            <div class="scroll"><table>
            <thead><tr><th class="name">target</th>\
            \(points.html { "<th>p\($0.plainText)<small>\(scale.unit)</small></th>" })\
            <th>largest<small>\(scale.unit)</small></th>\
            <th>mean<small>\(scale.unit)</small></th><th>samples</th></tr></thead>
            <tbody>
            \(group.curves.html { target, histogram in
                """
                <tr><th class="name">\(swatch(target))\(target)</th>\
                \(points.html { cell(histogram, $0, scale) })\
                <td>\(histogram.max.map { scale.number(Double($0)) } ?? "–")</td>\
                <td>\(histogram.mean.map(scale.number) ?? "–")</td>\
                <td>\(Scale.grouped(Double(histogram.count), decimals: 0))</td></tr>

                """
            })</tbody>
            </table></div>

            """
    }

    private func cell(_ histogram: LatencyHistogram, _ point: Double, _ scale: Scale) -> HTML {
        guard let value = histogram.carriedPercentile(point) else {
            return "<td class=\"none\" title=\"\(histogram.shortfall(point))\">n/a</td>"
        }
        return "<td>\(scale.number(Double(value)))</td>"
    }
}

/// Latency over percentile, both axes logarithmic.
private struct PercentilePlot {
    let curves: [(series: Int, histogram: LatencyHistogram)]

    static let width = 1000.0
    static let height = 280.0
    static let left = 64.0
    static let bottom = 26.0
    static let top = 8.0

    /// How many nines the axis shows: where ten samples remain beyond, at most six.
    private let nines: Double
    /// log₁₀ of the latencies in ns that the plot spans: half a decade at least.
    private let range: ClosedRange<Double>

    init(curves: [(series: Int, histogram: LatencyHistogram)]) {
        self.curves = curves
        let nines = min(6, max(1, log10(Double(curves.map(\.histogram.count).max() ?? 1) / 10)))
        let last = 100 - pow(10, 2 - nines)
        let least = curves.compactMap { $0.histogram.percentile(1) }.min() ?? 1
        let most = curves.compactMap { $0.histogram.percentile(last) }.max() ?? 1
        let low = log10(Double(max(least, 1))) - 0.05
        self.nines = nines
        range = low...max(log10(Double(max(most, 1))) + 0.05, low + 0.5)
    }

    private func x(_ nines: Double) -> Double {
        Self.left + nines / self.nines * (Self.width - Self.left - 12)
    }

    private func y(_ nanoseconds: Double) -> Double {
        let share =
            (log10(max(nanoseconds, 1)) - range.lowerBound) / (range.upperBound - range.lowerBound)
        return Self.top + (1 - min(1, max(0, share))) * (Self.height - Self.top - Self.bottom)
    }

    var svg: HTML {
        """
        <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" \
        aria-label="latency by percentile">
        \(verticals)\(horizontals)\(curves.html(curve))</svg>

        """
    }

    private var verticals: HTML {
        [0.0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter { nines(at: $0) <= nines + 1e-9 }
            .html { point in
                let at = x(nines(at: point))
                return """
                    <line class="grid" x1="\(at)" x2="\(at)" y1="\(Self.top)" \
                    y2="\(Self.height - Self.bottom)"/>\
                    <text class="dim middle" x="\(at)" y="\(Self.height - 8)">\(point.plainText) %\
                    </text>

                    """
            }
    }

    /// Lines at 1, 2 and 5 of each decade; at 1 alone where that would be more than eight.
    private var horizontals: HTML {
        let decades = Int(range.lowerBound.rounded(.down))...Int(range.upperBound.rounded(.up))
        let isWide = range.upperBound - range.lowerBound > 2.6
        let values = decades.flatMap { decade in
            (isWide ? [1.0] : [1, 2, 5]).map { $0 * pow(10, Double(decade)) }
        }
        return values.filter { range.contains(log10($0)) }.html { value in
            let scale = Scale(.nanoseconds, values: [value])
            return """
                <line class="grid" x1="\(Self.left)" x2="\(Self.width - 12)" y1="\(y(value))" \
                y2="\(y(value))"/>\
                <text class="dim end" x="\(Self.left - 8)" y="\(y(value) + 4)">\
                \(Scale.grouped(value / scale.divisor, decimals: 0)) \(scale.unit)</text>

                """
        }
    }

    private func nines(at percent: Double) -> Double { 2 - log10(100 - percent) }

    /// One point per bucket would be thousands; one every few pixels is finer than the eye.
    private func curve(_ series: Int, _ histogram: LatencyHistogram) -> HTML {
        let total = Double(histogram.count)
        let reach = min(nines, max(0.5, log10(total / 10)))
        let step = nines / 240
        var points: HTML = ""
        var below = 0.0
        var next = 0.0
        for bucket in histogram.buckets() {
            below += Double(bucket.count)
            let at = below < total ? log10(total / (total - below)) : .infinity
            guard at >= next else { continue }
            points += "\(next == 0 ? "M" : "L")\(x(min(at, reach))) \(y(Double(bucket.highest)))"
            guard at < reach else { break }
            next = at + step
        }
        return "<path class=\"curve s\(series)\" d=\"\(points)\"/>\n"
    }
}
