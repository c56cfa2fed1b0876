// The numbers: a row per target and a column per metric, with changes coloured where they exceed
// the spread of both rows. What was read at several numbers of entries has a row for each of them.
// Tables that are wider than the page scroll in a box of their own.
import Quantities
import RunRecord

extension HTMLReport {
    func tables(_ topic: Metric.Topic) -> HTML {
        // The terminal's tables of tables say what is missing, too.
        guard reading.kind != .tables else { return "" }
        let sections = table.sections(of: topic).map { $0.without(constants) }
        return SuiteTable.blocks(sections) { $0.curves.isEmpty }.html { block in
            guard let section = block.sections.first, !block.hasSeveral else {
                return "\(heading(block))\(wide(block.sections))"
            }
            let curves = section.curves
            let onCurves = curves.flatMap(\.columns)
            var rest = section
            rest.columns.removeAll { onCurves.contains($0) }
            let others: HTML = rest.columns.isEmpty ? "" : wide([rest])
            return "\(heading(block))\(others)\(curves.html(tall))"
        }
    }

    private var table: SuiteTable { reading.table }

    /// Tables as the terminal prints them.
    var told: HTML {
        reading.sections.html { "<h3>\($0.heading)</h3>\n\($0.table.html())" }
    }

    /// Why numbers are missing, and what must be known to read the others.
    var notes: HTML {
        let footnotes = table.footnotes.enumerated().html { index, note in
            "<li id=\"note-\(index + 1)\">\(note)</li>\n"
        }
        let missing: HTML = footnotes.isEmpty ? "" : "<ol class=\"notes\">\n\(footnotes)</ol>\n"
        // The terminal's own tables have spreads, too.
        let spread = reading.kind == .tables ? [SuiteTable.spreadNote] : []
        let rest = (spread + table.notes).distinct()
        return "\(missing)\(rest.html { "<p class=\"facts\">\($0).</p>\n" })"
    }

    private func heading(_ block: SuiteTable.Block) -> HTML {
        guard let section = block.sections.first else { return "" }
        let name = block.hasSeveral ? "\(block.sections.count) loads" : section.workload ?? ""
        let about = [section.kind.rawValue, block.hasSeveral ? "" : section.conditions.words]
            .filter { !$0.isEmpty }
        return """
            <h3 title="\(section.kind.explanation)">\(name) \
            <small>\(about.joined(separator: " · "))</small></h3>

            """
    }

    // MARK: a column per metric

    /// - Parameter sections: with the same columns; of several the rows say which.
    private func wide(_ sections: [SuiteTable.Section]) -> HTML {
        let columns = sections.first?.columns ?? []
        let parts = columns.indices.map { index in
            CellParts(of: sections.map { $0.columns[index] })
        }
        let heads = columns.indices.html { head(columns[$0], parts[$0]) }
        let rows = sections.html { section in
            let about: HTML = sections.count > 1 ? load(section) : ""
            return table.targets.indices.html { row in
                """
                <tr><th class="name">\(swatch(table.targets[row]))\
                \(HTML.breakable(table.targets[row]))\(about)</th>\
                \(section.columns.indices.html { index in
                    cells(section.columns[index], row, parts[index])
                })</tr>

                """
            }
        }
        return """
            <div class="scroll"><table>
            <thead><tr><th class="name">target</th>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }

    /// Under which workload a row was read.
    private func load(_ section: SuiteTable.Section) -> HTML {
        let words = [section.workload ?? "", section.conditions.words].filter { !$0.isEmpty }
        return "<small>\(words.joined(separator: " · "))</small>"
    }

    private func head(_ column: SuiteTable.Column, _ parts: CellParts) -> HTML {
        let meaning = Metric.named(column.metric)?.meaning ?? column.metric
        let small = [column.conditions.words, column.scale.shownUnit].filter { !$0.isEmpty }
        return """
            <th colspan="\(parts.count)" title="\(meaning)">\(column.title)\
            \(small.html { "<small>\($0)</small>" })</th>
            """
    }

    // MARK: a row per number of entries

    private func tall(_ curve: Curve) -> HTML {
        let parts = CellParts(of: curve.columns)
        let heads = table.targets.html { target in
            """
            <th colspan="\(parts.count)">\(swatch(target))\(HTML.breakable(target))</th>
            """
        }
        let rows = curve.points.html { point in
            """
            <tr><th class="name" title="\(point.column.conditions.summary)">\
            \(point.x.grouped(0))</th>\
            \(table.targets.indices.html { cells(point.column, $0, parts) })</tr>

            """
        }
        let small = [
            parts.haveUnits ? "" : curve.columns[0].scale.shownUnit, curve.conditions.words,
        ].filter { !$0.isEmpty }
        return """
            <p class="caption"><b>\(curve.title)</b> \
            <small>\(small.joined(separator: ", "))</small></p>
            <div class="scroll"><table>
            <thead><tr><th class="name">\(curve.variable.title)</th>\(heads)</tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }

    // MARK: cells

    private func cells(_ column: SuiteTable.Column, _ row: Int, _ parts: CellParts) -> HTML {
        let cell = column.cells[row]
        var cells: HTML
        if let value = cell?.value {
            let text = parts.haveUnits ? column.scale.text(value) : column.scale.number(value)
            cells = "<td>\(text)</td>"
        } else if let cell {
            let mark: HTML =
                cell.footnote.map { "<sup><a href=\"#note-\($0)\">\($0)</a></sup>" } ?? ""
            cells = "<td class=\"none\">n/a\(mark)</td>"
        } else {
            cells = "<td class=\"none\">–</td>"
        }
        if parts.haveSpread {
            cells += "<td class=\"part\">\(cell?.spread.map(Scale.spread) ?? "")</td>"
        }
        if parts.haveChange {
            let change = cell?.change
            let isGood = change?.isRise == (column.better == .higher)
            let colour = cell?.isOutsideSpread == true ? (isGood ? " good" : " bad") : ""
            cells += "<td class=\"part\(colour)\">\(change?.text(column.scale) ?? "")</td>"
        }
        return cells
    }
}

/// What stands beside each number of some columns.
private struct CellParts {
    let haveSpread: Bool
    let haveChange: Bool
    /// Where units differ from row to row, each number has its own.
    let haveUnits: Bool

    init(of columns: [SuiteTable.Column]) {
        haveSpread = columns.contains(where: \.hasSpread)
        haveChange = columns.contains(where: \.hasChange)
        haveUnits = Set(columns.map(\.scale.unit)).count > 1
    }

    var count: Int { 1 + (haveSpread ? 1 : 0) + (haveChange ? 1 : 0) }
}

extension Scale {
    /// The unit; none of a bare number.
    var shownUnit: String { unit == Metric.Unit.count.rawValue ? "" : unit }
}

extension TextTable {
    /// The table as a page shows it.
    func html() -> HTML {
        """
        <div class="scroll"><table>
        <thead><tr>\(groups.html { group in
            let first = group.lowerBound
            let isText = columns[first].alignment == .left
            let name: HTML = first == 0 ? " class=\"name\"" : isText ? " class=\"text\"" : ""
            let heading = columns[first].heading.filter { !$0.isEmpty }
            let small = heading.dropFirst().html { "<small>\($0)</small>" }
            return """
                <th\(name) colspan="\(group.count)">\(heading.first ?? "")\(small)</th>
                """
        })</tr></thead>
        <tbody>
        \(rows.indices.html { row in
            "<tr>\(columns.indices.html { cell(row, $0) })</tr>\n"
        })</tbody>
        </table></div>

        """
    }

    /// The first column names the row and stays where the others scroll.
    private func cell(_ row: Int, _ index: Int) -> HTML {
        let text = rows[row][index]
        if index == 0 { return "<th class=\"name\">\(text)</th>" }
        var classes: [String] = []
        if columns[index].alignment == .left { classes.append("text") }
        if columns[index].continues { classes.append("part") }
        if tones[row][index] == .good { classes.append("good") }
        if tones[row][index] == .bad { classes.append("bad") }
        let joined = classes.joined(separator: " ")
        return joined.isEmpty ? "<td>\(text)</td>" : "<td class=\"\(joined)\">\(text)</td>"
    }
}
