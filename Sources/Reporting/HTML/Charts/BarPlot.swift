// A bar per target and a dot per sample.
//
//   valkey-7.2  ████████·█·│·  412,345
//   valkey-9.1  ██████████████████·█·  698,123
//
// Bars start at 0, so that their lengths may be compared; dots are the samples themselves, so that
// nobody has to guess what a whisker stands for.

struct BarPlot {
    struct Bar {
        var label: String
        /// The colour's number.
        var series: Int
        /// Nil where nothing was read.
        var value: Double?
        var samples: [Double]
        /// The value as it is written.
        var text: String
    }

    let title: String
    let bars: [Bar]
    /// A sample as it is written.
    let text: (Double) -> String

    private static let width = 480.0
    private static let rowHeight = 26.0
    private static let barHeight = 14.0
    /// The mean advance of a digit or a small letter at 12 px.
    private static let advance = 6.8

    /// Labels get the room that the longest needs, up to a third of the plot.
    private var labelWidth: Double {
        let longest = bars.map(\.label.count).max() ?? 0
        return min(Self.width / 3, 10 + Self.advance * Double(longest))
    }

    /// Room for the number behind the longest bar, half of the plot at most.
    private var valueWidth: Double {
        let longest = bars.map(\.text.count).max() ?? 0
        return min(Self.width / 2, 16 + Self.advance * Double(longest))
    }

    private var largest: Double {
        bars.flatMap { ($0.value.map { [$0] } ?? []) + $0.samples }.max() ?? 0
    }

    var svg: HTML {
        let height = Self.rowHeight * Double(bars.count)
        let summary = bars.map { "\($0.label) \($0.text)" }.joined(separator: ", ")
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" aria-label="\(title): \(summary)">
            \(bars.indices.html(row))\
            <line class="grid" x1="\(labelWidth)" x2="\(labelWidth)" y1="0" y2="\(height)"/>
            </svg>

            """
    }

    private func x(_ value: Double) -> Double {
        let room = Self.width - labelWidth - valueWidth
        return labelWidth + (largest > 0 ? max(0, value) / largest * room : 0)
    }

    private func row(_ index: Int) -> HTML {
        let bar = bars[index]
        let middle = Self.rowHeight * (Double(index) + 0.5)
        var marks: HTML = ""
        if let value = bar.value {
            marks += """
                <rect class="fill s\(bar.series)" x="\(labelWidth)" \
                y="\(middle - Self.barHeight / 2)" width="\(x(value) - labelWidth)" \
                height="\(Self.barHeight)" rx="2"><title>\(bar.label): \(bar.text)</title></rect>

                """
        }
        // One sample is the value itself; a dot on the bar's end would say nothing.
        let samples = bar.samples.count > 1 ? bar.samples : []
        marks += samples.html { sample in
            """
            <circle class="dot" cx="\(x(sample))" cy="\(middle)" r="3">\
            <title>\(text(sample))</title></circle>
            """
        }
        // Behind the bar, and behind the dots that are beyond it.
        let end = x(([bar.value ?? 0] + samples).max() ?? 0) + 8
        let dim: HTML = bar.value == nil ? " class=\"dim\"" : ""
        return """
            <text class="end" x="\(labelWidth - 8)" y="\(middle + 4)">\(shortened(bar.label))</text>
            \(marks)<text\(dim) x="\(end)" y="\(middle + 4)">\(bar.text)</text>

            """
    }

    private func shortened(_ label: String) -> String {
        let room = Int(((labelWidth - 10) / Self.advance).rounded())
        return label.count <= room ? label : label.prefix(max(1, room - 1)) + "…"
    }
}
