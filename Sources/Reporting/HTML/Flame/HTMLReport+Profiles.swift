// Where time went: a flame graph of each profile with a table of its functions, and of two the
// graph of their difference with the changes of functions.
import Quantities
import RunRecord

extension HTMLReport {
    /// Whether a graph is on the page: it comes with styles and a script of its own.
    var hasFlames: Bool { ProfileReading(record).groups.contains(where: \.isDeep) }

    /// A graph and a table for each profile; functions without callers have a table alone.
    var functions: HTML {
        ProfileReading(record).groups.enumerated().html { index, group -> HTML in
            let graph = group.isDeep ? FlameGraph(group, id: "flame-\(index)") : nil
            return """
                <h3>\(swatch(group.profile.target))\(group.heading)</h3>
                \(graph.map(drawn) ?? "")\(table(of: group, graph))\
                \(facts(group.profile.quality.sentences))
                """
        }
    }

    /// Changes of functions between two profiles.
    var functionChanges: HTML {
        DifferenceReading.all(record).enumerated().html { index, reading -> HTML in
            let isDeep = reading.candidate.stacks.contains { $0.count > 1 }
            let graph = isDeep ? FlameGraph(reading, id: "flame-change-\(index)") : nil
            return """
                <h3>\(swatch(reading.candidate.target))\(reading.heading)</h3>
                \(graph.map(drawn) ?? "")\(table(of: reading, graph))\(facts(reading.notes))
                """
        }
    }

    private func drawn(_ graph: FlameGraph) -> HTML {
        do throws(RunRecordError) {
            return try graph.html()
        } catch {
            return "<p class=\"facts\">\("\(error)")</p>\n"
        }
    }

    private func facts(_ sentences: [String]) -> HTML {
        sentences.html { "<p class=\"facts\">\($0).</p>\n" }
    }

    // MARK: tables

    /// With a bar as long as the share.
    private func table(of group: ProfileReading.Group, _ graph: FlameGraph?) -> HTML {
        let numbers = self.numbers(graph)
        let rows = group.rows.html { row -> HTML in
            let share = max(0, min(1, group.scale.share(row.own)))
            return self.row(
                group.cells(row), numbers[row.name], tone: nil,
                """
                <td class="text"><i class="bar s\(series(group.profile.target))" \
                style="width:\(share * 100)%"></i></td>
                """)
        }
        return table(group.headings, "<th class=\"text\"></th>", rows)
    }

    private func table(of reading: DifferenceReading, _ graph: FlameGraph?) -> HTML {
        let numbers = self.numbers(graph)
        let rows = reading.difference.functions.html { function -> HTML in
            let change = function.change
            let tone = change.isDistinct ? (change.size > 0 ? "bad" : "good") : nil
            return row(reading.cells(function), numbers[function.name], tone: tone, "")
        }
        return table(reading.headings, "", rows)
    }

    /// Functions as the script knows them.
    private func numbers(_ graph: FlameGraph?) -> [StackProfile.FunctionName: Int] {
        let functions = graph?.functions ?? []
        return Dictionary(uniqueKeysWithValues: functions.enumerated().map { ($1, $0) })
    }

    private func table(_ headings: [String], _ last: HTML, _ rows: HTML) -> HTML {
        let head = headings.enumerated().html { index, heading -> HTML in
            switch index {
            case 0: "<th class=\"name\">\(heading)</th>"
            case 1: "<th class=\"text\">\(heading)</th>"
            default: "<th>\(heading)</th>"
            }
        }
        return """
            <div class="scroll functions"><table>
            <thead><tr>\(head)\(last)</tr></thead>
            <tbody>
            \(rows)</tbody>
            </table></div>

            """
    }

    /// - Parameters:
    ///   - function: its number in the graph above.
    ///   - tone: of the change, the fifth cell.
    private func row(
        _ cells: [String], _ function: Int?, tone: String?, _ last: HTML
    ) -> HTML {
        let number: HTML = function.map { " data-function=\"\($0)\"" } ?? ""
        let columns = cells.enumerated().html { index, cell -> HTML in
            switch index {
            case 0: "<th class=\"name\"\(number)>\(HTML.breakable(cell))</th>"
            case 1: "<td class=\"text\">\(cell)</td>"
            case 4 where tone != nil: "<td class=\"\(tone ?? "")\">\(cell)</td>"
            default: "<td>\(cell)</td>"
            }
        }
        return "<tr>\(columns)\(last)</tr>\n"
    }
}
