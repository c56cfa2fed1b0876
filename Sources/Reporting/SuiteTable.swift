// The table of a run: one row per target, one column per thing measured, each row against the
// first.
//
// Columns are told apart by metric, workload and conditions, so only comparable numbers share one.
// They stand in sections of one kind and one workload: wall-clock numbers are never beside
// simulated ones. What all columns of a section have in common is said once, above it. Sections and
// columns are in the order in which metrics matter (`Metric.rank`).
//
// This file turns a record into that shape; SuiteTable+Text.swift writes it as text and Markdown,
// HTML/ as a page.
//
// Non-goal: verdicts. A change is a number here; Gate says what it means.
import RunRecord
import Statistics

/// The results of a run, arranged.
public struct SuiteTable: Equatable, Sendable {
    /// Results of one kind under one workload.
    public struct Section: Equatable, Sendable {
        public var kind: Metric.Kind
        public var workload: String?
        /// The conditions that its columns share: those that state them agree, and are most.
        public var conditions: Conditions
        public var columns: [Column]
    }

    public struct Column: Equatable, Sendable {
        public var metric: String
        /// What it is called: the metric's title.
        public var title: String
        /// The conditions that set it apart from its neighbours.
        public var conditions: Conditions
        public var unit: Metric.Unit
        public var better: Metric.Better
        public var scale: Scale
        /// Whether it explains the others: a terminal shows it on demand.
        public var isDetail: Bool
        /// One per target, in the order of ``SuiteTable/targets``; nil where nothing was recorded.
        public var cells: [Cell?]

        /// True where no target has a number.
        var isEmpty: Bool { cells.allSatisfy { $0?.value == nil } }
    }

    public struct Cell: Equatable, Sendable {
        /// The reading; nil where there is none, and then `footnote` is not.
        public var value: Double?
        /// Readings of the rounds.
        public var samples: [Double]
        /// Half the distance between the smallest and the largest sample, as a share.
        public var spread: Double?
        /// Against the first target; nil in its own row, where either is missing, and where effects
        /// are told elsewhere.
        public var change: Change?
        /// Number of the footnote, from 1, that says why there is no reading.
        public var footnote: Int?

        /// Is the change larger than the spreads of both rows together?
        public var isOutsideSpread: Bool
    }

    /// Labels, in the order of the record.
    public var targets: [String]
    public var sections: [Section]
    /// Why readings are missing; footnote n is at n − 1.
    public var footnotes: [String]

    private let tellsChanges: Bool

    public var isEmpty: Bool { sections.isEmpty }

    /// - Parameter tellsChanges: false where paired effects stand beside it: a second, unpaired
    ///   change of the same thing would be another number.
    public init(_ record: RunRecord, tellsChanges: Bool = true) {
        self.tellsChanges = tellsChanges
        targets = (record.targets.map(\.label) + record.results.map(\.target)).distinct()
        let ranks = Ranks(record)
        let ranked = ranks.sorted(record.results)
        footnotes = ranked.filter { $0.value == nil }.compactMap(\.reason).distinct()
        sections = []
        for place in ranked.map(Place.init).distinct() {
            let results = ranked.filter { Place($0) == place }
            let shared = Self.sharedConditions(results)
            let latencies = results.filter { Scale.isShared($0.metric) }.compactMap(\.value)
            var columns: [Column] = []
            for key in results.map(\.key.ofAnyTarget).distinct() {
                let matching = results.filter { $0.key.ofAnyTarget == key }
                var column = self.column(matching, besides: shared, latencies)
                column.isDetail = ranks.isDetail(key.metric)
                columns.append(column)
            }
            sections.append(
                Section(
                    kind: place.kind, workload: place.workload, conditions: shared,
                    columns: Self.withUnits(columns)))
        }
    }

    /// Columns without a number, whose unit would follow from it, take their neighbours' or none.
    private static func withUnits(_ columns: [Column]) -> [Column] {
        columns.enumerated().map { index, column in
            guard column.isEmpty, Scale.varies(column.unit) else { return column }
            let unit = column.unit
            let isLike = { (other: Column) in other.unit == unit && !other.isEmpty }
            let neighbour =
                columns[..<index].last(where: isLike) ?? columns[index...].first(where: isLike)
            var column = column
            if let neighbour {
                column.scale = neighbour.scale
            } else {
                column.scale.unit = ""
            }
            return column
        }
    }

    /// Where a result goes: the section.
    private struct Place: Hashable {
        var kind: Metric.Kind
        var workload: String?

        init(_ result: RunRecord.Result) {
            kind = result.kind
            workload = result.workload
        }
    }

    /// Conditions on which all agree that state them, and most do: a stall has no number of
    /// connections. What tells results of one metric apart is none of them.
    private static func sharedConditions(_ results: [RunRecord.Result]) -> Conditions {
        var values: [String: Set<ConditionValue>] = [:]
        for result in results {
            for (key, value) in result.conditions { values[key, default: []].insert(value) }
        }
        let metrics = Dictionary(grouping: results, by: \.metric).values
        var shared: Conditions = [:]
        for (key, found) in values where found.count == 1 {
            let stated = results.count { $0.conditions[key] != nil }
            let tellsApart = metrics.contains { some in
                let own = some.count { $0.conditions[key] != nil }
                return own > 0 && own < some.count
            }
            if stated * 2 > results.count && !tellsApart { shared[key] = found.first }
        }
        return shared
    }

    /// - Parameter latencies: of the section, which have one unit.
    private func column(
        _ results: [RunRecord.Result], besides shared: Conditions, _ latencies: [Double]
    ) -> Column {
        let first = results[0]
        let own = first.conditions.filter { shared[$0.key] == nil }
        var cells = targets.map { target in
            results.first { $0.target == target }.map(cell)
        }
        if tellsChanges, let base = cells.first ?? nil {
            compare(&cells, with: base, first)
        }
        return Column(
            metric: first.metric, title: Metric.named(first.metric)?.title ?? first.metric,
            conditions: own, unit: first.unit, better: first.better,
            scale: Scale(
                first.unit, values: results.compactMap(\.value),
                with: Scale.isShared(first.metric) ? latencies : []),
            isDetail: false, cells: cells)
    }

    private func cell(_ result: RunRecord.Result) -> Cell {
        let readings = result.readings
        return Cell(
            value: result.value, samples: readings,
            spread: Change.carriesShare(result.value ?? 0, of: result.metric, unit: result.unit)
                ? Descriptive.relativeSpread(readings) : nil,
            change: nil,
            footnote: result.value == nil
                ? footnotes.firstIndex(of: result.reason ?? "").map { $0 + 1 } : nil,
            isOutsideSpread: false)
    }

    /// Fills in the changes against the first row.
    /// - Parameter result: one of the column's.
    private func compare(_ cells: inout [Cell?], with base: Cell, _ result: RunRecord.Result) {
        guard let from = base.value else { return }
        let isCounted =
            result.kind == .exact || result.kind == .simulated || result.unit == .bytesPerEntry
        for index in cells.indices.dropFirst() {
            guard let to = cells[index]?.value else { continue }
            let change = Change(from: from, to: to, of: result.metric, unit: result.unit)
            cells[index]?.change = change
            guard case .share(let share) = change else { continue }
            // What was measured once may lie anywhere.
            guard isCounted || (base.spread != nil && cells[index]?.spread != nil) else { continue }
            let noise = (base.spread ?? 0) + (cells[index]?.spread ?? 0)
            cells[index]?.isOutsideSpread = abs(share) > noise
        }
    }

    /// What must be known to read the numbers, besides why some are missing.
    public var notes: [String] { Self.notes(sections.flatMap(\.columns)) }

    static func notes(_ columns: [Column]) -> [String] {
        let hasAbovePing = columns.contains { $0.metric.hasSuffix(Metric.abovePingSuffix) }
        return (columns.contains(where: \.hasSpread) ? [spreadNote] : [])
            + (hasAbovePing ? [abovePingNote] : [])
    }

    static let spreadNote = "±: half the range of the rounds, over their median"

    static let abovePingNote =
        "above PING: less what as many PINGs take on the same server; what is left is the command "
        + "and its table, without the event loop and the sockets"
}
