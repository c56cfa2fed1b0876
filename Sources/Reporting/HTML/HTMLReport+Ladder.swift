// Ladders as stacked bars: what each rung adds, a bar per table, and a bar of its own for a server
// on top, which is not put together from the table's rungs.
import RunRecord

extension HTMLReport {
    /// A figure for each workload; empty where no ladder was climbed.
    var ladder: HTML {
        guard reading.kind == .ladder else { return "" }
        let figures = Ladders.all(record).compactMap { ladderFigure($0) }
        return figures.isEmpty ? "" : charts(figures, "ladders")
    }

    private func ladderFigure(_ ladders: Ladders) -> HTML? {
        let bars = ladders.climbs.flatMap { stacks($0) }
        guard !bars.isEmpty else { return nil }
        let title = "CPU time per operation, rung by rung"
        let legend = ladders.rungs.html { rung in
            "<span><i class=\"swatch s\(Self.series(rung))\"></i>\(rung.adds)</span>"
        }
        let about = [
            ladders.workload ?? "", Metric.rungCPU.unit.rawValue,
            "\(Metric.rungCPU.better.rawValue) is better",
        ]
        return figure(
            title, about,
            "<div class=\"legend\">\(legend)</div>\n\(StackPlot(title: title, bars: bars).svg)")
    }

    private func stacks(_ climb: Ladders.Climb) -> [StackPlot.Bar] {
        let own = climb.steps.filter { $0.rung != .target }
        let parts = own.compactMap { step -> StackPlot.Part? in
            let value = step.adds == nil ? step.result.value : step.adds?.value
            return value.map { part(step.rung, $0) }
        }
        var bars: [StackPlot.Bar] = []
        if let whole = own.last(where: { $0.result.value != nil })?.result.value, !parts.isEmpty {
            bars.append(StackPlot.Bar(label: climb.label, parts: parts, text: Self.text(whole)))
        }
        if let top = climb[.target]?.result.value {
            bars.append(
                StackPlot.Bar(
                    label: own.isEmpty ? climb.label : "on \(climb.label)",
                    parts: [part(.target, top)], text: Self.text(top)))
        }
        return bars
    }

    private func part(_ rung: LadderRung, _ value: Double) -> StackPlot.Part {
        StackPlot.Part(
            series: Self.series(rung), value: value, text: "\(rung.adds): \(Self.text(value))")
    }

    private static func series(_ rung: LadderRung) -> Int {
        LadderRung.allCases.firstIndex(of: rung) ?? 0
    }

    private static func text(_ nanoseconds: Double) -> String {
        LadderReading.scale.text(nanoseconds)
    }
}
