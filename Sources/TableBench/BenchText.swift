// Results as a text table: operations down, tables across, the median with half the range beside it.

import Statistics

public enum BenchText {
    public static func render(_ results: BenchResults) -> String {
        var lines: [String] = []
        for entries in unique(results.operations.map(\.entries)) {
            lines += operations(results, entries) + [""]
        }
        if !results.curve.isEmpty { lines += curve(results.curve) + [""] }
        if !results.growth.isEmpty { lines += growth(results.growth) + [""] }
        lines += results.warnings.map { "warning: \($0)" }
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    private static func operations(_ results: BenchResults, _ entries: Int) -> [String] {
        let rows = results.operations.filter { $0.entries == entries }
        let tables = unique(rows.map(\.table))
        var lines = [heading("\(entries) entries: CPU ns per operation", tables)]
        for operation in unique(rows.map(\.operation)) {
            let cells = tables.map { table -> String in
                let row = rows.first { $0.table == table && $0.operation == operation }
                guard let row, let median = Descriptive.median(row.samples) else { return "–" }
                let spread = Descriptive.relativeSpread(row.samples)
                return number(median) + (spread.map { " ±\(Int(($0 * 100).rounded())) %" } ?? "")
            }
            lines.append(line(operation.description, cells))
        }
        let memory = results.memory.filter { $0.entries == entries }
        func add(_ title: String, _ value: (MemoryResult) -> Double) {
            let cells = tables.map { table in
                memory.first { $0.table == table }.map { number(value($0)) } ?? "–"
            }
            lines.append(line(title, cells))
        }
        add("B/entry, size classes") { $0.classPerEntry }
        add("B/entry, requested") { $0.requestedPerEntry }
        add("allocations per entry") { $0.allocationsPerEntry }
        add("load factor") { $0.loadFactor }
        return lines
    }

    private static func curve(_ curve: [MemoryResult]) -> [String] {
        let tables = unique(curve.map(\.table))
        var lines = [heading("bytes per entry (size classes)", tables)]
        // Every third of eight points per doubling meets all phases of the sawtooth in turn; the
        // record has every point.
        for (i, entries) in unique(curve.map(\.entries)).enumerated() where i % 3 == 0 {
            let cells = tables.map { table in
                curve.first { $0.table == table && $0.entries == entries }
                    .map { number($0.classPerEntry) } ?? "–"
            }
            lines.append(line("\(entries)", cells))
        }
        for (title, pick) in [("least", false), ("most", true)] {
            let cells = tables.map { table -> String in
                let values = curve.filter { $0.table == table }.map(\.classPerEntry)
                return (pick ? values.max() : values.min()).map(number) ?? "–"
            }
            lines.append(line(title, cells))
        }
        return lines
    }

    private static func growth(_ growth: [GrowthResult]) -> [String] {
        let tables = growth.map(\.table)
        var lines = [heading("ns of an insert across a doubling", tables)]
        func add(_ title: String, _ value: (GrowthResult) -> String) {
            lines.append(line(title, growth.map(value)))
        }
        add("p50") { number($0.p50) }
        add("p99") { number($0.p99) }
        add("p99.99") { number($0.p9999) }
        add("longest") { number($0.longest) }
        add("longest, interruptions in") { number($0.longestRaw) }
        add("page faults per 1000") { number($0.faultsPerThousand) }
        for phase in GrowthPhase.allCases {
            func of(_ result: GrowthResult) -> GrowthResult.Phase? {
                result.phases.first { $0.phase == phase }
            }
            add("\(phase): longest") { of($0).map { number($0.longest) } ?? "–" }
            add("  mean of how many") {
                of($0).map { "\(number($0.mean)) of \($0.inserts)" } ?? "–"
            }
            add("  faults of the longest") { result in
                guard let faults = of(result)?.faultsOfLongest else { return "–" }
                let cost = Double(faults) * result.nanosecondsPerFault
                return faults == 0 ? "0" : "\(faults), about \(number(cost))"
            }
        }
        return lines
    }

    // MARK: Layout

    private static let titleWidth = 30
    private static let cellWidth = 16

    static func heading(_ title: String, _ tables: [String]) -> String {
        title + "\n" + line("", tables)
    }

    static func line(_ title: String, _ cells: [String]) -> String {
        padded(title, titleWidth, left: true)
            + cells.map { padded($0, cellWidth, left: false) }.joined()
    }

    static func padded(_ text: String, _ width: Int, left: Bool) -> String {
        let gap = String(repeating: " ", count: max(width - text.count, 1))
        return left ? text + gap : gap + text
    }

    /// Three significant digits: more where the number is large, fewer below a hundredth.
    static func number(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        let scale = value >= 10 ? 10.0 : value >= 1 ? 100 : 1_000
        return "\((value * scale).rounded() / scale)"
    }

    static func unique<T: Hashable>(_ values: [T]) -> [T] {
        var seen: Set<T> = []
        return values.filter { seen.insert($0).inserted }
    }
}
