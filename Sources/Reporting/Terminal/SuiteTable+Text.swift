// The table of a run as text and as Markdown.
import RunRecord

extension SuiteTable {
    /// The table for a terminal.
    /// - Parameter width: characters in a line; sections that are wider go on below, and one
    ///   column is shown however narrow that is.
    public func text(width: Int = 100) -> String {
        var blocks: [String] = []
        for section in sections {
            var heading = self.heading(section) + "\n"
            for table in tables(section, width: width) {
                blocks.append(heading + table.text())
                heading = ""
            }
        }
        let notes =
            footnotes.enumerated().map { "[\($0 + 1)] \(printable($1))\n" }.joined()
            + self.notes.map { $0 + "\n" }.joined()
        if !notes.isEmpty { blocks.append(notes) }
        return blocks.joined(separator: "\n")
    }

    /// The same in GitHub's Markdown.
    public func markdown() -> String {
        var blocks: [String] = []
        for section in sections {
            for table in tables(section, width: .max) {
                blocks.append("**\(markdownEscaped(heading(section)))**\n\n" + table.markdown())
            }
        }
        let notes =
            footnotes.enumerated().map { "\\[\($0 + 1)\\] \(markdownEscaped($1))  \n" }
            + self.notes.map { markdownEscaped($0) + "  \n" }
        if !notes.isEmpty { blocks.append(notes.joined()) }
        return blocks.joined(separator: "\n")
    }

    /// What a section's numbers are: kind, workload, shared conditions.
    func heading(_ section: Section) -> String {
        var parts = ["\(section.kind.rawValue): \(section.kind.explanation)"]
        if let workload = section.workload { parts.append(workload) }
        if !section.conditions.isEmpty { parts.append(section.conditions.summary) }
        return printable(parts.joined(separator: " · "))
    }

    /// As many columns a table as fit the width.
    private func tables(_ section: Section, width: Int) -> [TextTable] {
        var tables: [TextTable] = []
        var columns: ArraySlice<Column> = []
        for column in section.columns {
            let table = self.table(columns + [column])
            let fits = table.text().split(separator: "\n").allSatisfy { $0.count <= width }
            if !fits && !columns.isEmpty {
                tables.append(self.table(columns))
                columns = []
            }
            columns.append(column)
        }
        return columns.isEmpty ? tables : tables + [table(columns)]
    }

    private func table(_ columns: ArraySlice<Column>) -> TextTable {
        var parts = [TextTable.Column(["target"], .left)]
        for column in columns {
            parts.append(.init(column.heading))
            if column.hasSpread { parts.append(.init([], continues: true)) }
            if column.hasChange { parts.append(.init([], continues: true)) }
        }
        var table = TextTable(parts)
        for (row, target) in targets.enumerated() {
            table.append(
                [target]
                    + columns.flatMap { column in
                        let cell = column.cells[row]
                        var texts = [cell.map(column.text) ?? "–"]
                        if column.hasSpread { texts.append(cell?.spread.map(Scale.spread) ?? "") }
                        if column.hasChange { texts.append(cell?.change?.text(column.scale) ?? "") }
                        return texts
                    })
        }
        return table
    }
}

extension SuiteTable.Column {
    var hasSpread: Bool { cells.contains { $0?.spread != nil } }
    var hasChange: Bool { cells.contains { $0?.change != nil } }

    /// Title, conditions of its own, unit.
    var heading: [String] {
        [title, conditions.summary, scale.unit].filter { !$0.isEmpty }
    }

    /// The number, or `n/a` with its footnote.
    func text(_ cell: SuiteTable.Cell) -> String {
        cell.value.map(scale.number) ?? "n/a" + (cell.footnote.map { " [\($0)]" } ?? "")
    }
}

extension Metric.Kind {
    /// What numbers of this kind are worth, in a few words.
    var explanation: String {
        switch self {
        case .wall: "by the clock"
        case .cpu: "CPU time as the scheduler accounts for it"
        case .exact: "counted, the same on every run with the same seed"
        case .hardware: "counted by the processor"
        case .software: "counted by the kernel or by the server itself"
        case .simulated: "counted by a model of the caches"
        default: "of a kind that this version does not know"
        }
    }
}
