// Text in columns, for a terminal or a Markdown page.
//
//                    throughput    p99         ← headings, over the columns they span
//   target                ops/s     µs
//   valkey-7.2   412,345 ±1.2 %  1,210
//
// A column may share its heading with the one to its right (a number, its spread, its change); the
// pieces then stand one space apart and the heading is set over all of them. The first columns name
// the rows: a table that is wider than the terminal goes on below, names included. How that is laid
// out is TextTable+Layout's.
//
// Columns and rows may be details, which a terminal shows on demand; Markdown has all of them.

/// A table of strings; all rows have one cell per column.
public struct TextTable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        /// Lines of the heading, top down.
        public var heading: [String]
        public var alignment: Alignment
        /// True when this column continues the one to its left under the same heading.
        public var continues: Bool
        public var isDetail: Bool

        public init(
            _ heading: [String], _ alignment: Alignment = .right, continues: Bool = false,
            isDetail: Bool = false
        ) {
            self.heading = heading
            self.alignment = alignment
            self.continues = continues
            self.isDetail = isDetail
        }
    }

    public private(set) var columns: [Column]
    public private(set) var rows: [[String]] = []
    /// How many columns name the rows.
    let names: Int
    /// By row, then by column.
    private(set) var tones: [[TerminalStyle.Tone?]] = []
    /// Rows that are shown on demand, and what they are called where they are not.
    private(set) var detailRows: [Int: String] = [:]

    /// - Parameter names: how many of the first columns name the rows.
    public init(_ columns: [Column], names: Int = 1) {
        precondition(columns.first?.continues != true, "the first column has nothing to continue")
        self.columns = columns
        self.names = names
    }

    /// - Parameters:
    ///   - tones: of the columns of these numbers.
    ///   - detail: the row is shown on demand, and called this where it is not.
    public mutating func append(
        _ row: [String], tones: [Int: TerminalStyle.Tone] = [:], detail: String? = nil
    ) {
        precondition(row.count == columns.count, "a row has one cell per column")
        detailRows[rows.count] = detail
        rows.append(row.map(printable))
        self.tones.append(columns.indices.map { tones[$0] })
    }

    /// Columns that share a heading.
    var groups: [Range<Int>] {
        var groups: [Range<Int>] = []
        for index in columns.indices {
            if columns[index].continues, let last = groups.popLast() {
                groups.append(last.lowerBound..<index + 1)
            } else {
                groups.append(index..<index + 1)
            }
        }
        return groups
    }

    /// What a terminal of the style does not show: names of rows, headings of columns.
    func leftOut(_ style: TerminalStyle) -> [String] {
        if style.showsDetail { return [] }
        let hidden = groups.filter { columns[$0.lowerBound].isDetail }
            .map { columns[$0.lowerBound].heading.first ?? "" }
        return hidden + detailRows.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The table in GitHub's Markdown: columns that share a heading become one.
    public func markdown() -> String {
        func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        var text = row(
            groups.map { group in
                columns[group.lowerBound].heading.filter { !$0.isEmpty }.map(markdownEscaped)
                    .joined(separator: "<br>")
            })
        text += row(
            groups.map { columns[$0.lowerBound].alignment == .right ? "---:" : ":---" })
        for cells in rows {
            text += row(
                groups.map { group in
                    cells[group].filter { !$0.isEmpty }.map(markdownEscaped).joined(separator: " ")
                })
        }
        return text
    }
}

/// `text` without control characters, which could move a terminal's cursor or break a line.
func printable(_ text: String) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.map {
                $0.properties.generalCategory == .control ? "\u{fffd}" : $0
            }))
}

/// `text` such that Markdown shows it as it is.
func markdownEscaped(_ text: String) -> String {
    var escaped = ""
    for character in printable(text) {
        switch character {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\\", "`", "*", "_", "[", "]", "|", "~", "#": escaped += "\\\(character)"
        default: escaped.append(character)
        }
    }
    return escaped
}
