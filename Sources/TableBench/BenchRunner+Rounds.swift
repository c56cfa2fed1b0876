// Tables of one place, side by side, in rounds:
//
//     fills      every table filled from empty, one after the other, in a random order each time
//     rounds     round 1:  table C ├ warm up ┼ look-ups … ┤  table A ├ …
//                round 2:  table B ├ …
//
// A round has a block of every table, in a random order: whatever drifts (clock, neighbours, heat)
// falls on all of them alike, and the ratios of one round are one reading of a difference. In a
// block a table is first brought to its temperature (Caches.swift), then all its operations are
// measured, in the same random order for all tables: what a table costs is the same alone and in
// company. In the same round tables of as many entries get the same keys, and what they read must
// agree.

import Distributions
import Keyspaces
import Progress

/// A table with its entries in it.
private struct Filled {
    let specification: TableSpecification
    let table: any MeasuredTable
    let keys: KeySource
}

/// Readings of the operations of a stage, table by table.
private struct Readings {
    private(set) var samples: [[[Double]]]
    private(set) var sums: [[UInt64]]

    init(_ tables: Int, _ operations: Int) {
        samples = Array(repeating: Array(repeating: [], count: operations), count: tables)
        sums = Array(repeating: Array(repeating: 0, count: operations), count: tables)
    }

    mutating func add(_ reading: TableReading, _ table: Int, _ operation: Int) {
        samples[table][operation].append(reading.perOperation)
        sums[table][operation] &+= reading.checksum
    }
}

extension BenchRunner {
    mutating func measure(_ place: BenchPlace, _ contestants: [Contestant]) {
        let spans = Course.spans(plan.spanWeights(place))
        guard !contestants.isEmpty, let tables = filled(place, contestants, spans[0]) else {
            return
        }
        progress.begin("", spans[1])
        defer { progress.end() }
        for one in tables {
            one.table.settle()
            results.memory.append(MemoryResult(one.table, place))
            if let bytes = one.table.foreignBytes, bytes > 0 {
                results.warnings.append(
                    "\(one.table.name) took \(bytes) bytes at \(one.table.entries) entries "
                        + "elsewhere, which its bytes per entry leave out; allocate by the host, "
                        + "or add them")
            }
        }
        var agreement = Agreement()
        let stages = plan.stages
        for (index, stage) in stages.enumerated() where !isCancelled() {
            progress.begin("", Course.part(index, of: stages.count))
            defer { progress.end() }
            progress.say(stage.operations.map(\.name).distinctRuns.joined(separator: ", "))
            measure(stage, place, tables, &agreement)
        }
        results.warnings += agreement.warnings
    }

    // MARK: Fills

    /// Tables with their entries, the inserts measured on the way; nil when cancelled.
    private mutating func filled(
        _ place: BenchPlace, _ contestants: [Contestant], _ span: ClosedRange<Double>
    ) -> [Filled]? {
        progress.begin("", span)
        defer { progress.end() }
        progress.say("insert")
        let feed = KeyFeed(width: place.keySize, count: BenchPlan.sliceOperations)
        let repeats = plan.fills(place)
        var samples = [[Double]](repeating: [], count: contestants.count)
        var tables: [any MeasuredTable] = []
        for pass in 0..<repeats {
            tables = []
            tables = contestants.map { plan.make($0.table) }
            for (turn, i) in contestants.indices.shuffled(using: &random).enumerated() {
                if isCancelled() { return nil }
                let cpu = Self.fill(tables[i], contestants[i].entries, feed)
                samples[i].append(Double(cpu) / Double(contestants[i].entries))
                let done = Double(turn + 1) / Double(contestants.count)
                progress.advance(to: (Double(pass) + done) / Double(repeats))
            }
        }
        for (i, one) in contestants.enumerated() {
            results.operations.append(
                OperationResult(
                    table: one.table.label, operation: .insert, place: place, samples: samples[i],
                    checksum: place.load == nil ? UInt64(tables[i].entries) : nil))
        }
        return zip(tables, contestants).map { table, one in
            Filled(
                specification: one.table, table: table,
                keys: KeySource(entries: one.entries, seed: plan.seed))
        }
    }

    /// CPU time of all inserts.
    private static func fill(
        _ table: any MeasuredTable, _ entries: Int, _ feed: KeyFeed
    ) -> UInt64 {
        var cpu: UInt64 = 0
        for first in stride(from: 0, to: entries, by: feed.count) {
            let used = min(feed.count, entries - first)
            feed.fill(first..<(first + used))
            cpu += table.insert(feed, used).cpu
        }
        return cpu
    }

    // MARK: Rounds

    private mutating func measure(
        _ stage: BenchPlan.Stage, _ place: BenchPlace, _ tables: [Filled],
        _ agreement: inout Agreement
    ) {
        let feed = KeyFeed(width: place.keySize, count: BenchPlan.sliceOperations)
        if let turnovers = stage.turnovers {
            for one in tables { replaceAll(one, turnovers, feed) }
        }
        var readings = Readings(tables.count, stage.operations.count)
        for round in 0..<plan.repeats where !isCancelled() {
            let order = stage.operations.indices.shuffled(using: &random)
            for (turn, i) in tables.indices.shuffled(using: &random).enumerated() {
                warmUp(tables[i], stage.pattern, round, feed)
                for index in order {
                    let operation = stage.operations[index]
                    guard tables[i].specification.can(operation),
                        round < plan.repeats(of: operation, place.entries)
                    else { continue }
                    let seed = self.seed(round, index, place)
                    readings.add(slice(operation, tables[i], seed, feed), i, index)
                }
                let done = Double(turn + 1) / Double(tables.count)
                progress.advance(to: (Double(round) + done) / Double(plan.repeats))
            }
        }
        add(stage, place, tables, readings, &agreement)
        // Without a turn-over they are what they were after the fill.
        guard let turnovers = stage.turnovers, turnovers > 0, !isCancelled() else { return }
        for one in tables {
            one.table.settle()
            results.memory.append(MemoryResult(one.table, place, turnovers: turnovers))
        }
    }

    private mutating func add(
        _ stage: BenchPlan.Stage, _ place: BenchPlace, _ tables: [Filled], _ readings: Readings,
        _ agreement: inout Agreement
    ) {
        for (index, operation) in stage.operations.enumerated() {
            let isComparable = operation.isComparable(holdTheSame: place.load == nil)
            for (i, one) in tables.enumerated() where !readings.samples[i][index].isEmpty {
                let sum = readings.sums[i][index]
                results.operations.append(
                    OperationResult(
                        table: one.table.name, operation: operation, place: place,
                        samples: readings.samples[i][index],
                        checksum: isComparable ? sum : nil))
                if isComparable { agreement.check(operation, place.entries, sum) }
            }
        }
    }

    /// Of the draws of an operation in a round: the same for every table, another for every batch
    /// depth, or the second would find the first's keys in the caches.
    private func seed(_ round: Int, _ operation: Int, _ place: BenchPlace) -> UInt64 {
        var seeds = SplitMix64(
            seed: plan.seed &+ UInt64(place.entries) &+ UInt64(round) << 32
                &+ UInt64(operation) << 48)
        return seeds.next()
    }

    /// Erases and inserts until all entries were replaced so many times.
    private func replaceAll(_ one: Filled, _ turnovers: Int, _ feed: KeyFeed) {
        var unused = Xoshiro256PlusPlus(seed: plan.seed)
        one.table.meter = .none
        while one.keys.churning.pairs < turnovers * one.keys.entries && !isCancelled() {
            let operation = Operation.churn(turnovers: turnovers)
            let used = feed.fill(for: operation, one.keys, feed.count, &unused)
            _ = one.table.run(operation, feed, used, steps: used)
        }
        one.table.meter = .cpu
    }

    // MARK: Blocks

    /// Brings a hot table's entries back into the caches.
    private func warmUp(
        _ one: Filled, _ pattern: AccessPattern, _ round: Int, _ feed: KeyFeed
    ) {
        guard displacer == nil else { return }
        let (table, keys) = (one.table, one.keys)
        let lookups = plan.warmUp(keys.entries, bytes: table.bytes)
        var draw = Xoshiro256PlusPlus(seed: plan.seed &+ UInt64(round) &* 2 &+ 1)
        table.meter = .none
        for first in stride(from: 0, to: lookups, by: feed.count) {
            let used = min(feed.count, lookups - first)
            if lookups == keys.entries {
                feed.fill(held: first..<(first + used), keys)
            } else {
                feed.fill(held: pattern, keys, used, &draw)
            }
            // In batches, for that is quicker.
            _ = table.find(feed, used, depth: 16)
        }
        table.meter = .cpu
    }

    /// A measured slice. Hot, one with other keys goes before it, unmeasured: it brings what the
    /// operation has of its own, code included. A walk meets nothing that the warm-up did not.
    private func slice(
        _ operation: Operation, _ one: Filled, _ seed: UInt64, _ feed: KeyFeed
    ) -> TableReading {
        let steps = plan.steps(one.keys.entries)
        var draw = Xoshiro256PlusPlus(seed: seed)
        if let displacer {
            displacer.displace()
        } else if operation != .iterate {
            let used = feed.fill(for: operation, one.keys, steps, &draw)
            one.table.meter = .none
            _ = one.table.run(operation, feed, used, steps: steps)
            one.table.meter = .cpu
        }
        let used = feed.fill(for: operation, one.keys, steps, &draw)
        return one.table.run(operation, feed, used, steps: steps)
    }
}

extension Array where Element == String {
    /// Without those that are as the one before.
    fileprivate var distinctRuns: [String] {
        indices.filter { $0 == 0 || self[$0] != self[$0 - 1] }.map { self[$0] }
    }
}
