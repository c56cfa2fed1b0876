// Text in columns, for a terminal or a Markdown page.
//
//                    throughput            p99         ← headings, over the columns they span
//   target                ops/s             µs
//   valkey-7.2   412,345 ±1.2 %          1,210
//
// A column may share its heading with the one to its right (a number, its spread, its change); the
// pieces then stand one space apart and the heading is set over all of them.
//
// Non-goals: wrapping (whoever fills the table decides how many columns fit) and colours.

/// A table of strings; all rows have one cell per column.
public struct TextTable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        /// Lines of the heading, top down.
        public var heading: [String]
        public var alignment: Alignment
        /// True when this column continues the one to its left under the same heading.
        public var continues: Bool

        public init(_ heading: [String], _ alignment: Alignment = .right, continues: Bool = false) {
            self.heading = heading
            self.alignment = alignment
            self.continues = continues
        }
    }

    public private(set) var columns: [Column]
    public private(set) var rows: [[String]] = []

    public init(_ columns: [Column]) {
        precondition(columns.first?.continues != true, "the first column has nothing to continue")
        self.columns = columns
    }

    public mutating func append(_ row: [String]) {
        precondition(row.count == columns.count, "a row has one cell per column")
        rows.append(row.map(printable))
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

    /// The table for a terminal: each line ends in a newline, none has spaces at its end.
    public func text() -> String {
        let headings = columns.map { $0.heading.map(printable) }
        let height = headings.map(\.count).max() ?? 0
        var widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for group in groups {
            // A heading wider than its columns widens the first: numbers stay right-aligned.
            let wanted = headings[group.lowerBound].map(\.count).max() ?? 0
            let width = widths[group].reduce(group.count - 1, +)
            widths[group.lowerBound] += max(0, wanted - width)
        }
        var lines: [String] = []
        for level in 0..<height {
            lines.append(
                line { group in
                    let heading = headings[group.lowerBound]
                    // Headings end on the same line, above the numbers.
                    let index = level - (height - heading.count)
                    return padded(
                        index < 0 ? "" : heading[index],
                        widths[group].reduce(group.count - 1, +),
                        columns[group.lowerBound].alignment)
                })
        }
        for row in rows {
            lines.append(
                line { group in
                    group.map { padded(row[$0], widths[$0], columns[$0].alignment) }
                        .joined(separator: " ")
                })
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ piece: (Range<Int>) -> String) -> String {
        let line = groups.map(piece).joined(separator: "   ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    private func padded(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return alignment == .left ? text + space : space + text
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
