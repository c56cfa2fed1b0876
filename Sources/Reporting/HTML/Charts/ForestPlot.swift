// All effects of a run under each other, on one scale:
//
//                          better   0   worse
//   server CPU  get P16        │    │  ┊├─●─┤│       ✗ +5.0 %
//   memory      8 loads        │ ●  │  ┊     │       ✓ −10.0 %
//   throughput  get P16        │   ├●┤ ┊     │         −0.1 %
//
// Worse is always to the right, whichever way the metric counts. What lies beyond the scale is an
// arrow at its end: one effect of 90 % would make dots on the line of all others. Rows that did not
// change are there for whoever asks, on the same scale.
//
// Rows are a grid and only the marks are SVG, so that on a telephone names and numbers keep their
// size and stand above the marks.

struct ForestPlot {
    struct Row {
        var title: String
        /// Under which load; of which candidate.
        var place: String
        /// Why it is judged as it is.
        var reason: String
        /// In the plot's unit, above 0 for the worse; nil where it cannot be told in it.
        var effect: Double?
        var interval: ClosedRange<Double>?
        /// The effect as it is written, and its interval.
        var change: String
        var range: String
        var tone: Tone
        /// False where it did not change, or decides nothing.
        var isShown: Bool
    }

    enum Tone: String {
        case good, bad, open
        case neutral = "none"

        /// What says the same without colours.
        var mark: String {
            switch self {
            case .good: "✓"
            case .bad: "✗"
            case .open: "?"
            case .neutral: ""
            }
        }
    }

    enum Unit {
        /// The most that a metric may change for the worse is 1.
        case margins
        /// Shares of the baseline.
        case shares

        /// The least and the most that the scale reaches to either side: a calm run is not blown up
        /// into a storm, nor is the rest flattened by one large effect.
        fileprivate var reach: ClosedRange<Double> {
            switch self {
            case .margins: 1.5...4
            case .shares: 0.01...0.5
            }
        }
    }

    let unit: Unit
    /// The worst first.
    let rows: [Row]
    private let reach: Double

    /// - Parameter others: rows of other plots of the page, which have the same scale.
    init(_ unit: Unit, _ rows: [Row], beside others: [Row] = []) {
        self.unit = unit
        self.rows = rows
        let ends = (rows + others).flatMap { row in
            [row.effect, row.interval?.lowerBound, row.interval?.upperBound].compactMap(\.self)
        }
        let most = ends.map(abs).max() ?? 0
        reach = min(max(most * 1.1, unit.reach.lowerBound), unit.reach.upperBound)
    }

    /// As many rows without a place on the scale stand among others.
    private static let fewOffScale = 5

    /// The rows that matter, and the others folded; many that have no place on the scale have none.
    var html: HTML {
        let shown = rows.filter(\.isShown)
        let hidden = rows.filter { !$0.isShown }
        let offScale = hidden.filter { $0.effect == nil }
        let standsApart = offScale.count > Self.fewOffScale
        let others = standsApart ? hidden.filter { $0.effect != nil } : hidden
        var html: HTML = shown.isEmpty ? "" : block(shown)
        if !others.isEmpty {
            html += """
                <details><summary>show what did not change (\(others.count))</summary>
                \(block(others))</details>

                """
        }
        if standsApart {
            html += """
                <details><summary>show what decides nothing (\(offScale.count))</summary>
                <div class="forest">
                \(offScale.html { line($0, hasTrack: false) })</div>
                </details>

                """
        }
        return html
    }

    private func block(_ rows: [Row]) -> HTML {
        """
        <div class="forest">
        \(axis)\(rows.html { line($0) })</div>

        """
    }

    // MARK: the scale

    private static let width = 200.0
    private static let height = 20.0

    /// In units of the view box, which is as wide as the page lets it be.
    private func x(_ value: Double) -> Double {
        let share = max(-1, min(1, value / reach))
        return Self.width / 2 * (1 + 0.96 * share)
    }

    private var ticks: [Tick] {
        switch unit {
        case .margins: Ticks.linear(-reach...reach)
        case .shares: Ticks.linear(-reach * 100...reach * 100)
        }
    }

    private func x(_ tick: Tick) -> Double {
        x(unit == .shares ? tick.value / 100 : tick.value)
    }

    /// Without a sign: the words say which side is which.
    private func label(_ tick: Tick) -> String {
        let size = tick.label.drop { $0 == "−" }
        return unit == .shares && tick.value != 0 ? "\(size) %" : String(size)
    }

    private var axis: HTML {
        let title = unit == .margins ? "worse, in margins →" : "worse →"
        return """
            <div class="row scale"><span class="what"></span><div class="track">\
            <div class="sides"><span>← better</span><span>\(title)</span></div>\
            <div class="ticks">\(ticks.html { tick in
                "<span style=\"left:\(x(tick) / Self.width * 100)%\">\(label(tick))</span>"
            })</div></div><span class="change"></span></div>

            """
    }

    // MARK: a row

    private func line(_ row: Row, hasTrack: Bool = true) -> HTML {
        let place: HTML = row.place.isEmpty ? "" : " <small>\(HTML.breakable(row.place))</small>"
        let range: HTML = row.range.isEmpty ? "" : "<small>\(row.range)</small>"
        let tip = [row.title, row.place, row.change, row.range].filter { !$0.isEmpty }
            .joined(separator: " · ")
        let track: HTML =
            !hasTrack
            ? "<div class=\"track\"></div>"
            : """
            <svg class="track" viewBox="0 0 \(Self.width) \(Self.height)" \
            preserveAspectRatio="none" role="img" aria-label="change \(row.change)">\
            <title>\(tip)</title>\(lines)\(marks(row))</svg>
            """
        return """
            <div class="row" title="\(row.reason)"><div class="what">\(row.title)\(place)</div>\
            \(track)\
            <div class="change \(row.tone.rawValue)"><b>\(row.tone.mark) \(row.change)</b>\(range)\
            </div></div>

            """
    }

    /// 0, the margins where they are the unit, and the ticks.
    private var lines: HTML {
        let limits = unit == .margins ? [-1.0, 1] : []
        return """
            \(ticks.html { upright(x($0), "grid") })\(limits.html { upright(x($0), "limit") })\
            \(upright(Self.width / 2, "axis"))
            """
    }

    private func upright(_ x: Double, _ name: String) -> HTML {
        "<path class=\"\(name)\" d=\"M\(x) 0V\(Self.height)\"/>"
    }

    private func marks(_ row: Row) -> HTML {
        guard let effect = row.effect else { return "" }
        let middle = Self.height / 2
        var marks: HTML = ""
        if let interval = row.interval {
            let from = x(interval.lowerBound)
            let to = max(x(interval.upperBound), from + 0.5)
            marks += """
                <path class="span \(row.tone.rawValue)" d="M\(from) \(middle)H\(to)"/>
                """
        }
        // A line without length has round ends, which are a dot however wide the page is.
        let at = x(effect)
        guard abs(effect) > reach else {
            return """
                \(marks)<path class="point \(row.tone.rawValue)" d="M\(at) \(middle)h0.01"/>
                """
        }
        let back = effect > 0 ? at - 4 : at + 4
        return """
            \(marks)<path class="arrow \(row.tone.rawValue)" d="M\(back) 4L\(at) \(middle)\
            L\(back) \(Self.height - 4)"/>
            """
    }
}
