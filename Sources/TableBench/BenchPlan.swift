// What a run of the table benchmarks does: plain values, set by the command line.

import Keyspaces

/// How full a table is: just after it grew, or just before it grows again.
public enum LoadPoint: String, Sendable, CaseIterable {
    case min, max
}

/// Where tables are measured side by side.
public struct BenchPlace: Hashable, Sendable {
    /// As asked for. With a load, each table holds what it holds when it next grows: at `max` just
    /// before, at `min` just after.
    public var entries: Int
    public var keySize: Int
    public var load: LoadPoint?
}

public struct BenchPlan: Sendable {
    public var tables = Table.releases.map { TableSpecification($0) }
    /// Entries of the tables, one set of measurements for each.
    public var entries: [Int] = BenchPlan.cacheSweep(bytesPerEntry: 150)
    /// Empty: as many entries as asked for, however full that is.
    public var loads: [LoadPoint] = []
    public var keySizes = [16]
    public var valueSize = 64
    /// Batch depths of look-ups that hit or miss. The mixed ratios run at the first and at 16.
    public var depths = [1, 4, 16, 64]
    public var hitPercents = [100, 75, 50, 25, 0]
    /// Which keys look-ups are for.
    public var patterns = [AccessPattern.uniform]
    /// How many times all entries were replaced before erasing and inserting is measured; empty
    /// leaves it out.
    public var turnovers = [1]
    public var temperature = Temperature.hot
    /// The size of the cache behind which there is memory, in bytes.
    public var lastLevelBytes = MachineCaches.last
    /// Rounds: samples per measurement. In each, every table has its block.
    public var repeats = 11
    /// Bytes that all tables together may take; tables that do not fit side by side are measured
    /// one after the other, and those that do not fit alone are left out (`Footprint`).
    public var memoryLimit = 4 << 30
    /// Entries of the table whose single inserts are timed across a doubling; 0 leaves it out. Not
    /// a power of two: a dict of 8.0 that is just full grows at rest, before the first timed
    /// insert.
    public var growthEntries = 500_000
    /// Entries up to which the bytes curve goes; 0 leaves it out.
    public var curveEntries = 1 << 20
    public var cluster = false
    public var seed: UInt64 = 1

    public init() {}

    /// Operations of a measured slice: some milliseconds, short enough to alternate often and long
    /// enough for a clock that costs 0.3 µs.
    public static let sliceOperations = 16_384

    /// Every size of keys, number of entries and load.
    public var places: [BenchPlace] {
        let loads: [LoadPoint?] = self.loads.isEmpty ? [nil] : self.loads
        return keySizes.flatMap { keySize in
            entries.flatMap { entries in
                loads.map { BenchPlace(entries: entries, keySize: keySize, load: $0) }
            }
        }
    }

    // MARK: Operations

    /// What is measured between two warm-ups of a table: what leaves it as it is.
    struct Stage {
        /// Of the keys that a warm-up looks up.
        var pattern = AccessPattern.uniform
        var operations: [Operation]
        /// How many times all entries are replaced before the first round.
        var turnovers: Int?
    }

    /// Those that write come last, for they move entries about.
    var stages: [Stage] {
        var stages = patterns.map { Stage(pattern: $0, operations: lookups($0)) }
        stages[0].operations += [.iterate, .scan, .random]
        stages.append(Stage(operations: [.update]))
        return stages
            + turnovers.sorted().map {
                Stage(operations: [.churn(turnovers: $0)], turnovers: $0)
            }
    }

    private func lookups(_ pattern: AccessPattern) -> [Operation] {
        hitPercents.flatMap { percent in
            let isMixed = percent != 0 && percent != 100
            let wanted = isMixed ? depths.filter { $0 == depths.first || $0 == 16 } : depths
            return wanted.map {
                Operation.find(Lookup(hitPercent: percent, depth: $0, pattern: pattern))
            }
        }
    }

    public var operations: [Operation] { [.insert] + stages.flatMap(\.operations) }

    /// What is not measured of which table, one line each with its remedy.
    var leftOut: [String] {
        tables.flatMap { (table: TableSpecification) -> [String] in
            operations.filter { !table.can($0) }.map { operation in
                "\(table.label) has no \(operation.need?.rawValue ?? ""): \(operation) is left out "
                    + "of it; give its hashmark_optional a `\(operation)`"
            }
        }
    }

    /// Samples of an operation: a walk over all entries of a large table is long enough to be one
    /// by itself, and 40 million entries are some seconds.
    func repeats(of operation: Operation, _ entries: Int) -> Int {
        operation == .iterate ? min(repeats, max(40_000_000 / entries, 1)) : repeats
    }

    /// Operations of a slice on a table of `entries`. Of a cold table only so many are cold as have
    /// not been met before: an eighth of its entries; of tables below 512 a few are met again,
    /// because the clock's own cost would show.
    func steps(_ entries: Int) -> Int {
        temperature == .hot
            ? Self.sliceOperations : min(max(entries / 8, 64), Self.sliceOperations)
    }

    /// Look-ups after which the caches hold of a table of so many bytes what they hold of it in
    /// use: all of its entries, or twice as many as the last level has room for.
    func warmUp(_ entries: Int, bytes: Int) -> Int {
        let room = 2 * lastLevelBytes / max(bytes / max(entries, 1), 1)
        return min(entries, max(room, Self.sliceOperations))
    }

    func make(_ table: TableSpecification) -> any MeasuredTable {
        table.make(cluster: cluster, seed: seed, valueSize: valueSize)
    }

    // MARK: Sizes

    /// The most entries that a table of this place holds: tables double, so within the next
    /// doubling each of them grows.
    func mostEntries(_ place: BenchPlace) -> Int {
        place.load == nil ? place.entries : 2 * place.entries + 2
    }

    /// Why tables of this place cannot be measured, with the remedy; nil when they can.
    public func problem(_ place: BenchPlace) -> String? {
        problem(mostEntries(place), keySize: place.keySize)
    }

    func problem(_ entries: Int, keySize: Int) -> String? {
        if entries > 0, KeyFeed.fits(entries, width: keySize) { return nil }
        return "\(entries) entries do not fit keys of \(keySize) digits; use a larger --key-size"
    }

    /// Entries that fill half of L1, half of L2, half of the last level and eight times the last
    /// level of this machine's caches.
    public static func cacheSweep(bytesPerEntry: Int) -> [Int] {
        cacheSweep(bytesPerEntry: bytesPerEntry, levels: MachineCaches.levels)
    }

    /// The same for caches of `levels` bytes, the last level last.
    public static func cacheSweep(bytesPerEntry: Int, levels: [Int]) -> [Int] {
        (levels.map { $0 / 2 } + levels.suffix(1).map { $0 * 8 }).map { $0 / bytesPerEntry }
    }
}
