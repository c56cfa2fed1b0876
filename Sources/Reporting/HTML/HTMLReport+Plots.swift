// A bar per target and a dot per sample, for every metric.
//
//   valkey-7.2  ████████████░░·│·     412,345
//   valkey-9.1  ██████████████████··  698,123
//
// Bars start at 0, so that their lengths may be compared; dots are the samples themselves, so that
// nobody has to guess what a whisker stands for.
import RunRecord

extension HTMLReport {
    /// What has bars: what the tables show, and of `tables` what they show row by row.
    private var plotted: SuiteTable { reading.kind == .tables ? SuiteTable(record) : table }

    var plots: HTML {
        // What has a curve needs no bar for every point of it.
        let curves = Set(entryCurves().map(\.subject))
        var sections = plotted.sections
        for index in sections.indices {
            let workload = sections[index].workload ?? ""
            sections[index].columns.removeAll { column in
                !column.cells.contains { $0?.value != nil }
                    || curves.contains([column.metric, workload])
            }
        }
        sections.removeAll(where: \.columns.isEmpty)
        guard !sections.isEmpty else { return "" }
        return """
            <section id="plots">
            <h2>Plots</h2>
            \(sections.html { section in
                "\(heading(section))<div class=\"plots\">\n\(section.columns.html(figure))</div>\n"
            })</section>

            """
    }

    private func figure(_ column: SuiteTable.Column) -> HTML {
        let about = column.heading.dropFirst() + ["\(column.better.rawValue) is better"]
        return """
            <figure>
            <figcaption>\(column.title) <small>\(about.joined(separator: ", "))</small></figcaption>
            \(BarPlot(column, rows: plotted.targets.map { ($0, series($0)) }).svg)</figure>

            """
    }
}

/// The bars of one column, in units of its 480-wide view box.
private struct BarPlot {
    let column: SuiteTable.Column
    let rows: [(label: String, series: Int)]

    static let width = 480.0
    static let rowHeight = 26.0
    static let barHeight = 14.0
    /// Room for the number at the right.
    static let valueWidth = 86.0

    init(_ column: SuiteTable.Column, rows: [(label: String, series: Int)]) {
        self.column = column
        self.rows = rows
    }

    /// Labels get the room that the longest needs, up to a third of the plot. 6.6 is the mean
    /// advance of a digit or a small letter at 12 px.
    private var labelWidth: Double {
        min(Self.width / 3, 10 + 6.6 * Double(rows.map(\.label.count).max() ?? 0))
    }

    private var largest: Double {
        column.cells.compactMap(\.self).flatMap { ($0.value.map { [$0] } ?? []) + $0.samples }
            .map { max($0, 0) }.max() ?? 0
    }

    var svg: HTML {
        let height = Self.rowHeight * Double(rows.count)
        let summary = rows.indices.map { "\(rows[$0].label) \(text($0))" }
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="img" \
            aria-label="\(column.title): \(summary.joined(separator: ", "))">
            \(rows.indices.html(row))\
            <line class="grid" x1="\(labelWidth)" x2="\(labelWidth)" y1="0" y2="\(height)"/>
            </svg>

            """
    }

    private func text(_ row: Int) -> String { column.cells[row].map(column.text) ?? "–" }

    private func x(_ value: Double) -> Double {
        let room = Self.width - labelWidth - Self.valueWidth
        return labelWidth + (largest > 0 ? max(0, value) / largest * room : 0)
    }

    private func row(_ index: Int) -> HTML {
        let middle = Self.rowHeight * (Double(index) + 0.5)
        let (label, series) = rows[index]
        let cell = column.cells[index]
        var marks: HTML = ""
        if let value = cell?.value {
            marks += """
                <rect class="fill s\(series)" x="\(labelWidth)" y="\(middle - Self.barHeight / 2)" \
                width="\(x(value) - labelWidth)" height="\(Self.barHeight)" rx="2"/>

                """
        }
        // One sample is the value itself; a dot on the bar's end would say nothing.
        if let samples = cell?.samples, samples.count > 1 {
            marks += samples.html {
                "<circle class=\"dot\" cx=\"\(x($0))\" cy=\"\(middle)\" r=\"3\"/>"
            }
            marks += "\n"
        }
        return """
            <text class="end" x="\(labelWidth - 8)" y="\(middle + 4)">\(shortened(label))</text>
            \(marks)<text class="\(cell?.value == nil ? "dim " : "")end" x="\(Self.width)" \
            y="\(middle + 4)">\(text(index))</text>

            """
    }

    private func shortened(_ label: String) -> String {
        let room = Int(((labelWidth - 10) / 6.6).rounded())
        return label.count <= room ? label : label.prefix(max(1, room - 1)) + "…"
    }
}
