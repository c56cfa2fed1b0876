// A flame graph as it is without scripts: the icicle as inline SVG, whose boxes have titles and
// labels; beside it what the script draws the other views from.
import Foundation
import RunRecord

extension FlameGraph {
    /// As wide as a page: 1,120 px less its margins. A smaller screen scrolls it, where no script
    /// draws it anew.
    private static let width = 1072.0
    static let rowHeight = 18.0
    /// A letter's mean advance at 12 px, with room to spare: names have capitals.
    private static let advance = 7.2
    private static let margin = 4.0

    /// - Throws: where a number is none.
    func html() throws(RunRecordError) -> HTML {
        let json = String(decoding: try data.json(), as: UTF8.self)
        // Nothing in it may end the element.
        let inert = HTML(stringLiteral: json.replacing("<", with: "\\u003c"))
        return """
            <div class="flame" id="\(id)">
            \(legend)<div class="scroll canvas">
            \(svg)</div>
            <script type="application/json">\(inert)</script>
            </div>

            """
    }

    private var svg: HTML {
        let boxes = FlameTree(stacks.map { (path: $0.path, value: $0.value) }).boxes
        let rows = (boxes.map(\.row).max() ?? -1) + 1
        let height = Double(rows) * Self.rowHeight
        return """
            <svg viewBox="0 0 \(Self.width) \(height)" role="group" \
            aria-label="flame graph of \(title)">
            \(boxes.html(drawn))</svg>

            """
    }

    private func drawn(_ box: FlameTree.Box) -> HTML {
        let (left, width) = (box.start * Self.width, box.width * Self.width)
        let top = Double(box.row) * Self.rowHeight
        let words = self.words(box)
        let (name, tone) = self.name(of: box)
        let letters = Int((width - 2 * Self.margin) / Self.advance)
        let shown: String =
            letters >= name.count ? name : name.prefix(max(0, letters - 1)) + "…"
        let label: HTML =
            letters < 2
            ? ""
            : "<text x=\"\(left + Self.margin)\" y=\"\(top + 13)\">\(shown)</text>"
        return """
            <g class="frame \(tone)" role="img" aria-label="\(words)"><title>\(words)</title>\
            <rect x="\(left)" y="\(top)" width="\(width)" height="\(Self.rowHeight - 1)"/>\
            \(label)</g>

            """
    }

    private func name(of box: FlameTree.Box) -> (text: String, tone: String) {
        switch box.content {
        case .root: (text: "all", tone: "root")
        case .symbol(let number):
            (text: symbols[number].function.text, tone: tone(number))
        case .merged(let count): (text: "\(count) more", tone: "merged")
        }
    }

    private var legend: HTML {
        let entries: [(series: Int, text: String)] =
            difference == nil
            ? FlameStyle.kinds.filter { kind in symbols.contains { $0.kind == kind.kind } }
                .map { (series: $0.series, text: $0.text) }
            : [
                (series: FlameStyle.more, text: "more than \(difference?.baseline.target ?? "")"),
                (series: FlameStyle.less, text: "less"),
                (
                    series: FlameStyle.same,
                    text: "the interval holds 0, or too small to be looked at"
                ),
            ]
        let spans = entries.html { "<span><i class=\"swatch s\($0.series)\"></i>\($0.text)</span>" }
        return "<div class=\"legend\">\(spans)</div>\n"
    }
}
