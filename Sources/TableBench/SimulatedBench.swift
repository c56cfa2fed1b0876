// The same operations under callgrind: instructions and simulated cache misses of exactly the loops
// that are otherwise timed, and of nothing else.
//
//     outside   SimulatedBench.results   starts `work` in a process under valgrind, pairs its lines
//                                        with callgrind's profiles, one of each per step
//     inside    SimulatedBench.work      fills, warms up uncounted, counts one slice, prints a
//                                        line; keys are spelled inside the simulation but uncounted
//
// A step is one operation on one table of one size; both sides know their order (`steps`). Seeds
// and addresses are pinned, so that counts repeat to the last digit. Software prefetches are no-ops
// in the model: batches show there as they cost, not as they help.

import Counters
import Distributions
import Keyspaces
import Progress

/// Counts of one operation on one table.
public struct SimulatedResult: Sendable {
    public var table: String
    public var operation: Operation
    public var place: BenchPlace
    /// By counter, per operation.
    public var perOperation: [Counter: Double]
    /// Sum over what the operations returned, the same for every table (and depth).
    public var checksum: UInt64
}

public enum SimulatedBench {
    /// What results have, in the order in which tables show them.
    public static let counters: [Counter] = [
        .simulatedInstructions, .simulatedD1ReadMisses, .simulatedLLReadMisses,
    ]

    struct Step: Equatable {
        /// Its label.
        var table: String
        var operation: Operation
        var place: BenchPlace
    }

    static func steps(_ plan: BenchPlan) -> [Step] {
        plan.places.flatMap { place in
            plan.tables.flatMap { table in
                plan.operations.filter(table.can).map {
                    Step(table: table.label, operation: $0, place: place)
                }
            }
        }
    }

    /// Half of the first level, half of the last, and eight times the last.
    public static func cacheSweep(bytesPerEntry: Int, _ geometry: CacheGeometry) -> [Int] {
        BenchPlan.cacheSweep(
            bytesPerEntry: bytesPerEntry, levels: [geometry.d1.bytes, geometry.ll.bytes])
    }

    // MARK: Inside

    /// Runs every step; `print` gets a line for each. Only where `CallgrindRegion.canCount`, and
    /// for plans without a `problem` at any size.
    public static func work(_ plan: BenchPlan, print: (String) -> Void) {
        for place in plan.places {
            for table in plan.tables { work(plan, table, place, print) }
        }
    }

    private static func work(
        _ plan: BenchPlan, _ table: TableSpecification, _ place: BenchPlace,
        _ print: (String) -> Void
    ) {
        let measured = plan.make(table)
        let keys = KeySource(entries: place.entries, seed: plan.seed)
        let feed = KeyFeed(width: place.keySize, count: chunk(plan))
        for operation in plan.operations where table.can(operation) {
            let reading =
                operation == .insert
                ? fill(measured, place.entries, feed) : count(operation, measured, keys, feed, plan)
            print("\(reading.operations) \(reading.checksum)")
        }
    }

    private static func fill(
        _ table: any MeasuredTable, _ entries: Int, _ feed: KeyFeed
    ) -> TableReading {
        CallgrindRegion.begin()
        CallgrindRegion.mark()
        table.meter = .simulated
        var total = TableReading()
        for first in stride(from: 0, to: entries, by: feed.count) {
            let used = min(feed.count, entries - first)
            feed.fill(first..<(first + used))
            total.add(table.insert(feed, used))
        }
        CallgrindRegion.end()
        table.settle()
        return total
    }

    private static func count(
        _ operation: Operation, _ table: any MeasuredTable, _ keys: KeySource, _ feed: KeyFeed,
        _ plan: BenchPlan
    ) -> TableReading {
        // The same draws for every table and batch depth; the slice that warms the caches up has
        // other keys than the one that counts.
        var draw = Xoshiro256PlusPlus(seed: plan.seed &+ UInt64(keys.entries))
        func slice() -> TableReading {
            var total = TableReading()
            let chunks = operation.takesKeys ? BenchPlan.sliceOperations / feed.count : 1
            for _ in 0..<chunks {
                let used = feed.fill(for: operation, keys, feed.count, &draw)
                total.add(
                    table.run(operation, feed, used, steps: BenchPlan.sliceOperations))
            }
            return total
        }
        CallgrindRegion.begin()
        table.meter = .none
        _ = slice()
        CallgrindRegion.mark()
        table.meter = .simulated
        let reading = slice()
        CallgrindRegion.end()
        return reading
    }

    /// Keys that are spelled, uncounted, before the operations that take them: few enough to stay
    /// in the first level, so that no miss is counted which is not the table's, and whole batches.
    private static func chunk(_ plan: BenchPlan) -> Int { max(64, plan.depths.max() ?? 1) }

    // MARK: Outside

    /// Runs `arguments`, a program that calls `work` with this plan, under callgrind.
    /// - Parameters:
    ///   - progress: where it is told how far the run is.
    ///   - isCancelled: true ends it.
    /// - Returns: results, and what looks wrong, one line each with its remedy.
    public static func results(
        _ plan: BenchPlan, _ session: CallgrindSession, _ arguments: [String],
        isCancelled: () -> Bool = { false }, progress: ProgressBar
    ) throws(SimulationError) -> (results: [SimulatedResult], warnings: [String]) {
        let steps = steps(plan)
        let spans = Course.spans(plan.simulatedParts)
        var readings: [TableReading] = []
        progress.begin("", 0...1)
        defer { progress.end() }
        let profiles = try SimulatedProgram.run(arguments, session, isCancelled: isCancelled) {
            if let reading = TableReading(line: $0) { readings.append(reading) }
            guard readings.count < steps.count else { return }
            let next = steps[readings.count]
            progress.advance(to: spans[readings.count].lowerBound)
            progress.say("\(next.place.entries) entries · \(next.table) · \(next.operation)")
        }
        guard profiles.count == steps.count, readings.count == steps.count else {
            throw .died(
                program: arguments[0],
                "counted \(profiles.count) of \(steps.count) regions", lastWords: nil)
        }
        var agreements: [BenchPlace: Agreement] = [:]
        var results: [SimulatedResult] = []
        for ((step, reading), profile) in zip(zip(steps, readings), profiles) {
            if step.operation.isComparable(holdTheSame: true) {
                agreements[step.place, default: Agreement()]
                    .check(step.operation, step.place.entries, reading.checksum)
            }
            results.append(SimulatedResult(step, reading, profile))
        }
        let disagreements = plan.places.flatMap { agreements[$0]?.warnings ?? [] }
        return (results, plan.leftOut + disagreements)
    }
}

extension TableReading {
    fileprivate mutating func add(_ other: TableReading) {
        operations += other.operations
        checksum &+= other.checksum
    }

    /// A line of `SimulatedBench.work`: operations and checksum.
    fileprivate init?(line: String) {
        let words = line.split(separator: " ")
        guard words.count == 2, let operations = Int(words[0]), let sum = UInt64(words[1]) else {
            return nil
        }
        self.init(operations: operations, checksum: sum)
    }
}

extension SimulatedResult {
    fileprivate init(
        _ step: SimulatedBench.Step, _ reading: TableReading, _ profile: CallgrindProfile
    ) {
        table = step.table
        operation = step.operation
        place = step.place
        checksum = reading.checksum
        perOperation = [:]
        for counter in SimulatedBench.counters {
            guard let total = profile.total(counter) else { continue }
            perOperation[counter] = Double(total) / Double(max(reading.operations, 1))
        }
    }
}
