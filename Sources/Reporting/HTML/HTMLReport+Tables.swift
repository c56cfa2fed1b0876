// The headline table: the sections of the suite table, with changes coloured where they exceed the
// spread of both rows.
import RunRecord

extension HTMLReport {
    var tables: HTML {
        let told: HTML = reading.sections.html { "<h3>\($0.heading)</h3>\n\($0.table.html())" }
        let isTold = !reading.sections.isEmpty || reading.comparison?.rows.isEmpty == false
        if table.isEmpty && isTold && reading.sections.isEmpty { return "" }
        let none: HTML = table.isEmpty && !isTold ? "<p class=\"none\">None.</p>" : ""
        let notes: HTML =
            table.footnotes.isEmpty
            ? ""
            : "<ol class=\"notes\">\n\(table.footnotes.html { "<li>\($0)</li>\n" })</ol>\n"
        let explained: HTML = table.notes.html { "<p class=\"facts\">\($0).</p>\n" }
        return """
            <section id="results">
            <h2>Results</h2>
            \(none)\(told)\(table.sections.html(section))\(notes)\(explained)</section>

            """
    }

    private func section(_ section: SuiteTable.Section) -> HTML {
        """
        \(heading(section))<div class="scroll"><table>
        <thead><tr><th class="name">target</th>\(section.columns.html(heading))</tr></thead>
        <tbody>
        \(table.targets.indices.html { row in
            """
            <tr><th class="name">\(swatch(table.targets[row]))\(table.targets[row])</th>\
            \(section.columns.html { cells($0, row: row) })</tr>

            """
        })</tbody>
        </table></div>

        """
    }

    func heading(_ section: SuiteTable.Section) -> HTML {
        let about = [section.kind.explanation, section.workload, section.conditions.summary]
            .compactMap(\.self).filter { !$0.isEmpty }
        return """
            <h3>\(section.kind.rawValue) <small>\(about.joined(separator: " · "))</small></h3>

            """
    }

    private func heading(_ column: SuiteTable.Column) -> HTML {
        let meaning = Metric.named(column.metric)?.meaning ?? column.metric
        let span = 1 + (column.hasSpread ? 1 : 0) + (column.hasChange ? 1 : 0)
        return """
            <th colspan="\(span)" title="\(meaning)">\(column.title)\
            \(column.heading.dropFirst().html { "<small>\($0)</small>" })</th>
            """
    }

    private func cells(_ column: SuiteTable.Column, row: Int) -> HTML {
        let cell = column.cells[row]
        var cells: HTML
        if let value = cell?.value {
            cells = "<td>\(column.scale.number(value))</td>"
        } else if let cell {
            let mark: HTML = cell.footnote.map { "<sup>\($0)</sup>" } ?? ""
            cells = "<td class=\"none\">n/a\(mark)</td>"
        } else {
            cells = "<td class=\"none\">–</td>"
        }
        if column.hasSpread {
            cells += "<td class=\"part\">\(cell?.spread.map(Scale.spread) ?? "")</td>"
        }
        if column.hasChange {
            let change = cell?.change
            let isGood = change?.isRise == (column.better == .higher)
            let colour = cell?.isOutsideSpread == true ? (isGood ? " good" : " bad") : ""
            cells += "<td class=\"part\(colour)\">\(change?.text(column.scale) ?? "")</td>"
        }
        return cells
    }
}

extension TextTable {
    /// The table as a page shows it.
    func html() -> HTML {
        """
        <div class="scroll"><table>
        <thead><tr>\(groups.html { group in
            let column = columns[group.lowerBound]
            let name: HTML = column.alignment == .left ? " class=\"name\"" : ""
            let heading = column.heading.joined(separator: " ")
            return "<th\(name) colspan=\"\(group.count)\">\(heading)</th>"
        })</tr></thead>
        <tbody>
        \(rows.html { row in
            "<tr>\(columns.indices.html { cell(row[$0], columns[$0]) })</tr>\n"
        })</tbody>
        </table></div>

        """
    }

    private func cell(_ text: String, _ column: Column) -> HTML {
        if column.alignment == .left { return "<th class=\"name\">\(text)</th>" }
        return column.continues ? "<td class=\"part\">\(text)</td>" : "<td>\(text)</td>"
    }
}
