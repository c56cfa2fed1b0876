// A bar per ladder, put together from what each rung adds.
//
//   valkey-7.2  ██████████▒▒▒▒░░░░░░░░░░░░░░░░░░░░░  956 ns/op
//   valkey-9.1  ████▒▒▒▒░░░░░░░░░░░░░░░░░░░░░  812 ns/op
//
// Bars start at 0 and share a scale, so that parts and wholes may be compared by their lengths. A
// part below 0 has no length: its number is in the table.

struct StackPlot {
    struct Part {
        /// The colour's number.
        var series: Int
        var value: Double
        /// What stands under the pointer.
        var text: String
    }

    struct Bar {
        var label: String
        var parts: [Part]
        /// All of it, as it is written.
        var text: String
    }

    let title: String
    let bars: [Bar]

    private static let width = 520.0
    private static let rowHeight = 30.0
    private static let barHeight = 18.0
    /// The mean advance of a digit or a small letter at 12 px.
    private static let advance = 6.8

    /// Labels get the room that the longest needs, up to a third of the plot.
    private var labelWidth: Double {
        let longest = bars.map(\.label.count).max() ?? 0
        return min(Self.width / 3, 10 + Self.advance * Double(longest))
    }

    /// Room for the number behind the longest bar.
    private var valueWidth: Double {
        let longest = bars.map(\.text.count).max() ?? 0
        return min(Self.width / 3, 16 + Self.advance * Double(longest))
    }

    private var largest: Double {
        bars.map { $0.parts.reduce(0) { $0 + max($1.value, 0) } }.max() ?? 0
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

    private func row(_ index: Int) -> HTML {
        let bar = bars[index]
        let middle = Self.rowHeight * (Double(index) + 0.5)
        let room = Self.width - labelWidth - valueWidth
        var marks: HTML = ""
        var x = labelWidth
        for part in bar.parts {
            let length = largest > 0 ? max(part.value, 0) / largest * room : 0
            marks += """
                <rect class="fill s\(part.series)" x="\(x)" y="\(middle - Self.barHeight / 2)" \
                width="\(length)" height="\(Self.barHeight)"><title>\(part.text)</title></rect>

                """
            x += length
        }
        let end = x + 8
        return """
            <text class="end" x="\(labelWidth - 8)" y="\(middle + 4)">\(shortened(bar.label))</text>
            \(marks)<text x="\(end)" y="\(middle + 4)">\(bar.text)</text>

            """
    }

    private func shortened(_ label: String) -> String {
        let room = Int(((labelWidth - 10) / Self.advance).rounded())
        return label.count <= room ? label : label.prefix(max(1, room - 1)) + "…"
    }
}
