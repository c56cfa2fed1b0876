// How numbers came about: latency over the rates that a search tried, and what each node of a
// cluster did.
import Quantities
import RunRecord

extension HTMLReport {
    /// What each node of a cluster did.
    var nodeShares: HTML {
        NodeReading(record).sections.html { "<h3>\($0.heading)</h3>\n\($0.table.html())" }
    }

    // MARK: rates

    /// Throughput over latency: a point per trial, and the objective as a line.
    var trials: HTML {
        let reading = TrialReading(record)
        return reading.groups.html { group in
            "\(curve(group))\(reading.section(group).table.html())"
        }
    }

    private func curve(_ group: TrialReading.Group) -> HTML {
        let lines = group.points.enumerated().map { index, point in
            LinePlot.Line(
                series: index % Palette.light.series.count,
                points: group.trials.compactMap { trial in
                    trial.latencies[point].map { self.point($0, point, trial) }
                })
        }
        let points = lines.flatMap(\.points)
        guard !points.isEmpty else { return "" }
        let limit = max(group.limitNanoseconds, 1)
        let plot = LinePlot(
            label: "latency by offered rate",
            frame: Frame(
                x: Axis("offered requests/s", points.map(\.x)),
                y: Axis("latency", points.map(\.y) + [limit], isLogarithmic: true, .time)),
            lines: lines, marks: [Frame.Mark(.y(limit), group.objective, "the objective")])
        let legend = group.points.enumerated().html { index, point in
            "<span><i class=\"swatch s\(index % Palette.light.series.count)\"></i>\(point)</span>"
        }
        return figure(
            "latency by offered rate", [group.target, group.workload, "from the intended send"],
            "<div class=\"legend\">\(legend)</div>\n\(plot.svg)")
    }

    private func point(
        _ latency: Double, _ name: String, _ trial: RunRecord.Trial
    ) -> LinePlot.Point {
        let text =
            "\(trial.rate.grouped(0)) requests/s: \(name) "
            + "\(Scale(.nanoseconds, values: [latency]).text(latency)), \(trial.outcome)"
        return LinePlot.Point(x: trial.rate, y: max(latency, 1), text: text)
    }
}
