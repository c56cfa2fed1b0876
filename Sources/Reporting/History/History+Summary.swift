// A history in a glance: a line per metric and workload with what the last run read, against the
// run before it. Conditions that a metric was read under (a curve's numbers of entries) are summed
// up: the median of the readings, and the mean of their changes.
import Foundation
import RunRecord
import Statistics

extension History.Group {
    /// Runs that are named in the heading; older ones are counted.
    private static let namedRuns = 10

    func summary() -> String {
        var text = "runs: "
        if runs.count > Self.namedRuns { text += "\(runs.count - Self.namedRuns) older, " }
        text += printable(runs.suffix(Self.namedRuns).joined(separator: ", ")) + "\n"
        let targets = series.flatMap(\.targets).distinct()
        var table = TextTable(
            [.init(["metric"], .left)]
                + targets.flatMap { [.init([printable($0)]), .init([], continues: true)] })
        let places = series.map { [$0.workload ?? "", $0.metric] }
        for place in places.distinct() {
            let alike = zip(series, places).filter { $0.1 == place }.map(\.0)
            table.append(row(alike, targets))
        }
        return text + table.text()
            + "last run against the one before it; --metric shows every run of a metric\n"
    }

    private func row(_ alike: [History.Series], _ targets: [String]) -> [String] {
        let first = alike[0]
        let name = [first.workload, Metric.named(first.metric)?.title ?? first.metric]
        var title = name.compactMap(\.self).joined(separator: " · ")
        if alike.count > 1 { title += " (median of \(alike.count))" }
        let latest = targets.map { target in alike.compactMap { $0.latest(target) } }
        let values = latest.map { Descriptive.median($0.map(\.value)) }
        let scale = Scale(first.unit, values: values.compactMap(\.self))
        return [title]
            + zip(latest, values).flatMap { readings, value in
                [value.map(scale.text) ?? "–", Self.change(readings, first, scale)]
            }
    }

    /// Of one series the change; of several the mean of their log-ratios.
    private static func change(
        _ readings: [History.Series.Latest], _ series: History.Series, _ scale: Scale
    ) -> String {
        let changes = readings.compactMap { reading in
            reading.before.map {
                Change(from: $0, to: reading.value, of: series.metric, unit: series.unit)
            }
        }
        if changes.count == 1 { return changes[0].text(scale) }
        let ratios = changes.compactMap { change -> Double? in
            if case .share(let share) = change, share > -1 { log1p(share) } else { nil }
        }
        return Descriptive.mean(ratios).map { Change.share(expm1($0)).text(scale) } ?? ""
    }
}

extension History.Series {
    struct Latest {
        var value: Double
        var before: Double?
    }

    /// The last reading of a target, and the one before; nil where the last run has none.
    func latest(_ target: String) -> Latest? {
        guard let place = targets.firstIndex(of: target) else { return nil }
        let readings = values.compactMap { $0[place] }
        guard values.last?[place] != nil, let value = readings.last else { return nil }
        return Latest(value: value, before: readings.dropLast().last)
    }
}
