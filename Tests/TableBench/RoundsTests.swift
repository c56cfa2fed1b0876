// What is measured in rounds: loads, temperatures, popularities and entries that are replaced.
import Keyspaces
import RunRecord
import TableBench
import Testing

@Suite struct RoundsTests {
    /// Look-ups that hit, one by one, at one size.
    private func plan(_ entries: Int) -> BenchPlan {
        var plan = BenchPlan()
        plan.entries = [entries]
        plan.repeats = 2
        plan.depths = [1]
        plan.hitPercents = [100]
        plan.turnovers = []
        plan.growthEntries = 0
        plan.curveEntries = 0
        return plan
    }

    /// Just before a growth every release's table is full, just after it half empty, each at its
    /// own count.
    @Test func loadsAreThoseOfEachTable() throws {
        var plan = plan(3_000)
        plan.tables = Table.builtIn.filter { $0.name.hasPrefix("valkey-") }
            .map { TableSpecification($0) }
        plan.loads = [.min, .max]
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.warnings == [])
        for table in plan.tables {
            func row(_ load: LoadPoint) throws -> MemoryResult {
                try #require(
                    results.memory.first { $0.table == table.label && $0.place.load == load })
            }
            let (least, most) = (try row(.min), try row(.max))
            #expect(least.entries == most.entries + 1, "\(table.label)")
            #expect((3_000...6_002).contains(most.entries), "\(table.label)")
            #expect(most.statistics.loadFactor > 0.99, "\(table.label)")
            #expect((0.4...0.6).contains(least.statistics.loadFactor), "\(table.label)")
        }
        let rows = plan.records(results)
        #expect(Set(rows.compactMap { $0.conditions["load"] }) == ["min", "max"])
        #expect(rows.allSatisfy { $0.conditions["entries"] == 3_000 })
        let held = rows.filter { $0.metric == Metric.tableEntries.id }
        #expect(held.count == 2 * plan.tables.count)
        #expect(Set(rows.map(\.key)).count == rows.count)
    }

    @Test(arguments: Temperature.allCases) func temperaturesAreConditions(
        _ temperature: Temperature
    ) {
        var plan = plan(2_000)
        plan.temperature = temperature
        plan.lastLevelBytes = 1 << 20
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.warnings == [])
        #expect(results.operations.allSatisfy { $0.samples.count == plan.repeats })
        let rows = plan.records(results).filter { $0.metric == Metric.tableCPU("find").id }
        #expect(rows.count == plan.tables.count)
        #expect(
            rows.allSatisfy { $0.conditions["temperature"] == .string(temperature.rawValue) })
        // Of a cold table a quarter of a thousand look-ups, of a hot one a slice: a value is 64
        // bytes of `v`, of which length and first byte are read.
        let lookups = temperature == .hot ? BenchPlan.sliceOperations : 250
        let sum = UInt64(plan.repeats * lookups) * (64 << 8 + UInt64(UInt8(ascii: "v")))
        #expect(rows.allSatisfy { $0.checksum == String(sum, radix: 16) })
    }

    /// The buffer that displaces caches counts as memory that is taken.
    @Test func coldTablesLeaveRoomForTheBuffer() {
        var plan = plan(2_000)
        plan.temperature = .cold
        plan.lastLevelBytes = 1 << 20
        plan.memoryLimit = 2 << 20
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.operations.isEmpty && results.warnings.count == plan.tables.count)
    }

    @Test func popularitiesReadTheSame() throws {
        var plan = plan(2_000)
        let zipf = try #require(AccessPattern("zipf:0.99"))
        #expect(AccessPattern("sequential") == nil && AccessPattern("often") == nil)
        plan.patterns = [.uniform, zipf]
        plan.hitPercents = [100, 50]
        var runner = BenchRunner(plan)
        let results = runner.run()
        // Whatever the draws: half of them are half of them, to the key.
        #expect(results.warnings == [])
        for percent in plan.hitPercents {
            let sums = results.operations.filter {
                if case .find(let lookup) = $0.operation {
                    lookup.hitPercent == percent
                } else {
                    false
                }
            }.map(\.checksum)
            #expect(sums.count == 2 * plan.tables.count && Set(sums).count == 1)
        }
        let words = Set(plan.records(results).compactMap { $0.conditions["popularity"] })
        #expect(words == ["uniform", "zipf:0.99"])
        #expect(plan.operations.map(\.description).contains("find-50%/1 zipf:0.99"))
    }

    /// Replaced entries are as many as before, and every erase and insert found what it should.
    @Test func entriesAreReplaced() {
        var plan = plan(2_000)
        plan.turnovers = [2, 0]
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.warnings == [])
        let pairs = results.operations.filter {
            if case .churn = $0.operation { true } else { false }
        }
        #expect(pairs.count == 2 * plan.tables.count)
        // Half as many pairs as a slice has keys, two successes each, in every round.
        let sum = UInt64(plan.repeats * BenchPlan.sliceOperations)
        #expect(pairs.allSatisfy { $0.checksum == sum })
        for table in plan.tables {
            let rows = results.memory.filter { $0.table == table.label }
            #expect(rows.map(\.turnovers) == [nil, 2], "\(table.label)")
            #expect(rows.allSatisfy { $0.entries == 2_000 }, "\(table.label)")
        }
    }

    /// What is asked for besides takes its time, and the forecast knows.
    @Test func forecastsFollowThePlan() throws {
        let one = plan(100_000)
        let zipf = try #require(AccessPattern("zipf:1.2"))
        let changes: [(inout BenchPlan) -> Void] = [
            { $0.keySizes = [8, 16] }, { $0.loads = [.min, .max] }, { $0.turnovers = [20] },
            { $0.growthEntries = 500_000 }, { $0.patterns = [.uniform, zipf] },
        ]
        for (index, change) in changes.enumerated() {
            var other = one
            change(&other)
            #expect(other.expectedSeconds > one.expectedSeconds * 1.1, "\(index)")
        }
    }

    /// Keys too short for a table's entries are refused for themselves, also where they are so
    /// short that the estimate of its memory has more entries than there are such keys.
    @Test func shortKeys() {
        var plan = plan(40)
        plan.keySizes = [2, 3]
        plan.tables = [TableSpecification(.valkey91)]
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(Set(results.operations.map(\.place.keySize)) == [2, 3])
        plan.entries = [60]
        runner = BenchRunner(plan)
        let warnings = runner.run().warnings
        #expect(warnings.count == 1 && warnings[0].contains("do not fit keys of 2 digits"))
    }
}
