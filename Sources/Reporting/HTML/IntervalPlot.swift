// A change with its interval, on an axis of its own:
//
//        better │ worse  ┊
//     ──────────┼──├─●─┤─┊──────        dot: the change; bar: its interval
//      −2.0 %   0        ┊ +2.0 %       dashed: the margin, where there is one
//
// Worse is always to the right, whichever way the metric counts, so that plots can be read in a
// row.
import RunRecord

struct IntervalPlot {
    /// Shares of the baseline.
    var effect: Double
    var lower: Double?
    var upper: Double?
    var margin: Double?
    var better: Metric.Better
    /// A CSS class for the marks: `good`, `bad`, `open` or nothing.
    var tone: String

    static let width = 480.0
    static let height = 62.0
    private static let axis = 26.0

    /// Half of the axis' length, as a share: everything has room, and a calm metric is not blown up
    /// into a storm.
    private var reach: Double {
        let all = [effect, lower ?? 0, upper ?? 0, margin ?? 0].map(abs).filter(\.isFinite)
        return min(max(all.max() ?? 0, 0.005) * 1.15, 1e6)
    }

    private func x(_ share: Double) -> Double {
        let turned = better == .lower ? share : -share
        let position = max(-1, min(1, turned / reach))
        return Self.width / 2 + position * (Self.width / 2 - 30)
    }

    var svg: HTML {
        let middle = Self.axis
        var marks: HTML = ""
        if let margin {
            let at = x(better == .lower ? margin : -margin)
            marks += """
                <line class="limit" x1="\(at)" x2="\(at)" y1="6" y2="\(middle + 14)"/>

                """
        }
        if let lower, let upper {
            let ends = [x(lower), x(upper)].sorted()
            marks += """
                <rect class="span \(tone)" x="\(ends[0])" y="\(middle - 5)" \
                width="\(max(1, ends[1] - ends[0]))" height="10" rx="2"/>

                """
        }
        marks += "<circle class=\"point \(tone)\" cx=\"\(x(effect))\" cy=\"\(middle)\" r=\"5\"/>\n"
        let range = [lower, upper].compactMap(\.self).map(Scale.change).joined(separator: " to ")
        return """
            <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" \
            aria-label="change \(Scale.change(effect))\
            \(range.isEmpty ? "" : ", interval \(range)")">
            <line class="grid" x1="30" x2="\(Self.width - 30)" y1="\(middle)" y2="\(middle)"/>
            <line class="axis" x1="\(Self.width / 2)" x2="\(Self.width / 2)" y1="6" \
            y2="\(middle + 14)"/>
            \(marks)\(label(-reach, "better", anchor: "", at: 30))\
            \(label(0, nil, anchor: "middle", at: Self.width / 2))\
            \(label(reach, "worse", anchor: "end", at: Self.width - 30))</svg>

            """
    }

    private func label(
        _ share: Double, _ word: String?, anchor: String, at position: Double
    ) -> HTML {
        let own = better == .lower ? share : -share
        let number = share == 0 ? "0" : Scale.change(own)
        let text = word.map { "\($0) (\(number))" } ?? number
        return """
            <text class="dim \(anchor)" x="\(position)" y="\(Self.height - 4)">\(text)</text>

            """
    }
}

extension HTMLReport {
    /// A figure per change: title, numbers, plot.
    func intervalFigure(_ title: String, _ about: [String], _ plot: IntervalPlot) -> HTML {
        """
        <figure>
        <figcaption>\(title) <small>\
        \(about.filter { !$0.isEmpty }.joined(separator: " · "))</small>\
        </figcaption>
        \(plot.svg)</figure>

        """
    }
}
