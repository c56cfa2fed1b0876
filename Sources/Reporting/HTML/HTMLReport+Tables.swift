// The headline table: the sections of the suite table, with changes coloured where they exceed the
// spread of both rows.
import RunRecord

extension HTMLReport {
    var tables: HTML {
        guard !table.sections.isEmpty else {
            return "<section id=\"results\"><h2>Results</h2><p class=\"none\">None.</p></section>\n"
        }
        let notes: HTML =
            table.footnotes.isEmpty
            ? ""
            : "<ol class=\"notes\">\n\(table.footnotes.html { "<li>\($0)</li>\n" })</ol>\n"
        return """
            <section id="results">
            <h2>Results</h2>
            \(table.sections.html(section))\(notes)</section>

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
            let isGood = column.better == .higher ? (change ?? 0) > 0 : (change ?? 0) < 0
            let colour = cell?.isOutsideSpread == true ? (isGood ? " good" : " bad") : ""
            cells += "<td class=\"part\(colour)\">\(change.map(Scale.change) ?? "")</td>"
        }
        return cells
    }
}
