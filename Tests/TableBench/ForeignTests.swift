// Tables that are loaded, beside the built-in ones: what they cannot is left out and said, and the
// rest agrees; they are seen to grow by their capacity, or by what they allocate.
import Keyspaces
import RunRecord
import TableBench
import TestSupport
import Testing

@Suite struct ForeignTests {
    private static func plan(_ tables: [String], _ entries: [Int]) throws -> BenchPlan {
        var plan = TableBenchTests.smallPlan()
        plan.tables = try TableSpecification.list(tables, defaults: [])
        plan.entries = entries
        plan.growthEntries = 0
        plan.curveEntries = 0
        return plan
    }

    /// `linear_store` under another name, which tells its places, and bytes from elsewhere.
    private static func telling(in folder: TemporaryFolder) throws -> String {
        let source = """
            #define hashmark_table example_table
            #include "linear_store.c"
            #undef hashmark_table
            static uint64_t places(const void *of) { return ((const table *)of)->mask + 1; }
            static uint64_t elsewhere(const void *of) { (void)of; return 4096; }
            static const hashmark_store told = {create, destroy, count, get, put, erase, each, NULL,
                {.capacity = places, .foreign_bytes = elsewhere}};
            const hashmark_table_descriptor hashmark_table =
                {HASHMARK_TABLE_VERSION, 0, "mine", "of mine", NULL, &told};
            """
        return "foreign:" + (try ForeignTables.compile(source, in: folder))
    }

    @Test func whatATableLacksIsLeftOutAndTheRestAgrees() throws {
        let names = [ForeignTables.linearStore, ForeignTables.chainedIndex, "valkey-9.1"]
        let plan = try Self.plan(names, [1_000])
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(
            results.warnings == [
                "linear_store has no scan cursor: scan is left out of it; give its "
                    + "hashmark_optional a `scan`",
                "linear_store has no random entries: random is left out of it; give its "
                    + "hashmark_optional a `random`",
            ])
        for operation in plan.operations {
            let rows = results.operations.filter { $0.operation == operation }
            let isMissing = operation == .scan || operation == .random
            #expect(rows.count == (isMissing ? 2 : 3), "\(operation)")
            #expect(Set(rows.map(\.checksum)).count == 1, "\(operation)")
        }
    }

    /// Compiled in, and behind its own C face: the same reads, loads and growth.
    @Test func theInterfaceIsMeasuredOnOneTable() throws {
        let names = ["valkey-9.1", "foreign:valkey-9.1/index", "foreign:valkey-9.1/store"]
        var plan = try Self.plan(names, [1_000])
        plan.loads = [.max]
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(
            plan.targets.map(\.label) == ["valkey-9.1", "valkey-9.1-index", "valkey-9.1-store"])
        for operation in plan.operations {
            let rows = results.operations.filter { $0.operation == operation }
            #expect(rows.count == 3 && Set(rows.map(\.checksum)).count == 1, "\(operation)")
        }
        // The step of a growth that is due comes with the next insert behind a face.
        let entries = results.memory.map(\.entries)
        #expect(try #require(entries.max()) - #require(entries.min()) <= 1, "\(entries)")
        #expect(results.warnings.allSatisfy { $0.contains(" elsewhere") }, "\(results.warnings)")
    }

    @Test func aDoublingIsSeenWithoutSteps() throws {
        let folder = TemporaryFolder()
        let names = [
            ForeignTables.linearStore, try Self.telling(in: folder), ForeignTables.chainedIndex,
        ]
        var plan = try Self.plan(names, [])
        plan.growthEntries = 3_500
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.warnings.allSatisfy { $0.contains("is left out of it") })
        #expect(results.growth.map(\.table) == ["linear_store", "mine", "chained_index"])
        for growth in results.growth {
            let starts = growth.phases.filter { $0.phase == .starts }
            #expect(starts.map(\.inserts) == [1], "\(growth.table)")
        }
        #expect(results.growth[0].phases.map(\.phase) == [.atRest, .starts])
        #expect(results.growth[2].phases.contains { $0.phase == .rehashes })
    }

    @Test func whatIsNotSeenToGrowIsSaid() throws {
        var plan = try Self.plan([ForeignTables.linearStore + "?places=16384"], [])
        plan.growthEntries = 3_500
        var runner = BenchRunner(plan)
        #expect(
            runner.run().warnings.last
                == "linear_store?places=16384 does not grow between 3500 and 7000 entries, as far "
                + "as its capacity or what it allocates here tells; use another --growth")
    }

    @Test func loadsAndBytesAreToldAsFarAsTheTableTells() throws {
        let folder = TemporaryFolder()
        let names = [ForeignTables.linearStore, try Self.telling(in: folder)]
        var plan = try Self.plan(names, [3_000])
        plan.loads = [.min, .max]
        plan.depths = [1]
        plan.hitPercents = [100]
        plan.turnovers = []
        var runner = BenchRunner(plan)
        let results = runner.run()
        // One place in four stays free.
        for row in results.memory {
            #expect(row.entries == (row.place.load == .max ? 3_072 : 3_073), "\(row.table)")
        }
        #expect(results.memory.count == 4)
        let elsewhere = results.warnings.filter { $0.hasPrefix("mine took 4096 bytes at ") }
        #expect(elsewhere.count == 2 && elsewhere.allSatisfy { $0.contains("elsewhere") })
        let rows = plan.records(results)
        let factors = rows.filter { $0.metric == Metric.loadFactor.id }
        #expect(factors.count == 4)
        for row in factors where row.target == "linear_store" {
            #expect(row.value == nil)
            #expect(row.reason == "the table does not tell how many places it has")
        }
        let full = factors.first { $0.target == "mine" && $0.conditions["load"] == "max" }
        #expect(full?.value == 0.75)
        // What is elsewhere is a row of its own.
        let unseen = rows.filter { $0.metric == Metric.memoryElsewhere.id }
        #expect(unseen.count == 2 && unseen.allSatisfy { $0.target == "mine" })
        #expect(unseen.allSatisfy { ($0.value ?? 0) > 1 })
        // No chains and no buckets are known of either.
        #expect(!rows.contains { $0.metric.contains("_share/") })
    }
}
