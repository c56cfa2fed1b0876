// Simulated counts as a text table: one block per size and counter.

import Counters

extension BenchText {
    public static func render(_ results: [SimulatedResult]) -> String {
        var lines: [String] = []
        for entries in unique(results.map(\.entries)) {
            let rows = results.filter { $0.entries == entries }
            for counter in SimulatedBench.counters {
                lines += block(rows, counter, entries) + [""]
            }
        }
        lines.removeLast(lines.isEmpty ? 0 : 1)
        return lines.joined(separator: "\n")
    }

    private static func block(
        _ rows: [SimulatedResult], _ counter: Counter, _ entries: Int
    ) -> [String] {
        let tables = unique(rows.map(\.table))
        var lines = [heading("\(entries) entries: \(counter.title) per operation", tables)]
        for operation in unique(rows.map(\.operation)) {
            let cells = tables.map { table -> String in
                let row = rows.first { $0.table == table && $0.operation == operation }
                return row?.perOperation[counter].map(number) ?? "–"
            }
            lines.append(line(operation.description, cells))
        }
        return lines
    }
}
