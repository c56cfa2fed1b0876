// The table of a run: one row per target, one column per thing measured, each row against the
// first.
//
// Columns are told apart by metric, workload and conditions, so only comparable numbers share one.
// They stand in sections of one kind and one workload: wall-clock numbers are never beside
// simulated ones. What all columns of a section have in common is said once, above it.
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
        /// The conditions that all its columns share.
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
        /// One per target, in the order of ``SuiteTable/targets``; nil where nothing was recorded.
        public var cells: [Cell?]
    }

    public struct Cell: Equatable, Sendable {
        /// The reading; nil where there is none, and then `footnote` is not.
        public var value: Double?
        /// Readings of the rounds.
        public var samples: [Double]
        /// Half the distance between the smallest and the largest sample, as a share.
        public var spread: Double?
        /// Against the first target, as a share; nil in its own row and where either is missing.
        public var change: Double?
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

    public init(_ record: RunRecord) {
        targets = (record.targets.map(\.label) + record.results.map(\.target)).distinct()
        footnotes = record.results.filter { $0.value == nil }.compactMap(\.reason).distinct()
        sections = []
        for place in Self.places(record.results) {
            let results = record.results.filter { Place($0) == place }
            let shared = Self.sharedConditions(results)
            var columns: [Column] = []
            for key in results.map(ColumnKey.init).distinct() {
                let matching = results.filter { ColumnKey($0) == key }
                columns.append(column(matching, besides: shared))
            }
            sections.append(
                Section(
                    kind: place.kind, workload: place.workload, conditions: shared,
                    columns: columns))
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

    private struct ColumnKey: Hashable {
        var metric: String
        var conditions: Conditions

        init(_ result: RunRecord.Result) {
            metric = result.metric
            conditions = result.conditions
        }
    }

    /// Sections by kind in the order of `Kind.all`, then in the order in which they were recorded.
    private static func places(_ results: [RunRecord.Result]) -> [Place] {
        let places = results.map(Place.init).distinct()
        let kinds = (Metric.Kind.all + places.map(\.kind)).distinct()
        return kinds.flatMap { kind in places.filter { $0.kind == kind } }
    }

    private static func sharedConditions(_ results: [RunRecord.Result]) -> Conditions {
        guard var shared = results.first?.conditions else { return [:] }
        for result in results {
            shared = shared.filter { result.conditions[$0.key] == $0.value }
        }
        return shared
    }

    private func column(_ results: [RunRecord.Result], besides shared: Conditions) -> Column {
        let first = results[0]
        let own = first.conditions.filter { shared[$0.key] == nil }
        var cells = targets.map { target in
            results.first { $0.target == target }.map(cell)
        }
        if let base = cells.first ?? nil { compare(&cells, with: base) }
        return Column(
            metric: first.metric, title: Metric.named(first.metric)?.title ?? first.metric,
            conditions: own, unit: first.unit, better: first.better,
            scale: Scale(first.unit, values: results.compactMap(\.value)), cells: cells)
    }

    private func cell(_ result: RunRecord.Result) -> Cell {
        let readings = result.readings
        return Cell(
            value: result.value, samples: readings,
            spread: Descriptive.relativeSpread(readings), change: nil,
            footnote: result.value == nil
                ? footnotes.firstIndex(of: result.reason ?? "").map { $0 + 1 } : nil,
            isOutsideSpread: false)
    }

    /// Fills in the changes against the first row.
    private func compare(_ cells: inout [Cell?], with base: Cell) {
        guard let from = base.value, from != 0 else { return }
        for index in cells.indices.dropFirst() {
            guard let to = cells[index]?.value else { continue }
            let change = to / from - 1
            let noise = (base.spread ?? 0) + (cells[index]?.spread ?? 0)
            cells[index]?.change = change
            cells[index]?.isOutsideSpread = abs(change) > noise
        }
    }
}
