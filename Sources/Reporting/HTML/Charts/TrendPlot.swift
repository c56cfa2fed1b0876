// A metric over runs, a line per target: as small as a sparkline, with the least and the most
// reading beside it and the first and the last run below.
//
//     550 ┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄●
//     500 ●──────●──────┄┄
//         0.1           0.3

struct TrendPlot {
    struct Line {
        var target: String
        /// The colour's number.
        var series: Int
        /// By run; nil where there is no reading.
        var values: [Double?]
        /// By run: how far it is from the reading before, as it is written; nil at the first.
        var steps: [String?]
        /// Runs at which the level changed.
        var changes: [Int]
    }

    let label: String
    /// Names of the runs.
    let runs: [String]
    let lines: [Line]
    /// By run: where a click leads; nil where there is nothing to lead to.
    let links: [String?]
    /// A reading as it is written, and without its unit, which the caption has.
    let text: (Double) -> String
    let number: (Double) -> String

    private static let width = 520.0
    private static let height = 150.0
    private static let left = 96.0
    private static let right = 508.0
    private static let top = 14.0
    private static let bottom = 116.0
    /// As many letters of a run's name as have room in half of the plot.
    private static let letters = 26

    var svg: HTML {
        """
        <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-label="\(label)">
        \(ends.html(horizontal))\(names)\(lines.html(marks))</svg>

        """
    }

    /// The least and the most reading; one where they are the same.
    private var ends: [Double] {
        let known = lines.flatMap(\.values).compactMap(\.self)
        guard let least = known.min(), let most = known.max() else { return [] }
        return least < most ? [least, most] : [least]
    }

    private func x(_ run: Int) -> Double {
        runs.count < 2
            ? (Self.left + Self.right) / 2
            : Self.left + Double(run) / Double(runs.count - 1) * (Self.right - Self.left)
    }

    private func y(_ value: Double) -> Double {
        guard let least = ends.first, let most = ends.last, least < most else {
            return (Self.top + Self.bottom) / 2
        }
        let share = (value - least) / (most - least)
        return Self.bottom - (share.isFinite ? share : 0) * (Self.bottom - Self.top)
    }

    private func horizontal(_ value: Double) -> HTML {
        let at = y(value)
        return """
            <line class="grid" x1="\(Self.left)" x2="\(Self.right)" y1="\(at)" y2="\(at)"/>\
            <text class="dim end" x="\(Self.left - 8)" y="\(at + 4)">\(number(value))</text>

            """
    }

    private var names: HTML {
        guard let first = runs.first, let last = runs.last, runs.count > 1 else { return "" }
        let below = Self.bottom + 24
        return """
            <text class="dim" x="\(Self.left)" y="\(below)">\(shortened(first))</text>\
            <text class="dim end" x="\(Self.right)" y="\(below)">\(shortened(last))</text>

            """
    }

    private func shortened(_ name: String) -> String {
        name.count <= Self.letters ? name : name.prefix(Self.letters - 1) + "…"
    }

    /// An upright line where the level changed.
    private func change(_ line: Line, _ run: Int) -> HTML {
        guard runs.indices.contains(run) else { return "" }
        return """
            <line class="curve s\(line.series)" stroke-dasharray="3 3" x1="\(x(run))" \
            x2="\(x(run))" y1="\(Self.top)" y2="\(Self.bottom)">\
            <title>\(line.target): the level changed at \(runs[run])</title></line>
            """
    }

    /// A run without a reading interrupts the line.
    private func marks(_ line: Line) -> HTML {
        var path: HTML = ""
        var dots: HTML = ""
        var isGap = true
        let last = line.values.lastIndex { $0 != nil }
        for (run, value) in line.values.enumerated() where run < runs.count {
            guard let value else {
                isGap = true
                continue
            }
            path += "\(isGap ? "M" : "L")\(x(run)) \(y(value))"
            isGap = false
            let step = line.steps[run].map { ", \($0)" } ?? ""
            let dot: HTML = """
                <circle class="fill s\(line.series)" cx="\(x(run))" cy="\(y(value))" \
                r="\(run == last ? 5 : 3)">\
                <title>\(line.target), \(runs[run]): \(text(value))\(step)</title></circle>
                """
            if let link = links[run] {
                dots += "<a href=\"\(link)\">\(dot)</a>"
            } else {
                dots += dot
            }
        }
        return """
            \(line.changes.html { change(line, $0) })\
            <path class="curve s\(line.series)" d="\(path)"/>\(dots)

            """
    }
}
