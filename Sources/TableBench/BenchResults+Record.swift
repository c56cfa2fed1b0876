// What was measured of tables, as results of a run record, with every condition that a comparison
// must match.
import Counters
import Keyspaces
import RunRecord
import Statistics

extension BenchPlan {
    /// The rows of a run by this plan.
    public func records(_ results: BenchResults) -> [RunRecord.Result] {
        let rows = TableRows(plan: self)
        var records = results.operations.map { rows.result($0) }
        for row in results.memory + results.curve { records += rows.results(row) }
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

    private func conditions(_ entries: Int) -> Conditions {
        var conditions = base(entries)
        if let match = plan.match { conditions["match"] = .string(match.rawValue) }
        if let lookAhead = plan.lookAhead { conditions["lookahead"] = .bool(lookAhead) }
        return conditions
    }

    private func base(_ entries: Int) -> Conditions {
        [
            "entries": .number(entries), "key_size": .number(plan.keySize),
            "value_size": .number(plan.valueSize), "cluster": .bool(plan.cluster),
            "hash": .string(plan.hash == .wide ? "wide" : "siphash"),
            "size_classes": "jemalloc quantum 8",
        ]
    }

    /// The operation's name in metric ids, and the conditions of its rows.
    private func place(_ operation: Operation, _ entries: Int) -> (name: String, Conditions) {
        var conditions = conditions(entries)
        guard case .find(let percent, let depth) = operation else {
            return (operation.description, conditions)
        }
        conditions["hit_percent"] = .number(percent)
        conditions["batch"] = .number(depth)
        return ("find", conditions)
    }

    func results(_ row: SimulatedResult, _ geometry: CacheGeometry) -> [RunRecord.Result] {
        var (name, conditions) = place(row.operation, row.entries)
        conditions["d1"] = .string("\(geometry.d1)")
        conditions["ll"] = .string("\(geometry.ll)")
        return SimulatedBench.counters.map { counter in
            var result = reading(
                .tableSimulated(counter.metricID, name), row.table, conditions,
                row.perOperation[counter], "callgrind did not count it")
            result.checksum = String(row.checksum, radix: 16)
            return result
        }
    }

    func result(_ row: OperationResult) -> RunRecord.Result {
        let (name, conditions) = place(row.operation, row.entries)
        var result = reading(
            .tableCPU(name), row.table, conditions, Descriptive.median(row.samples),
            "no sample was taken", row.samples)
        result.checksum = row.checksum.map { String($0, radix: 16) }
        return result
    }

    func results(_ row: MemoryResult) -> [RunRecord.Result] {
        let values: [(Metric, Double?)] = [
            (.memoryPerEntry(.requested), row.requestedPerEntry),
            (.memoryPerEntry(.sizeClass), row.classPerEntry),
            (.allocationsPerEntry, row.allocationsPerEntry), (.loadFactor, row.loadFactor),
        ]
        let untold = "the table does not tell how many places it has"
        return values.map { reading($0, row.table, conditions(row.entries), $1, untold) }
    }

    func results(_ row: GrowthResult) -> [RunRecord.Result] {
        var conditions = conditions(row.inserts)
        conditions["entries_after"] = .number(row.inserts * 2)
        let few = "\(row.inserts) inserts do not carry that percentile; use a larger --growth"
        var values: [(metric: Metric, value: Double?, reason: String)] = [
            (.growthInsert("p50"), row.p50, ""), (.growthInsert("p99"), row.p99, few),
            (.growthInsert("p99.99"), row.p9999, few), (.growthStallMax, row.longest, ""),
            (.growthStallMaxRaw, row.longestRaw, ""), (.growthPageFaults, row.faultsPerInsert, ""),
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
