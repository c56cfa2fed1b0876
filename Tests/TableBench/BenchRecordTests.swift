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
        #expect(rows.count == results.operations.count + 4 * results.memory.count)
        #expect(rows.filter { $0.samples.count == plan.repeats }.count == results.operations.count)
        #expect(rows.allSatisfy { $0.value != nil && $0.conditions["entries"] == 100 })
        #expect(rows.allSatisfy { $0.conditions["cluster"] == false && $0.workload == nil })
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
    }
}
