// Costs of a workload from prices, and which target another beats in both.
import Reporting
import RunRecord
import Testing

private let prices = Prices(
    perCoreHour: 0.04, perGBHour: 0.005, operationsPerSecond: 1e6, entries: 1e8)

/// Targets with throughput per core and bytes per entry.
private func record(_ targets: [(String, Double, Double)]) -> RunRecord {
    var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 1)
    for (label, speed, bytes) in targets {
        record.results += [
            .init(.throughputPerCore, target: label, workload: "get", value: speed),
            .init(
                .memoryPerEntry(.reported), target: label, workload: "memory",
                conditions: ["entries": 1000], value: bytes * 2),
            .init(
                .memoryPerEntry(.reported), target: label, workload: "memory",
                conditions: ["entries": 9000], value: bytes),
        ]
    }
    return record
}

@Suite struct CostTableTests {
    @Test func costsFollowFromPrices() throws {
        let table = CostTable(record([("old", 1e6, 100), ("new", 1.14e6, 102)]), prices)
        let old = try #require(table.rows.first)
        let new = try #require(table.rows.last)
        // One core for an hour, and 10 GB of entries.
        #expect(abs(old.cpuCost - 0.04) < 1e-12 && abs(old.memoryCost - 0.05) < 1e-12)
        #expect(abs(new.cost - (0.04 / 1.14 + 0.051)) < 1e-12)
        #expect(old.isOnFront && new.isOnFront)
        #expect(
            table.text().contains(
                "get, new against old: 14.0 % faster for 2.0 % more memory, 4.3 % cheaper "
                    + "at these prices"), "\(table.text())")
    }

    @Test func whatIsBeatenInBothIsOffTheFront() {
        let table = CostTable(
            record([("a", 1e6, 100), ("b", 2e6, 90), ("c", 2e6, 90), ("d", 9e5, 80)]), prices)
        #expect(table.rows.map(\.isOnFront) == [false, true, true, true])
        #expect(table.text().contains("beaten in both"))
    }

    @Test func withoutBothReadingsThereIsNoPrice() {
        var half = record([("a", 1e6, 100)])
        half.results.removeAll { $0.metric == Metric.throughputPerCore.id }
        #expect(CostTable(half, prices).rows.isEmpty)
        #expect(CostTable(half, prices).text().hasPrefix("costs: no target"))
    }
}
