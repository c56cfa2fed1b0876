// Shares of a whole, each a bar from 0 to 100 % with a line over what its count leaves open.
//
//     CPU +1 %  █┄┄┄──┄┄┄┄┄┄┄┄┄┄┄│  3.5 %
//     CPU +3 %  ██████████████──┄│  92 %

struct SharePlot {
    struct Row {
        var label: String
        /// 0 … 1; nil where nothing was counted.
        var share: Double?
        var range: ClosedRange<Double>
        /// The share as it is written.
        var text: String
        /// Shown when the pointer is over it.
        var tip: String
    }

    let title: String
    let tone: ForestPlot.Tone
    let rows: [Row]

    private static let width = 520.0
    private static let rowHeight = 26.0
    private static let barHeight = 14.0
    private static let left = 190.0
    private static let right = 450.0
    /// As many small letters as fit before the bars.
    private static let letters = 27

    var svg: HTML {
        let bottom = Self.rowHeight * Double(rows.count)
        let ticks = [0.0, 0.25, 0.5, 0.75, 1].html { share in
            let at = x(share)
            return """
                <line class="grid" x1="\(at)" x2="\(at)" y1="0" y2="\(bottom)"/>\
                <text class="dim middle" x="\(at)" y="\(bottom + 18)">\
                \(Int(share * 100)) %</text>

                """
        }
        let summary = rows.map { "\($0.label) \($0.text)" }.joined(separator: ", ")
        return """
            <svg viewBox="0 0 \(Self.width) \(bottom + 24)" role="img" \
            aria-label="\(title): \(summary)">
            \(ticks)\(rows.indices.html(row))</svg>

            """
    }

    private func x(_ share: Double) -> Double {
        Self.left + max(0, min(1, share)) * (Self.right - Self.left)
    }

    private func row(_ index: Int) -> HTML {
        let row = rows[index]
        let middle = Self.rowHeight * (Double(index) + 0.5)
        var marks: HTML = ""
        if let share = row.share {
            marks += """
                <rect class="fill \(tone.rawValue)" x="\(Self.left)" \
                y="\(middle - Self.barHeight / 2)" width="\(x(share) - Self.left)" \
                height="\(Self.barHeight)" rx="2"><title>\(row.tip)</title></rect>\
                <line class="range" x1="\(x(row.range.lowerBound))" \
                x2="\(x(row.range.upperBound))" y1="\(middle)" y2="\(middle)">\
                <title>\(row.tip)</title></line>

                """
        }
        let label: String =
            row.label.count <= Self.letters
            ? row.label : row.label.prefix(Self.letters - 1) + "…"
        return """
            <text class="end" x="\(Self.left - 10)" y="\(middle + 4)">\(label)</text>
            \(marks)<text x="\(Self.right + 10)" y="\(middle + 4)">\(row.text)</text>

            """
    }
}
