// Runs a plan: fills the tables of each size side by side and measures them in turns.
//
// Between two samples of a table every other table has its turn, in a random order, so that
// whatever drifts (clock, neighbours, heat) falls on all of them alike. All tables get the same
// keys in the same repeat, and their checksums must agree.

import Distributions
import Keyspaces
import Progress
import Quantities

public struct BenchRunner {
    private let plan: BenchPlan
    private let progress: ProgressBar
    private let isCancelled: () -> Bool
    private var results = BenchResults()
    private var random: Xoshiro256PlusPlus
    private var footprint: Footprint

    /// - Parameters:
    ///   - isCancelled: asked between operations; true ends the run with what it has.
    ///   - progress: where it is told how far the run is.
    public init(
        _ plan: BenchPlan, isCancelled: @escaping () -> Bool = { false },
        progress: ProgressBar = ProgressBar(quiet: true)
    ) {
        self.plan = plan
        self.isCancelled = isCancelled
        self.progress = progress
        random = Xoshiro256PlusPlus(seed: plan.seed)
        footprint = Footprint(plan)
    }

    public mutating func run() -> BenchResults {
        let spans = Course.spans(plan.parts)
        results.warnings += plan.leftOut
        for (entries, span) in zip(plan.entries, spans) where !isCancelled() {
            progress.begin("\(entries) entries", span)
            defer { progress.end() }
            measure(entries)
        }
        if plan.curveEntries > 0 { addCurves(spans[plan.entries.count]) }
        if plan.growthEntries > 0 { addGrowth(spans[plan.entries.count + 1]) }
        return results
    }

    private mutating func addCurves(_ span: ClosedRange<Double>) {
        progress.begin("bytes per entry", span)
        defer { progress.end() }
        for (index, table) in plan.tables.enumerated()
        where !isCancelled() && fits(table, plan.curveEntries) {
            progress.say("\(table.label), up to \(plan.curveEntries) entries")
            curve(table)
            progress.advance(to: Double(index + 1) / Double(plan.tables.count))
        }
    }

    private mutating func addGrowth(_ span: ClosedRange<Double>) {
        progress.begin("inserts across a doubling", span)
        defer { progress.end() }
        for (index, table) in plan.tables.enumerated()
        where !isCancelled() && fits(table, plan.growthEntries * 2) {
            progress.say("\(table.label), of \(plan.growthEntries) entries")
            let growth = GrowthBench.run(table, plan)
            progress.advance(to: Double(index + 1) / Double(plan.tables.count))
            results.growth.append(growth)
            if table.resizesAtOnce || growth.phases.contains(where: { $0.phase == .starts }) {
                continue
            }
            results.warnings.append(
                "\(table.label) does not grow between \(plan.growthEntries) and "
                    + "\(plan.growthEntries * 2) entries; use another --growth")
        }
    }

    /// Whether `entries` of `table` fit the memory allowed; warns where they do not.
    private mutating func fits(_ table: Table, _ entries: Int) -> Bool {
        if let problem = plan.problem(entries) {
            results.warnings.append(problem)
            return false
        }
        let bytes = footprint.peakBytes(table, entries)
        if bytes > plan.memoryLimit { results.warnings.append(tooLarge(table, entries, bytes)) }
        return bytes <= plan.memoryLimit
    }

    private func tooLarge(_ table: Table, _ entries: Int, _ bytes: Int) -> String {
        "\(entries) entries of \(table.label) left out: they take up to "
            + "\(ByteCount.text(bytes)), and \(ByteCount.text(plan.memoryLimit)) are allowed or "
            + "available; raise --memory, or use a machine with more"
    }

    // MARK: One size

    private mutating func measure(_ entries: Int) {
        if let problem = plan.problem(entries) { return results.warnings.append(problem) }
        let bytes = plan.tables.map { footprint.peakBytes($0, entries) }
        if bytes.reduce(0, +) <= plan.memoryLimit { return measure(entries, plan.tables) }
        var fitting: [Table] = []
        for (table, bytes) in zip(plan.tables, bytes) {
            if bytes <= plan.memoryLimit {
                fitting.append(table)
            } else {
                results.warnings.append(tooLarge(table, entries, bytes))
            }
        }
        if fitting.count > 1 {
            results.warnings.append(
                "\(entries) entries: tables measured one after the other, not interleaved, to stay "
                    + "within \(ByteCount.text(plan.memoryLimit)); raise --memory, or use a machine "
                    + "with more")
        }
        for (index, table) in fitting.enumerated() where !isCancelled() {
            progress.begin("", Course.part(index, of: fitting.count))
            defer { progress.end() }
            measure(entries, [table])
        }
    }

    private mutating func measure(_ entries: Int, _ names: [Table]) {
        let spans = Course.spans(plan.spanWeights(entries))
        guard let tables = filled(entries, names, spans[0]) else { return }
        progress.begin("", spans[1])
        defer { progress.end() }
        for table in tables {
            table.settle()
            results.memory.append(Self.memory(of: table))
            if let bytes = table.foreignBytes, bytes > 0 {
                results.warnings.append(
                    "\(table.name) took \(bytes) bytes at \(table.entries) entries elsewhere, "
                        + "which its bytes per entry leave out; allocate by the host, or add them")
            }
        }
        let feed = KeyFeed(width: plan.keySize, count: BenchPlan.sliceOperations)
        var agreement = Agreement()
        let operations = plan.operations.filter { $0 != .insert }
        for (index, operation) in operations.enumerated() where !isCancelled() {
            progress.begin("", Course.part(index, of: operations.count))
            defer { progress.end() }
            progress.say("\(operation)")
            let able = tables.filter { $0.can(operation) }
            measure(operation, entries, able, feed, &agreement)
        }
        results.warnings += agreement.warnings
    }

    /// Tables with `entries` keys, the inserts measured on the way; nil when cancelled.
    private mutating func filled(
        _ entries: Int, _ names: [Table], _ span: ClosedRange<Double>
    ) -> [any MeasuredTable]? {
        progress.begin("", span)
        defer { progress.end() }
        progress.say("insert")
        let feed = KeyFeed(width: plan.keySize, count: BenchPlan.sliceOperations)
        let repeats = plan.fills(entries)
        var samples = [[Double]](repeating: [], count: names.count)
        var tables: [any MeasuredTable] = []
        for pass in 0..<repeats {
            tables = []
            tables = names.map { TableMaker.make($0, plan) }
            var cpu = [UInt64](repeating: 0, count: names.count)
            var done = 0
            while done < entries {
                if isCancelled() { return nil }
                let used = min(feed.count, entries - done)
                feed.fill(done..<(done + used))
                for i in names.indices.shuffled(using: &random) {
                    cpu[i] += tables[i].insert(feed, used).cpu
                }
                done += used
                let share = Double(done) / Double(entries)
                progress.advance(to: (Double(pass) + share) / Double(repeats))
            }
            for i in names.indices { samples[i].append(Double(cpu[i]) / Double(entries)) }
        }
        for (i, name) in names.enumerated() {
            results.operations.append(
                OperationResult(
                    table: name.label, operation: .insert, entries: entries,
                    samples: samples[i], checksum: UInt64(tables[i].entries)))
        }
        return tables
    }

    private mutating func measure(
        _ operation: Operation, _ entries: Int, _ tables: [any MeasuredTable], _ feed: KeyFeed,
        _ agreement: inout Agreement
    ) {
        var samples = [[Double]](repeating: [], count: tables.count)
        var sums = [UInt64](repeating: 0, count: tables.count)
        // The same draws for every table and batch depth.
        var draw = Xoshiro256PlusPlus(seed: plan.seed &+ UInt64(entries))
        // The first repeat warms caches and branch predictors up and does not count.
        let repeats = plan.repeats(of: operation, entries)
        for pass in 0...repeats where !isCancelled() {
            let used = feed.fill(for: operation, entries, &draw)
            for i in tables.indices.shuffled(using: &random) {
                let reading = tables[i].run(operation, feed, used)
                sums[i] &+= reading.checksum
                if pass > 0 { samples[i].append(reading.perOperation) }
            }
            progress.advance(to: Double(pass + 1) / Double(repeats + 1))
        }
        for (i, table) in tables.enumerated() {
            results.operations.append(
                OperationResult(
                    table: table.name, operation: operation, entries: entries,
                    samples: samples[i], checksum: operation.isComparable ? sums[i] : nil))
            agreement.check(operation, entries, sums[i])
        }
    }

    // MARK: Bytes

    private static func memory(of table: any MeasuredTable) -> MemoryResult {
        let (report, entries) = (table.memory, Double(max(table.entries, 1)))
        return MemoryResult(
            table: table.name, entries: table.entries,
            requestedPerEntry: Double(report.requested) / entries,
            classPerEntry: Double(report.allocated) / entries,
            allocationsPerEntry: Double(report.allocations) / entries, loadFactor: table.loadFactor)
    }

    /// Eight points per doubling: the sawtooth of growth, of which one number shows one tooth.
    private mutating func curve(_ table: Table) {
        let measured = TableMaker.make(table, plan)
        let feed = KeyFeed(width: plan.keySize, count: 4_096)
        var point = 10_000.0
        while Int(point) <= plan.curveEntries {
            GrowthBench.fill(measured, Int(point), feed)
            results.curve.append(Self.memory(of: measured))
            point *= 1.0905  // 2^(1/8)
        }
    }
}
