// The results of `hashmark tables` as rows of a run record.
import Counters
import Experiments
import Keyspaces
import RunRecord
import Statistics
import TableBench

extension Recorder {
    func add(_ results: BenchResults, _ plan: BenchPlan) {
        let rows = TableRows(plan: plan)
        for row in results.operations { add(rows.result(row)) }
        for row in results.memory + results.curve {
            for result in rows.results(row) { add(result) }
        }
        for row in results.growth { for result in rows.results(row) { add(result) } }
    }

    func add(_ results: [SimulatedResult], _ plan: BenchPlan, _ geometry: CacheGeometry) {
        let rows = TableRows(plan: plan)
        for row in results { for result in rows.results(row, geometry) { add(result) } }
    }

    /// Warnings of a table benchmark: cause and remedy on one line.
    func warn(_ lines: [String]) {
        for line in lines {
            let parts = line.split(separator: ";", maxSplits: 1).map(String.init)
            warn(parts[0], remedy: String(parts.last!.drop { $0 == " " }))
        }
    }
}

/// Results become rows with every condition that a comparison must match.
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
    private func place(
        _ operation: Operation, _ entries: Int, _ checksum: UInt64?
    ) -> (name: String, Conditions) {
        var conditions = conditions(entries)
        // In hexadecimal: a number of 64 bits does not survive in every reader of JSON.
        if let checksum { conditions["checksum"] = .string(String(checksum, radix: 16)) }
        guard case .find(let percent, let depth) = operation else {
            return (operation.description, conditions)
        }
        conditions["hit_percent"] = .number(percent)
        conditions["batch"] = .number(depth)
        return ("find", conditions)
    }

    func results(_ row: SimulatedResult, _ geometry: CacheGeometry) -> [RunRecord.Result] {
        var (name, conditions) = place(row.operation, row.entries, row.checksum)
        conditions["d1"] = .string("\(geometry.d1)")
        conditions["ll"] = .string("\(geometry.ll)")
        conditions["seed"] = .string("\(plan.seed)")
        return SimulatedBench.counters.map { counter in
            let metric = Metric.tableSimulated(counter.metricID, name)
            return row.perOperation[counter].map {
                RunRecord.Result(metric, target: row.table, conditions: conditions, value: $0)
            }
                ?? RunRecord.Result(
                    metric, target: row.table, conditions: conditions,
                    unavailable: "callgrind did not count it")
        }
    }

    func result(_ row: OperationResult) -> RunRecord.Result {
        let (name, conditions) = place(row.operation, row.entries, row.checksum)
        guard let median = Descriptive.median(row.samples) else {
            return RunRecord.Result(
                .tableCPU(name), target: row.table, conditions: conditions,
                unavailable: "no sample was taken")
        }
        return RunRecord.Result(
            .tableCPU(name), target: row.table, conditions: conditions, value: median,
            samples: row.samples)
    }

    func results(_ row: MemoryResult) -> [RunRecord.Result] {
        let values: [(Metric, Double)] = [
            (.memoryPerEntry(.requested), row.requestedPerEntry),
            (.memoryPerEntry(.sizeClass), row.classPerEntry),
            (.allocationsPerEntry, row.allocationsPerEntry),
        ]
        return values.map { metric, value in
            RunRecord.Result(
                metric, target: row.table, conditions: conditions(row.entries), value: value)
        }
    }

    func results(_ row: GrowthResult) -> [RunRecord.Result] {
        var base = conditions(row.inserts)
        base["entries_after"] = .number(row.inserts * 2)
        var results = [("p50", row.p50), ("p99", row.p99), ("p99.99", row.p9999)].map {
            RunRecord.Result(.growthInsert($0), target: row.table, conditions: base, value: $1)
        }
        results.append(
            RunRecord.Result(
                .growthStallMax, target: row.table, conditions: base, value: row.longest))
        for phase in row.phases {
            var conditions = base
            conditions["phase"] = .string(phase.phase.description)
            if let faults = phase.faultsOfLongest { conditions["page_faults"] = .number(faults) }
            results.append(
                RunRecord.Result(
                    .growthStallMax, target: row.table, conditions: conditions,
                    value: phase.longest))
        }
        return results
    }
}
