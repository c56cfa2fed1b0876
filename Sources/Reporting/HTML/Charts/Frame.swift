// What charts with two axes have in common: lines at the ticks, their labels, the axes' titles.
//
//     latency, µs                       ← title of the upright axis, above it
//       2 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
//       1 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄
//         └────┴────┴────
//              1 k  2 k
//                      entries          ← title of the other, below its right end

/// A chart's plane, in units of its view box: about those of a page, half of one on a telephone.
struct Frame {
    let x: Axis
    let y: Axis

    static let width = 520.0
    static let height = 292.0
    private static let left = 68.0
    private static let right = 496.0
    private static let top = 30.0
    private static let bottom = 240.0

    func place(x value: Double) -> Double {
        Self.left + x.share(value) * (Self.right - Self.left)
    }

    func place(y value: Double) -> Double {
        Self.bottom - y.share(value) * (Self.bottom - Self.top)
    }

    /// A line across the plane that readings are held against.
    struct Mark {
        enum Place {
            /// Upright, at a value of the axis below.
            case x(Double)
            /// Level, at a value of the axis to the left.
            case y(Double)
        }

        let place: Place
        let label: String
        /// Shown when the pointer is over it.
        let tip: String

        init(_ place: Place, _ label: String, _ tip: String) {
            self.place = place
            self.label = label
            self.tip = tip
        }
    }

    func line(_ mark: Mark) -> HTML {
        switch mark.place {
        case .x(let value):
            let at = place(x: value)
            return """
                <line class="mark" x1="\(at)" x2="\(at)" y1="\(Self.top)" y2="\(Self.bottom)">\
                <title>\(mark.tip)</title></line>\
                <text class="dim middle" x="\(at)" y="\(Self.top - 4)">\(mark.label)</text>

                """
        case .y(let value):
            let at = place(y: value)
            return """
                <line class="mark" x1="\(Self.left)" x2="\(Self.right)" y1="\(at)" y2="\(at)">\
                <title>\(mark.tip)</title></line>\
                <text class="dim" x="\(Self.left + 4)" y="\(at - 4)">\(mark.label)</text>

                """
        }
    }

    /// The chart: axes, and `marks` on them.
    func svg(_ label: String, _ marks: HTML) -> HTML {
        """
        <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(label)">
        <text class="dim" x="0" y="14">\(y.title)</text>
        <text class="dim end" x="\(Self.right)" y="\(Self.height - 8)">\(x.title)</text>
        \(x.ticks.html(vertical))\(y.ticks.html(horizontal))\(marks)</svg>

        """
    }

    private func vertical(_ tick: Tick) -> HTML {
        let at = place(x: tick.value)
        return """
            <line class="grid" x1="\(at)" x2="\(at)" y1="\(Self.top)" y2="\(Self.bottom)"/>\
            <text class="dim middle" x="\(at)" y="\(Self.bottom + 18)">\(tick.label)</text>

            """
    }

    private func horizontal(_ tick: Tick) -> HTML {
        let at = place(y: tick.value)
        return """
            <line class="grid" x1="\(Self.left)" x2="\(Self.right)" y1="\(at)" y2="\(at)"/>\
            <text class="dim end" x="\(Self.left - 8)" y="\(at + 4)">\(tick.label)</text>

            """
    }
}
