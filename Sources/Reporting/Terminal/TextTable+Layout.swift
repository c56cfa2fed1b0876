// A table laid out for a terminal: as many columns side by side as fit, the others below, under
// their headings and beside the names of the rows again.
//
//     names that leave no room for the widest column are broken into lines, between words
//     headings are broken between words where they are wider than what stands below them
//     numbers are never broken
//
// Widths are counted in characters before colours are put on: an escape sequence has none.

extension TextTable {
    /// Columns apart, with and without a heading of their own.
    private static let gap = "   "
    /// A heading is not broken for less: a column of short numbers has a heading of a word or two.
    private static let leastHeading = 10
    /// No name is broken into shorter lines.
    private static let leastName = 12
    /// What text that is no name is broken to where it is the widest.
    private static let leastText = 24

    /// The table for a terminal: each line ends in a newline, none has spaces at its end.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let shown = rows.indices.filter { style.showsDetail || detailRows[$0] == nil }
        let visible = groups.filter {
            style.showsDetail || !columns[$0.lowerBound].isDetail
                || $0.lowerBound < names
        }
        let layout = Layout(self, groups: visible, rows: shown, style)
        return layout.blocks.map { layout.text($0) }.joined(separator: "\n")
    }

    /// Widths of the columns, and which of them stand side by side.
    private struct Layout {
        let table: TextTable
        let rows: [Int]
        let style: TerminalStyle
        var widths: [Int]
        var headings: [Int: [String]] = [:]
        var blocks: [[Range<Int>]] = []

        init(_ table: TextTable, groups: [Range<Int>], rows: [Int], _ style: TerminalStyle) {
            self.table = table
            self.rows = rows
            self.style = style
            widths = table.columns.indices.map { column in
                rows.map { table.rows[$0][column].count }.max() ?? 0
            }
            let names = groups.filter { $0.lowerBound < table.names }
            let others = groups.filter { $0.lowerBound >= table.names }
            for group in groups { setHeading(group) }
            fit(names, beside: others)
            blocks = Self.blocks(names, others, style.width) { width($0) }
        }

        func width(_ group: Range<Int>) -> Int {
            widths[group].reduce(group.count - 1, +)
        }

        /// A heading wider than its columns widens the first: numbers stay right-aligned.
        private mutating func setHeading(_ group: Range<Int>) {
            let lines = table.columns[group.lowerBound].heading.map(printable)
            let words = lines.flatMap { $0.split(separator: " ") }.map(\.count).max() ?? 0
            let room = max(width(group), words, TextTable.leastHeading)
            let broken = lines.flatMap { $0.wrapped(to: room) }
            headings[group.lowerBound] = broken
            let wanted = broken.map(\.count).max() ?? 0
            widths[group.lowerBound] += max(0, wanted - width(group))
        }

        /// Narrows text until the widest group fits beside the names.
        private mutating func fit(_ names: [Range<Int>], beside others: [Range<Int>]) {
            let gap = TextTable.gap.count
            let numbers = others.filter { table.columns[$0.lowerBound].alignment == .right }
            let texts = others.filter { table.columns[$0.lowerBound].alignment == .left }
            let widest = max(
                numbers.map { width($0) }.max() ?? 0,
                texts.map { min(width($0), TextTable.leastText) }.max() ?? 0)
            let room = style.width - (others.isEmpty ? 0 : gap + widest)
            while true {
                let taken = names.map { width($0) }.reduce(gap * max(0, names.count - 1), +)
                guard taken > room,
                    let name = names.max(by: { width($0) < width($1) }),
                    widths[name.lowerBound] > TextTable.leastName
                else { break }
                let least = TextTable.leastName
                widths[name.lowerBound] = max(least, widths[name.lowerBound] - (taken - room))
            }
            let taken = names.map { width($0) + gap }.reduce(0, +)
            for text in texts where width(text) > style.width - taken {
                widths[text.lowerBound] = max(TextTable.leastName, style.width - taken)
            }
        }

        /// Groups that stand side by side, behind the names.
        private static func blocks(
            _ names: [Range<Int>], _ others: [Range<Int>], _ room: Int,
            _ width: (Range<Int>) -> Int
        ) -> [[Range<Int>]] {
            let gap = TextTable.gap.count
            let taken = names.map { width($0) + gap }.reduce(0, +)
            var blocks: [[Range<Int>]] = []
            var block: [Range<Int>] = []
            var used = taken
            for group in others {
                let next = width(group)
                if !block.isEmpty && used + next > room {
                    blocks.append(names + block)
                    block = []
                    used = taken
                }
                block.append(group)
                used += next + gap
            }
            if !block.isEmpty || blocks.isEmpty { blocks.append(names + block) }
            return blocks
        }

        func text(_ groups: [Range<Int>]) -> String {
            let headings = groups.map { group in
                (self.headings[group.lowerBound] ?? []).flatMap { $0.wrapped(to: width(group)) }
            }
            let height = headings.map(\.count).max() ?? 0
            var lines: [String] = []
            for level in 0..<height {
                let pieces = groups.indices.map { index in
                    // Headings end on the same line, above the numbers.
                    let line = level - (height - headings[index].count)
                    let text = line < 0 ? "" : headings[index][line]
                    let group = groups[index]
                    return padded(
                        text, width(group), table.columns[group.lowerBound].alignment, .heading)
                }
                lines.append(Self.line(pieces))
            }
            for row in rows { lines += self.lines(row, groups) }
            return lines.map { $0 + "\n" }.joined()
        }

        /// A row: several lines where a name is broken.
        private func lines(_ row: Int, _ groups: [Range<Int>]) -> [String] {
            let cells = groups.map { group in
                group.map { table.rows[row][$0].wrapped(to: max(widths[$0], 1)) }
            }
            let height = cells.joined().map(\.count).max() ?? 0
            return (0..<height).map { level in
                let pieces = groups.indices.map { index in
                    let parts = groups[index].enumerated().map { part, column in
                        let lines = cells[index][part]
                        return padded(
                            level < lines.count ? lines[level] : "", widths[column],
                            table.columns[column].alignment, table.tones[row][column])
                    }
                    return parts.joined(separator: " ")
                }
                return Self.line(pieces)
            }
        }

        private static func line(_ pieces: [String]) -> String {
            let line = pieces.joined(separator: TextTable.gap)
            return String(line.reversed().drop { $0 == " " }.reversed())
        }

        private func padded(
            _ text: String, _ width: Int, _ alignment: Alignment, _ tone: TerminalStyle.Tone?
        ) -> String {
            let space = String(repeating: " ", count: max(0, width - text.count))
            let shown = style.toned(text, tone)
            return alignment == .left ? shown + space : space + shown
        }
    }
}
