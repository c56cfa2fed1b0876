// Latencies where the record holds whole distributions: percentiles as a table and as curves.
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
    /// More distributions than these are folded: the columns above have their percentiles.
    private static let shownDistributions = 6

    var latencies: HTML {
        let groups = latencyGroups()
        let others = groups.dropFirst(Self.shownDistributions)
        let shown = groups.prefix(Self.shownDistributions).html(group)
        guard !others.isEmpty else { return shown }
        return """
            \(shown)<details><summary>\(others.count) more distributions</summary>
            \(others.html(group))</details>

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
            let name = result.latencyParts.map { "\($0.command), \($0.timing) send time" }
            let key = Key(
                name: name ?? result.metric, workload: result.workload,
                conditions: result.conditions)
            if groups[key] == nil {
                keys.append(key)
                let about = [result.workload, differing(result.conditions).words]
                    .compactMap(\.self)
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
        let plot = PercentilePlot(
            group.curves.map {
                .init(target: $0.target, series: series($0.target), histogram: $0.histogram)
            })
        return """
            \(heading)\(percentiles(group))\
            <figure>
            \(legend(group.curves.map(\.target)))\(plot.svg)</figure>
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
                <td>\(Double(histogram.count).grouped(0))</td></tr>

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
