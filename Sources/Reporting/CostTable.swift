// What a workload costs on each target, from two prices.
//
//     cores    = demanded operations per second ÷ throughput per core
//     memory   = demanded entries × bytes per entry
//     cost/h   = cores × price per core-hour + memory in GB × price per GB-hour
//
// One of speed and size is often bought with the other: "14 % faster for 2 % more memory". Prices
// turn that into a sum, and the table says which targets nobody needs to consider at any price:
// those that another one beats in both (they are off the Pareto front).
//
// Non-goals: replicas, headroom, networks. A GB is 10⁹ bytes, as sellers count.
import Quantities
import RunRecord

/// What a machine's parts cost, and how much is asked of it.
public struct Prices: Equatable, Sendable {
    public var perCoreHour: Double
    public var perGBHour: Double
    /// The demand that is priced.
    public var operationsPerSecond: Double
    public var entries: Double

    public init(
        perCoreHour: Double, perGBHour: Double, operationsPerSecond: Double, entries: Double
    ) {
        self.perCoreHour = perCoreHour
        self.perGBHour = perGBHour
        self.operationsPerSecond = operationsPerSecond
        self.entries = entries
    }

    /// What the demand costs per hour.
    func costs(
        operationsPerCoreSecond: Double, bytesPerEntry: Double
    ) -> (cpu: Double, memory: Double) {
        (
            operationsPerSecond / operationsPerCoreSecond * perCoreHour,
            entries * bytesPerEntry / ByteCount.perGigabyte * perGBHour
        )
    }
}

public struct CostTable: Equatable, Sendable {
    public struct Row: Equatable, Sendable {
        public var workload: String
        public var target: String
        public var operationsPerCoreSecond: Double
        public var bytesPerEntry: Double
        public var cpuCost: Double
        public var memoryCost: Double
        /// False where another target of the workload is faster and smaller (or equal in one).
        public var isOnFront: Bool

        public var cost: Double { cpuCost + memoryCost }
    }

    public let prices: Prices
    public let rows: [Row]
    /// The kind of bytes that were priced: `reported`, `class` or `rss`.
    public let memory: String?

    /// Rows for every workload and target with a throughput per core and bytes per entry. Where a
    /// workload has no bytes of its own, those of the largest common count of a memory curve serve.
    public init(_ record: RunRecord, _ prices: Prices) {
        self.prices = prices
        let kinds: [Metric.Memory] = [.reported, .sizeClass, .rss]
        let kind = kinds.first { kind in
            record.results.contains {
                $0.metric == Metric.memoryPerEntry(kind).id && $0.value != nil
            }
        }
        memory = kind?.rawValue
        let speeds = record.results.filter {
            $0.metric == Metric.throughputPerCore.id && $0.value != nil
        }
        var rows: [Row] = []
        for workload in speeds.map({ $0.workload ?? "" }).distinct() {
            var some: [Row] = []
            for target in speeds.map(\.target).distinct() {
                let matching = speeds.filter {
                    $0.target == target && ($0.workload ?? "") == workload
                }
                // Of several stages or conditions, the last is the one with the most behind it.
                guard let speed = matching.last?.value, speed > 0, let kind,
                    let bytes = Self.bytes(record, kind, target, workload)
                else { continue }
                let costs = prices.costs(operationsPerCoreSecond: speed, bytesPerEntry: bytes)
                some.append(
                    Row(
                        workload: workload, target: target, operationsPerCoreSecond: speed,
                        bytesPerEntry: bytes, cpuCost: costs.cpu, memoryCost: costs.memory,
                        isOnFront: true))
            }
            for index in some.indices {
                some[index].isOnFront = !some.contains { $0.beats(some[index]) }
            }
            rows += some
        }
        self.rows = rows
    }

    private static func bytes(
        _ record: RunRecord, _ kind: Metric.Memory, _ target: String, _ workload: String
    ) -> Double? {
        let all = record.results.filter {
            $0.metric == Metric.memoryPerEntry(kind).id && $0.target == target && $0.value != nil
        }
        let own = all.filter { $0.workload == workload }
        func entries(_ result: RunRecord.Result) -> Double {
            if case .number(let count)? = result.conditions["entries"] { count } else { 0 }
        }
        return (own.isEmpty ? all : own).max { entries($0) < entries($1) }?.value
    }

    /// The table, and a sentence per target against the first of its workload.
    public func text(_ style: TerminalStyle = .plain) -> String {
        guard !rows.isEmpty else {
            return "costs: no target has both throughput per core and bytes per entry\n"
        }
        let columns: [TextTable.Column] = [
            .init(["workload"], .left), .init(["target"], .left), .init(["per core", "ops/s"]),
            .init(["memory", "B/entry"]), .init(["CPU", "per h"]), .init(["memory", "per h"]),
            .init(["cost", "per h"]), .init([], continues: true), .init(["Pareto"], .left),
        ]
        var table = TextTable(columns, names: 2)
        for row in rows {
            let first = rows.first { $0.workload == row.workload }!
            table.append([
                row.workload, row.target, row.operationsPerCoreSecond.grouped(0),
                row.bytesPerEntry.grouped(2), money(row.cpuCost),
                money(row.memoryCost), money(row.cost),
                row.target == first.target ? "" : (row.cost / first.cost - 1).changeText,
                row.isOnFront ? "on the front" : "beaten in both",
            ])
        }
        let title =
            "costs per hour of \(prices.operationsPerSecond.grouped(0)) "
            + "operations per second and \(prices.entries.grouped(0)) entries "
            + "(memory: \(memory ?? "none"))"
        return style.wrapped(title, indent: 2) + table.text(style)
            + rows.compactMap(decision).map { style.wrapped($0, indent: 2) }.joined()
    }

    /// `b: 14.0 % faster for 2.0 % more memory, 9.1 % cheaper at these prices`.
    private func decision(_ row: Row) -> String? {
        guard let first = rows.first(where: { $0.workload == row.workload }),
            first.target != row.target, first.cost > 0
        else { return nil }
        func words(_ change: Double, _ more: String, _ less: String) -> String {
            let size = abs(change).changeText.drop { $0 == "+" }
            return size == "0.0 %" ? "no \(more)" : "\(size) \(change > 0 ? more : less)"
        }
        let speed = row.operationsPerCoreSecond / first.operationsPerCoreSecond - 1
        let bytes = row.bytesPerEntry / first.bytesPerEntry - 1
        return printable(
            "\(row.workload), \(row.target) against \(first.target): "
                + "\(words(speed, "faster", "slower")) for "
                + "\(words(bytes, "more memory", "less memory")), "
                + "\(words(row.cost / first.cost - 1, "dearer", "cheaper")) at these prices")
    }

    /// Three significant digits of whatever the currency is.
    private func money(_ amount: Double) -> String {
        amount.grouped(amount >= 100 ? 0 : amount >= 1 ? 2 : 4)
    }
}

extension CostTable.Row {
    /// Faster and smaller, or better in one and equal in the other.
    func beats(_ other: CostTable.Row) -> Bool {
        operationsPerCoreSecond >= other.operationsPerCoreSecond
            && bytesPerEntry <= other.bytesPerEntry
            && (operationsPerCoreSecond > other.operationsPerCoreSecond
                || bytesPerEntry < other.bytesPerEntry)
    }
}
