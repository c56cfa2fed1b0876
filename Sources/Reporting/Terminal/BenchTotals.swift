// What `bench` says behind its tests: a row for each, and what is asked of a server first in it.
//
//                        ops/s   hits    p50    p99   p99.9
//     test     ops/s  per core      %     µs     µs      µs    KiB/s
//     GET    512,345   801,233    100   51.2    130     311   29,518
//
// Of several targets each has a row, with its change against the first. Of several commands (a mix)
// each has its part of the requests, and its latencies, below all of them together. Latencies are
// those from the intended send where there is a schedule, and say so. What could not be read has a
// footnote.
//
// Credits: after the table of memtier_benchmark.
import Quantities
import RunRecord
import Statistics

public struct BenchTotals {
    private let results: [RunRecord.Result]
    /// Labels, in the order of the record.
    private let targets: [String]
    private let timing: Metric.Timing

    public init(_ record: RunRecord) {
        // A rate that was searched is no total of a test.
        let results = record.results.filter { $0.conditions["objective"] == nil }
        self.results = results
        targets = record.targets.map(\.label).filter { label in
            results.contains { $0.target == label }
        }
        let isPaced = results.contains { $0.latencyParts?.timing == .intended }
        timing = isPaced ? .intended : .actual
    }

    /// The table for a terminal; empty where no test was measured.
    public func text(_ style: TerminalStyle = .plain) -> String {
        var notes = FootnoteList()
        return table { notes.mark($0) }.map { $0.text(style) + notes.text(style) } ?? ""
    }

    /// Nil where no test was measured.
    /// - Parameter mark: what stands behind an `n/a`, for its reason.
    func table(_ mark: (String) -> String) -> TextTable? {
        let rows = self.rows
        guard !rows.isEmpty else { return nil }
        let compares = targets.count > 1
        let columns = self.columns(rows)
        var heading = [TextTable.Column(["test"], .left)]
        if compares { heading.append(.init(["target"], .left)) }
        for column in columns {
            heading.append(.init(column.heading))
            if compares && column.hasChange { heading.append(.init([], continues: true)) }
        }
        var table = TextTable(heading, names: compares ? 2 : 1)
        for (index, row) in rows.enumerated() {
            var cells = [row.title]
            if compares { cells.append(row.target) }
            for column in columns {
                cells.append(column.cells[index].text(column.scale, mark))
                guard compares && column.hasChange else { continue }
                cells.append(change(column, of: index, among: rows))
            }
            table.append(cells)
        }
        return table
    }

    /// Whether a reading is in one of the rows.
    func tells(_ result: RunRecord.Result) -> Bool {
        guard result.value != nil, result.conditions["objective"] == nil else { return false }
        guard let latency = result.latencyParts else {
            return Self.told.contains { $0.id == result.metric }
        }
        return Self.points.contains(latency.point) && latency.timing == timing
    }

    private static let told: [Metric] = [
        .throughput, .throughputPerCore, .hitRatio, .trafficPerOperation,
    ]

    // MARK: rows

    /// A number, or why there is none.
    private enum Cell {
        case value(Double)
        /// It could not be read, and why.
        case unread(String?)
        /// There is no such thing here.
        case none

        var value: Double? {
            if case .value(let value) = self { value } else { nil }
        }

        func text(_ scale: Scale, _ mark: (String) -> String) -> String {
            switch self {
            case .value(let value): scale.number(value)
            case .unread(let reason): "n/a" + (reason.map(mark) ?? "")
            case .none: "–"
            }
        }
    }

    private struct Row {
        var title: String
        var test: String
        var target: String
        var rate = Cell.none
        var perCore = Cell.none
        var hits = Cell.none
        /// p50, p99, p99.9
        var latencies: [Cell] = []
        /// In KiB per second.
        var traffic = Cell.none

        var cells: [Cell] { [rate, perCore, hits] + latencies + [traffic] }
    }

    private static let points = ["p50", "p99", "p99.9"]

    private var rows: [Row] {
        let tests = results.filter { $0.metric == Metric.throughputPerCore.id }
        return tests.compactMap(\.workload).distinct().flatMap { test in
            targets.flatMap { wholeAndParts(of: test, on: $0) }
        }
    }

    /// The whole of a test, and the commands in it where there are several.
    private func wholeAndParts(of test: String, on target: String) -> [Row] {
        let own = results.filter { $0.workload == test && $0.target == target }
        guard !own.isEmpty else { return [] }
        let commands = own.compactMap { $0.latencyParts?.command }.distinct()
        var whole = Row(title: test, test: test, target: target)
        whole.rate = Self.cell(Metric.throughput.id, in: own)
        whole.perCore = Self.cell(Metric.throughputPerCore.id, in: own)
        whole.hits = Self.cell(Metric.hitRatio.id, in: own)
        whole.latencies = latencies(of: commands.contains("all") ? "all" : commands.first, in: own)
        let bytes = Self.cell(Metric.trafficPerOperation.id, in: own).value
        if let bytes, let rate = whole.rate.value {
            whole.traffic = .value(bytes * rate / ByteCount.perKibibyte)
        }
        let parts = commands.filter { $0 != "all" }
        guard parts.count > 1 else { return [whole] }
        let counts = parts.map { count(of: $0, in: own) }
        let sum: UInt64 = counts.reduce(0) { $0.saturatingSum($1) }
        let total = Double(sum)
        var rows = [whole]
        for (command, count) in zip(parts, counts) {
            var row = Row(title: "  \(command)", test: test, target: target)
            if total > 0, let rate = whole.rate.value {
                row.rate = .value(rate * Double(count) / total)
            }
            row.latencies = latencies(of: command, in: own)
            rows.append(row)
        }
        return rows
    }

    private static func cell(_ metric: String, in results: [RunRecord.Result]) -> Cell {
        guard let result = results.first(where: { $0.metric == metric }) else { return .none }
        return result.value.map { Cell.value($0) } ?? .unread(result.reason)
    }

    private func latencies(of command: String?, in results: [RunRecord.Result]) -> [Cell] {
        Self.points.map { point -> Cell in
            guard let command else { return .none }
            let metric = Metric.latency(command: command, timing: timing, point: point)
            return Self.cell(metric.id, in: results)
        }
    }

    /// Replies to a command, as its distribution of latencies has them.
    private func count(of command: String, in results: [RunRecord.Result]) -> UInt64 {
        let encoded = results.first { $0.latencyParts?.command == command && $0.histogram != nil }
        guard let text = encoded?.histogram else { return 0 }
        return (try? LatencyHistogram(base64V2: text))?.count ?? 0
    }

    // MARK: columns

    private struct Column {
        var heading: [String]
        var scale: Scale
        var cells: [Cell]
        /// Of the metric that changes are told of.
        var metric: Metric?

        var hasChange: Bool { metric != nil }
    }

    private func columns(_ rows: [Row]) -> [Column] {
        func column(
            _ heading: [String], _ unit: Metric.Unit, _ metric: Metric? = nil,
            _ cell: (Row) -> Cell
        ) -> Column {
            let cells = rows.map(cell)
            let scale = Scale(unit, values: cells.compactMap(\.value))
            return Column(heading: heading, scale: scale, cells: cells, metric: metric)
        }
        let rates = [
            column(["ops/s"], .operationsPerSecond, .throughput) { $0.rate },
            column(["ops/s", "per core"], .operationsPerCoreSecond, .throughputPerCore) {
                $0.perCore
            },
            column(["hits", "%"], .ratio) { $0.hits },
        ]
        // One unit for all of them: the eye compares.
        let times = rows.flatMap(\.latencies).compactMap(\.value)
        let scale = Scale(.nanoseconds, values: times)
        let sender = timing == .intended ? ["intended"] : []
        let latencies = Self.points.enumerated().map { index, point in
            Column(
                heading: sender + [point, scale.unit], scale: scale,
                cells: rows.map { $0.latencies[index] })
        }
        return rates + latencies + [column(["KiB/s"], .count) { $0.traffic }]
    }

    /// Against the first target's row of the same title.
    private func change(_ column: Column, of index: Int, among rows: [Row]) -> String {
        let row = rows[index]
        let first = rows.firstIndex { $0.test == row.test && $0.title == row.title }
        guard let metric = column.metric, let first, rows[first].target == targets[0],
            first != index, let from = column.cells[first].value,
            let to = column.cells[index].value
        else { return "" }
        return Change(from: from, to: to, of: metric.id, unit: metric.unit).text(column.scale)
    }
}

extension RunRecord.Result {
    /// Nil of what is no latency.
    var latencyParts: Metric.LatencyParts? { Metric.latencyParts(metric) }
}
