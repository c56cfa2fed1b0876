// What was measured of tables, as results of a run record, with every condition that a comparison
// must match. What only one table is, its spelling says.
import Counters
import Keyspaces
import RunRecord
import Statistics

extension BenchPlan {
    /// The tables of a run, in order.
    public var targets: [RunRecord.Target] {
        tables.map { RunRecord.Target(label: $0.label, spelling: $0.spelling) }
    }

    /// The rows of a run by this plan.
    public func records(_ results: BenchResults) -> [RunRecord.Result] {
        let rows = TableRows(plan: self)
        var records = results.operations.map { rows.result($0) }
        for row in results.memory { records += rows.results(row) + rows.histograms(row) }
        for row in results.curve { records += rows.results(row) }
        for row in results.growth { records += rows.results(row) }
        return records
    }

    /// The rows of a simulated run by this plan.
    public func records(
        _ results: [SimulatedResult], _ geometry: CacheGeometry
    ) -> [RunRecord.Result] {
        let rows = TableRows(plan: self)
        return results.flatMap { rows.results($0, geometry) }
    }
}

private struct TableRows {
    let plan: BenchPlan

    // MARK: Conditions

    private func conditions(_ place: BenchPlace) -> Conditions {
        var conditions: Conditions = [
            "entries": .number(place.entries), "key_size": .number(place.keySize),
            "value_size": .number(plan.valueSize), "cluster": .bool(plan.cluster),
        ]
        conditions["load"] = place.load.map { .string($0.rawValue) }
        conditions["hash"] = common(\.hash).map { .string($0) }
        conditions["size_classes"] = common(\.quantum).map { .string("jemalloc quantum \($0)") }
        conditions["match"] = asked(.match).map { .string($0) }
        conditions["lookahead"] = asked(.lookahead).map { .bool($0 == "1") }
        return conditions
    }

    /// What all tables have alike; nil where they differ, which their spellings say.
    private func common<Value: Hashable>(_ value: (TableSpecification) -> Value) -> Value? {
        let all = Set(plan.tables.map(value))
        return all.count == 1 ? all.first : nil
    }

    /// What was asked of all tables that have the option.
    private func asked(_ option: TableSpecification.Option) -> String? {
        let having = plan.tables.filter { $0.has(option) }
        guard let first = having.first?.asked(option),
            having.allSatisfy({ $0.asked(option) == first })
        else { return nil }
        return first
    }

    /// The conditions of an operation's rows.
    private func conditions(_ operation: Operation, _ place: BenchPlace) -> Conditions {
        var conditions = conditions(place)
        switch operation {
        case .find(let lookup):
            conditions["hit_percent"] = .number(lookup.hitPercent)
            conditions["batch"] = .number(lookup.depth)
            conditions["popularity"] = .string(lookup.pattern.description)
        case .churn(let turnovers): conditions["turnovers"] = .number(turnovers)
        case .insert, .update, .iterate, .scan, .random: break
        }
        return conditions
    }

    // MARK: Rows

    func results(_ row: SimulatedResult, _ geometry: CacheGeometry) -> [RunRecord.Result] {
        var conditions = conditions(row.operation, row.place)
        conditions["d1"] = .string("\(geometry.d1)")
        conditions["ll"] = .string("\(geometry.ll)")
        return SimulatedBench.counters.map { counter in
            var result = reading(
                .tableSimulated(counter.metricID, row.operation.name), row.table, conditions,
                row.perOperation[counter], "callgrind did not count it")
            result.checksum = String(row.checksum, radix: 16)
            return result
        }
    }

    func result(_ row: OperationResult) -> RunRecord.Result {
        var conditions = conditions(row.operation, row.place)
        // A table that begins empty has no temperature.
        if row.operation != .insert {
            conditions["temperature"] = .string(plan.temperature.rawValue)
        }
        var result = reading(
            .tableCPU(row.operation.name), row.table, conditions, Descriptive.median(row.samples),
            "no sample was taken", row.samples)
        result.checksum = row.checksum.map { String($0, radix: 16) }
        return result
    }

    func results(_ row: MemoryResult) -> [RunRecord.Result] {
        let tellsPlaces = row.statistics.capacity > 0
        var values: [(Metric, Double?)] = [
            (.memoryPerEntry(.requested), row.requestedPerEntry),
            (.memoryPerEntry(.sizeClass), row.classPerEntry),
            (.allocationsPerEntry, row.allocationsPerEntry),
            (.loadFactor, tellsPlaces ? row.statistics.loadFactor : nil),
        ]
        if let bytes = row.elsewherePerEntry { values.append((.memoryElsewhere, bytes)) }
        // Otherwise it is the condition.
        if row.place.load != nil { values.append((.tableEntries, Double(row.entries))) }
        let conditions = conditions(row)
        let untold = "the table does not tell how many places it has"
        return values.map { reading($0, row.table, conditions, $1, untold) }
    }

    private func conditions(_ row: MemoryResult) -> Conditions {
        var conditions = conditions(row.place)
        conditions["turnovers"] = row.turnovers.map { .number($0) }
        return conditions
    }

    /// Shares of places by what is chained there, and of buckets by what is in them.
    func histograms(_ row: MemoryResult) -> [RunRecord.Result] {
        let conditions = conditions(row)
        func shares(_ counts: [Int], _ metric: (Int) -> Metric) -> [RunRecord.Result] {
            let all = counts.reduce(0, +)
            // A loaded table tells neither, and open addressing has no chains.
            guard all > 0 else { return [] }
            return counts.enumerated().map { index, count in
                reading(
                    metric(index), row.table, conditions, Double(count) / Double(all))
            }
        }
        return shares(Self.chains(row.statistics.chainLengths)) { .chainLengthShare($0) }
            + shares(Self.buckets(row.statistics.bucketOccupancy)) { .bucketOccupancyShare($0) }
    }

    // Which rows there are may not depend on a seed.

    /// Chains of every length, the long ones together.
    private static func chains(_ counts: [Int]) -> [Int] {
        let short = counts.prefix(Metric.longChain)
        let missing = [Int](repeating: 0, count: Metric.longChain - short.count)
        return Array(short) + missing + [counts.dropFirst(Metric.longChain).reduce(0, +)]
    }

    /// Buckets of every occupancy up to what a cache line or two of entries holds, though none may
    /// be so full.
    private static func buckets(_ counts: [Int]) -> [Int] {
        counts + [Int](repeating: 0, count: (8 - counts.count % 8) % 8)
    }

    func results(_ row: GrowthResult) -> [RunRecord.Result] {
        var conditions = conditions(BenchPlace(entries: row.inserts, keySize: row.keySize))
        conditions["entries_after"] = .number(row.inserts * 2)
        let few = "\(row.inserts) inserts do not carry that percentile; use a larger --growth"
        var values: [(metric: Metric, value: Double?, reason: String)] = [
            (.growthInsert("p50"), row.p50, ""), (.growthInsert("p99"), row.p99, few),
            (.growthInsert("p99.99"), row.p9999, few), (.growthStallMax, row.longest, ""),
            (.growthStallMaxRaw, row.longestRaw, ""), (.clockTime, row.clockNanoseconds, ""),
            (.growthPageFaults, row.faultsPerInsert, ""),
            (.pageFaultTime, row.nanosecondsPerFault, ""),
        ]
        for phase in row.phases {
            let name = Metric.GrowthPhase(phase.phase)
            values += [
                (.growthStallMax(name), phase.longest, ""),
                (.growthInsertMean(name), phase.mean, ""),
                (.growthInserts(name), Double(phase.inserts), ""),
            ]
            if let faults = phase.faultsOfLongest {
                values.append((.growthStallFaults(name), Double(faults), ""))
            }
        }
        return values.map { reading($0.metric, row.table, conditions, $0.value, $0.reason) }
    }

    private func reading(
        _ metric: Metric, _ table: String, _ conditions: Conditions, _ value: Double?,
        _ reason: String = "", _ samples: [Double] = []
    ) -> RunRecord.Result {
        value.map {
            RunRecord.Result(
                metric, target: table, conditions: conditions, value: $0, samples: samples)
        } ?? RunRecord.Result(metric, target: table, conditions: conditions, unavailable: reason)
    }
}

extension Metric.GrowthPhase {
    init(_ phase: TableBench.GrowthPhase) {
        switch phase {
        case .atRest: self = .atRest
        case .starts: self = .starts
        case .rehashes: self = .rehashes
        case .ends: self = .ends
        }
    }
}
