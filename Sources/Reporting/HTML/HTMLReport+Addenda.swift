// How numbers came about: latency over the rates that a search tried, and the functions in which
// something was counted.
import Quantities
import RunRecord

extension HTMLReport {
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

    // MARK: functions

    /// A table for each target, with a bar as long as the share.
    var functions: HTML {
        StackReading(record).groups.html { group in
            """
            <h3>\(swatch(group.target))\(group.heading)</h3>
            <div class="scroll"><table>
            <thead><tr><th class="name">function</th><th class="text">in</th>\
            <th>\(group.scale.unit)</th><th>share</th><th class="text"></th></tr></thead>
            <tbody>
            \(group.rows.html { row(of: $0, in: group) })</tbody>
            </table></div>

            """
        }
    }

    private func row(of row: StackReading.Row, in group: StackReading.Group) -> HTML {
        """
        <tr><th class="name">\(HTML.breakable(row.function))</th>\
        <td class="text">\(row.object)</td><td>\(group.scale.number(row.count))</td>\
        <td>\(row.share.shareText)</td>\
        <td class="text"><i class="bar s\(series(group.target))" \
        style="width:\(max(0, min(1, row.share)) * 100)%"></i></td></tr>

        """
    }
}
