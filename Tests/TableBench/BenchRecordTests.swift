// What was measured of tables, as rows of a run record.
import RunRecord
import TableBench
import Testing

@Suite struct BenchRecordTests {
    @Test func everyReadingIsARowWithItsConditions() {
        var plan = TableBenchTests.smallPlan()
        plan.entries = [100]
        plan.growthEntries = 0
        plan.curveEntries = 0
        var runner = BenchRunner(plan)
        let results = runner.run()
        let rows = plan.records(results)
        // Bytes asked for, bytes of classes, allocations, load factor.
        let shares = rows.filter { $0.metric.contains("_share/") }
        let others = rows.count - shares.count
        #expect(others == results.operations.count + 4 * results.memory.count)
        #expect(rows.filter { $0.samples.count == plan.repeats }.count == results.operations.count)
        // Chains of every table; buckets of those that have them.
        for table in plan.tables {
            let own = shares.filter {
                $0.target == table.label && $0.conditions["turnovers"] == nil
            }
            for kind in Set(own.map { String($0.metric.prefix { $0 != "/" }) }) {
                let values = own.filter { $0.metric.hasPrefix(kind) }.compactMap(\.value)
                #expect(abs(values.reduce(0, +) - 1) < 1e-9, "\(table.label) \(kind) \(values)")
            }
            #expect(own.contains { $0.metric == Metric.chainLengthShare(0).id })
        }
        #expect(rows.allSatisfy { $0.value != nil && $0.conditions["entries"] == 100 })
        #expect(rows.allSatisfy { $0.conditions["cluster"] == false && $0.workload == nil })
        #expect(Set(rows.map(\.key)).count == rows.count)
    }

    /// A condition is what holds for all tables; what only one of them is, its spelling says.
    @Test func optionsOfOneTableAreNoConditions() throws {
        var plan = TableBenchTests.smallPlan()
        plan.entries = [100]
        plan.keySizes = [8, 16]
        plan.hitPercents = [100]
        plan.growthEntries = 0
        plan.curveEntries = 0
        plan.tables = try TableSpecification.list(
            ["valkey-9.1", "b=valkey-9.1?hash=wide&quantum=16"], defaults: [(.match, "scalar")])
        var runner = BenchRunner(plan)
        let rows = plan.records(runner.run())
        #expect(plan.targets.map(\.spelling) == ["valkey-9.1", "valkey-9.1?hash=wide&quantum=16"])
        #expect(Set(rows.map(\.target)) == ["valkey-9.1", "b"])
        #expect(rows.allSatisfy { $0.conditions["match"] == "scalar" })
        #expect(
            rows.allSatisfy {
                $0.conditions["hash"] == nil && $0.conditions["size_classes"] == nil
            })
        #expect(Set(rows.compactMap { $0.conditions["key_size"] }) == [8, 16])
        #expect(Set(rows.map(\.key)).count == rows.count)
    }

    @Test func aDoublingsPercentilesThatNothingCarriesSayWhy() throws {
        var plan = TableBenchTests.smallPlan()
        plan.entries = []
        plan.curveEntries = 0
        var runner = BenchRunner(plan)
        let rows = plan.records(runner.run())
        let absent = rows.filter { $0.metric == Metric.growthInsert("p99.99").id }
        #expect(!absent.isEmpty && absent.allSatisfy { $0.value == nil })
        #expect(try #require(absent.first?.reason).hasPrefix("5000 inserts do not carry"))
        let clock = rows.filter { $0.metric == Metric.clockTime.id }
        #expect(clock.count == plan.tables.count && clock.allSatisfy { $0.value ?? -1 >= 0 })
    }
}
