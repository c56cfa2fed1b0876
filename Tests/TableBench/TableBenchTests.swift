// The tables without a server: everything planned is measured, and what does not fit is said.
import Counters
import Keyspaces
import TableBench
import Testing

@Suite struct TableBenchTests {
    static func smallPlan() -> BenchPlan {
        var plan = BenchPlan()
        plan.entries = [100, 5_000]
        plan.repeats = 2
        plan.depths = [1, 16]
        plan.hitPercents = [100, 50, 0]
        plan.growthEntries = 5_000
        plan.curveEntries = 20_000
        return plan
    }

    @Test(arguments: [false, true]) func everythingIsMeasuredAndAgrees(_ cluster: Bool) {
        var plan = Self.smallPlan()
        plan.cluster = cluster
        var runner = BenchRunner(plan)
        let results = runner.run()
        // Two thirds of an entry per slot: hardly a table grows.
        #expect(results.warnings.allSatisfy { cluster && $0.contains("does not grow") })
        #expect(results.operations.count == 2 * Table.releases.count * plan.operations.count)
        for entries in plan.entries {
            for operation in plan.operations {
                let rows = results.operations.filter {
                    $0.place.entries == entries && $0.operation == operation
                }
                #expect(rows.count == Table.releases.count)
                #expect(Set(rows.map(\.checksum)).count == 1, "\(operation) at \(entries)")
                #expect(rows.allSatisfy { $0.samples.allSatisfy { $0 > 0 } })
            }
        }
        // Filled, and after all entries were replaced.
        #expect(results.memory.count == 2 * 2 * Table.releases.count)
        #expect(results.growth.count == Table.releases.count)
        #expect(results.growth.allSatisfy { $0.inserts == 5_000 })
        // 5,000 inserts carry p99, and not p99.99.
        #expect(results.growth.allSatisfy { $0.p99 != nil && $0.p9999 == nil })
    }

    /// From 3,500 to 7,000 entries every release's table doubles once, and gets to the end of it.
    @Test func aDoublingHasOneStartAndOneEnd() {
        var plan = Self.smallPlan()
        plan.entries = []
        plan.curveEntries = 0
        plan.growthEntries = 3_500
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.growth.count == plan.tables.count && results.warnings == [])
        for result in results.growth {
            #expect(result.phases.map(\.phase) == GrowthPhase.allCases, "\(result.table)")
            #expect(result.phases.reduce(0) { $0 + $1.inserts } == 3_500)
            for phase in result.phases where phase.phase == .starts || phase.phase == .ends {
                #expect(phase.inserts == 1 && phase.faultsOfLongest != nil)
            }
            #expect(result.p50 <= result.p99 ?? 0 && result.p99 ?? .infinity <= result.longest)
        }
    }

    /// A rival is measured like a release, and the one insert that moves all is told.
    @Test func aGrowthAtOnceIsOneInsert() {
        var plan = Self.smallPlan()
        plan.tables = [TableSpecification(.swiss), TableSpecification(.f14)]
        plan.entries = [100]
        plan.curveEntries = 0
        plan.growthEntries = 5_000
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.warnings == [] && results.growth.count == plan.tables.count)
        #expect(results.operations.count == plan.tables.count * plan.operations.count)
        for operation in plan.operations {
            let rows = results.operations.filter { $0.operation == operation }
            #expect(Set(rows.map(\.checksum)).count == 1, "\(operation)")
        }
        for result in results.growth {
            let starts = result.phases.filter { $0.phase == .starts }
            #expect(starts.map(\.inserts) == [1], "\(result.table)")
        }
    }

    /// A dict of 8.0 that is just full grows at rest, and is just full again at the end.
    @Test func aDoublingWithoutGrowthIsSaid() {
        var plan = Self.smallPlan()
        plan.tables = [TableSpecification(.valkey80), TableSpecification(.valkey91)]
        plan.entries = []
        plan.curveEntries = 0
        plan.growthEntries = 4_096
        var runner = BenchRunner(plan)
        let warnings = runner.run().warnings
        #expect(warnings.count == 1 && warnings[0].hasPrefix("valkey-8.0 does not grow"))
    }

    @Test func whatDoesNotFitIsLeftOutAndSaid() {
        var plan = Self.smallPlan()
        plan.entries = [1_000_000]
        plan.memoryLimit = 1 << 20
        plan.growthEntries = 0
        plan.curveEntries = 0
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(results.operations.isEmpty && results.warnings.count == Table.releases.count)
        #expect(results.warnings.allSatisfy { $0.contains("--memory") })
    }

    /// Some tables fit and others do not: the line is drawn where the estimate of each has it.
    @Test func tablesThatFitAreMeasured() {
        var plan = Self.smallPlan()
        plan.entries = [20_000]
        plan.turnovers = []
        plan.growthEntries = 0
        plan.curveEntries = 0
        var footprint = Footprint(plan)
        let bytes = plan.tables.map { footprint.peakBytes($0, 20_000, keySize: 16) }
        // Half of them fit.
        let limit = bytes.sorted()[bytes.count / 2 - 1]
        plan.memoryLimit = limit
        let fitting = zip(plan.tables, bytes).filter { $0.1 <= limit }.map { $0.0.label }
        var runner = BenchRunner(plan)
        let results = runner.run()
        #expect(Set(results.operations.map(\.table)) == Set(fitting))
        // One of each that does not fit, and that the others are not interleaved.
        #expect(results.warnings.count == bytes.count - fitting.count + 1)
    }

    /// The estimate, found on a small table, bounds what a larger one takes, and not by far.
    @Test(arguments: [false, true]) func theFootprintBoundsTheCurve(_ cluster: Bool) {
        var plan = Self.smallPlan()
        plan.entries = []
        plan.growthEntries = 0
        plan.curveEntries = 300_000
        plan.cluster = cluster
        var footprint = Footprint(plan)
        var runner = BenchRunner(plan)
        let curve = runner.run().curve
        for table in plan.tables {
            let rows = curve.filter { $0.table == table.label && $0.entries > 100_000 }
            #expect(rows.count > 8)
            let share = rows.map {
                $0.classPerEntry * Double($0.entries)
                    / Double(footprint.peakBytes(table, $0.entries, keySize: 16))
            }
            #expect(
                share.max()! < 1 && share.max()! > (cluster ? 0.5 : 0.8), "\(table.label) \(share)")
        }
    }

    @Test func aCancelledRunKeepsWhatItHas() {
        var plan = Self.smallPlan()
        var asked = 0
        plan.entries = [1_000, 2_000]
        // Once before the first size, eight times while it is filled twice, then before the first
        // stage, in each of its two rounds and after it.
        var runner = BenchRunner(
            plan,
            isCancelled: {
                asked += 1
                return asked > 12
            })
        let results = runner.run()
        #expect(!results.operations.isEmpty && results.growth.isEmpty && results.curve.isEmpty)
        #expect(Set(results.operations.map(\.place.entries)) == [1_000])
        #expect(results.operations.count < Table.releases.count * plan.operations.count)
    }

    @Test func cacheSweepsFollowTheCaches() {
        #expect(
            BenchPlan.cacheSweep(bytesPerEntry: 100, levels: [2_000, 40_000]) == [10, 200, 3_200])
        let sweep = SimulatedBench.cacheSweep(bytesPerEntry: 128, .standard)
        #expect(sweep == [192, 8_192, 131_072])
    }

    @Test func bytesFollowTheEntry() throws {
        // 24 + 24 + 16 + 72 and its class; key in the entry; key in the object; all in the object.
        let known: [Table: (least: Double, allocations: Double)] = [
            .valkey72: (144, 4), .valkey80: (136, 3), .valkey81: (120, 2), .valkey91: (96, 1),
        ]
        var plan = Self.smallPlan()
        plan.tables = known.keys.map { TableSpecification($0) }
        plan.entries = [5_000]
        plan.turnovers = []
        plan.growthEntries = 0
        plan.curveEntries = 0
        var runner = BenchRunner(plan)
        let memory = runner.run().memory
        #expect(memory.count == known.count)
        for row in memory {
            let table = try Table.parse(row.table)
            let expected = try #require(known[table])
            #expect(row.classPerEntry > expected.least)
            #expect(row.classPerEntry < expected.least + 40)
            #expect(row.requestedPerEntry <= row.classPerEntry)
            #expect(row.allocationsPerEntry.rounded() == expected.allocations)
        }
    }
}
