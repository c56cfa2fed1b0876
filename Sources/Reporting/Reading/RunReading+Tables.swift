// How a run of `tables` is read: operations down, tables across; the median with half the range
// beside it, and the change against the first table.
import Quantities
import RunRecord
import Statistics

struct TablesReading {
    private let results: [RunRecord.Result]
    private let targets: [String]
    private let footnotes: Footnotes

    init(_ record: RunRecord, _ footnotes: Footnotes) {
        results = record.results
        targets = record.results.map(\.target).distinct()
        self.footnotes = footnotes
    }

    var sections: [ReadingSection] { costs + counts + curve + growth }

    // MARK: operations

    /// CPU time and memory, a section per number of entries.
    private var costs: [ReadingSection] {
        let timed = results.filter { $0.metric.hasPrefix("table_cpu_ns_per_op/") }
        return timed.compactMap(\.conditions.entries).distinct().map { entries in
            var section = Rows(targets, footnotes)
            section.add(timed.filter { $0.conditions.entries == entries }) { $0.operationName }
            let sizes = results.filter { $0.conditions.entries == entries && Self.isSize($0) }
            section.add(sizes) { $0.titleWithUnit }
            return section.named("\(Self.count(entries)) entries: CPU time per operation, in ns")
        }
    }

    /// Simulated counts, a section per number of entries and counter.
    private var counts: [ReadingSection] {
        let counted = results.filter { $0.metric.hasPrefix("table_sim_") }
        return counted.compactMap(\.conditions.entries).distinct().flatMap { entries in
            let some = counted.filter { $0.conditions.entries == entries }
            return some.map(\.counterID).distinct().map { id in
                var section = Rows(targets, footnotes)
                section.add(some.filter { $0.counterID == id }) { $0.operationName }
                let title = Metric.named(id)?.title ?? id
                return section.named("\(Self.count(entries)) entries: \(title) per operation")
            }
        }
    }

    private static let sizes: [Metric] = [
        .memoryPerEntry(.sizeClass), .memoryPerEntry(.requested), .allocationsPerEntry, .loadFactor,
    ]

    private static func isSize(_ result: RunRecord.Result) -> Bool {
        sizes.contains { $0.id == result.metric }
    }

    // MARK: curve

    /// Every third of eight points per doubling meets all phases of the saw-tooth in turn; the
    /// record and the page have every point.
    private static let curveStep = 3

    private var curve: [ReadingSection] {
        let operations = Set(
            results.filter { $0.metric.hasPrefix("table_") }.compactMap(\.conditions.entries))
        let points = results.filter {
            $0.metric == Metric.memoryPerEntry(.sizeClass).id && $0.value != nil
                && !operations.contains($0.conditions.entries ?? -1)
        }
        guard !points.isEmpty else { return [] }
        var section = Rows(targets, footnotes)
        let scale = Scale(.bytesPerEntry, values: points.compactMap(\.value))
        let counts = points.compactMap(\.conditions.entries).distinct()
        for (index, entries) in counts.enumerated() where index % Self.curveStep == 0 {
            section.add(
                Self.count(entries), scale,
                targets.map { target in
                    points.first { $0.target == target && $0.conditions.entries == entries }?.value
                })
        }
        for (title, isMost) in [("least", false), ("most", true)] {
            section.add(
                title, scale,
                targets.map { target in
                    let values = points.filter { $0.target == target }.compactMap(\.value)
                    return isMost ? values.max() : values.min()
                })
        }
        return [section.named("bytes per entry, in size classes, by the number of entries")]
    }

    // MARK: growth

    private var growth: [ReadingSection] {
        let some = results.filter {
            $0.metric.hasPrefix("growth_") || $0.metric == Metric.pageFaultTime.id
        }
        guard let first = some.first?.conditions.entries else { return [] }
        var section = Rows(targets, footnotes)
        section.add(some.filter { $0.growthPhase == nil }) { $0.titleWithUnit }
        for (phase, words) in Self.phases {
            for (metric, what) in [
                (Metric.growthStallMax(phase), "longest insert ()"),
                (.growthInsertMean(phase), "mean insert ()"),
                (.growthInserts(phase), "number of inserts"),
                (.growthStallFaults(phase), "page faults in the longest"),
            ] {
                section.add(some.filter { $0.metric == metric.id }) { _ in "\(words): \(what)" }
            }
        }
        return [
            section.named(
                "single inserts across a doubling, from \(Self.count(first)) to "
                    + "\(Self.count(first * 2)) entries")
        ]
    }

    /// In the order of a doubling.
    private static let phases: [(Metric.GrowthPhase, String)] = [
        (.atRest, "at rest"), (.starts, "allocates the new array"), (.rehashes, "moves a chain"),
        (.ends, "frees the old array"),
    ]

    private static func count(_ entries: Double) -> String { entries.grouped(0) }

    // MARK: rows

    /// Rows under way: a title, and per table number, spread and change.
    private struct Rows {
        private let targets: [String]
        private let footnotes: Footnotes
        private var rows: [(cells: [String], tones: [Int: TerminalStyle.Tone])] = []

        init(_ targets: [String], _ footnotes: Footnotes) {
            self.targets = targets
            self.footnotes = footnotes
        }

        /// A row for each title that the results have, in their order.
        mutating func add(
            _ results: [RunRecord.Result], title: (RunRecord.Result) -> String
        ) {
            for name in results.map(title).distinct() {
                let row = targets.map { target in
                    results.first { $0.target == target && title($0) == name }
                }
                guard let any = row.compactMap(\.self).first else { continue }
                let values = row.compactMap { $0?.value }
                let scale = Scale(any.unit, values: values)
                // The unit would follow from a number.
                let hasNoUnit = values.isEmpty && Scale.varies(any.unit)
                let heading = hasNoUnit ? name.replacing(" ()", with: "") : name
                var cells = [heading.replacing("()", with: "(\(scale.unit))")]
                var tones: [Int: TerminalStyle.Tone] = [:]
                for result in row {
                    cells.append(footnotes.text(result, scale))
                    let spread = result.flatMap { Descriptive.relativeSpread($0.readings) }
                    cells.append(result?.value == nil ? "" : spread.map(Scale.spread) ?? "")
                    tones[cells.count] = tone(any, row[0], result)
                    cells.append(change(row[0], result, scale))
                }
                rows.append((cells, tones))
            }
        }

        /// A row of numbers that are what they are: nothing was measured several times.
        mutating func add(_ title: String, _ scale: Scale, _ values: [Double?]) {
            let numbers = values.flatMap { [$0.map(scale.number) ?? "–", "", ""] }
            rows.append(([title] + numbers, [:]))
        }

        /// Against the first table.
        private func change(
            _ first: RunRecord.Result?, _ result: RunRecord.Result?, _ scale: Scale
        ) -> String {
            guard let first, let result, first.target != result.target, let from = first.value,
                let to = result.value
            else { return "" }
            return Change(from: from, to: to, of: result.metric, unit: result.unit).text(scale)
        }

        /// Of a change that is beyond both spreads; what was measured once may lie anywhere.
        private func tone(
            _ any: RunRecord.Result, _ first: RunRecord.Result?, _ result: RunRecord.Result?
        ) -> TerminalStyle.Tone? {
            guard let first, let result, let from = first.value, let to = result.value, from > 0,
                from != to
            else { return nil }
            let spreads = [first, result].map { Descriptive.relativeSpread($0.readings) }
            let isCounted = any.kind == .exact || any.kind == .simulated
            guard isCounted || !spreads.contains(nil) else { return nil }
            let noise = spreads.compactMap(\.self).reduce(0, +)
            guard abs(to / from - 1) > noise else { return nil }
            return (to > from) == (any.better == .higher) ? .good : .bad
        }

        func named(_ heading: String) -> ReadingSection {
            var table = TextTable(
                [.init([], .left)]
                    + targets.flatMap {
                        [
                            TextTable.Column([$0]), .init([], continues: true),
                            .init([], continues: true),
                        ]
                    })
            for row in rows { table.append(row.cells, tones: row.tones) }
            return ReadingSection(heading: heading, table: table)
        }
    }
}

extension RunRecord.Result {
    /// `longest stall ()`: the unit follows from the row's numbers.
    fileprivate var titleWithUnit: String {
        let title = Metric.named(metric)?.title ?? metric
        return unit == .count || unit == .entriesPerPlace ? title : "\(title) ()"
    }

    /// `find-hit/16`, `find-25%/1`, `insert`.
    fileprivate var operationName: String {
        let name = metric.split(separator: "/").last.map(String.init) ?? metric
        guard case .number(let percent)? = conditions["hit_percent"],
            case .number(let depth)? = conditions["batch"]
        else { return name }
        let share = percent == 100 ? "hit" : percent == 0 ? "miss" : "\(percent.plainText)%"
        return "\(name)-\(share)/\(Int(depth))"
    }

    /// Of `table_sim_ll_read_misses_per_op/find`: `sim_ll_read_misses_per_op`.
    fileprivate var counterID: String {
        String(metric.dropFirst("table_".count).prefix { $0 != "/" })
    }

    fileprivate var growthPhase: String? {
        guard !metric.hasPrefix("growth_insert_ns/") else { return nil }
        let parts = metric.split(separator: "/")
        return parts.count == 2 ? String(parts[1]) : nil
    }
}
