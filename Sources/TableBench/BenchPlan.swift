// What a run of the table benchmarks does: plain values, set by the command line.

import Glibc
import Keyspaces

/// One kind of work whose CPU time per operation is measured.
public enum Operation: Hashable, Sendable, CustomStringConvertible {
    /// Look-ups of uniformly drawn keys, of which so many in a hundred exist; `depth` of them have
    /// their memory asked for before the first runs, 1 means one by one.
    case find(hitPercent: Int, depth: Int)
    /// Inserts into a table that begins empty, all its growth included.
    case insert
    /// Deletes of uniformly drawn keys, then inserts of the same: two operations per key.
    case churn
    /// Values of uniformly drawn keys rewritten with the same size.
    case update
    /// A walk over all entries, per entry.
    case iterate
    /// SCAN in steps of ten, per entry met.
    case scan
    /// Fairly chosen keys.
    case random

    public var description: String {
        switch self {
        case .find(100, let depth): "find-hit/\(depth)"
        case .find(0, let depth): "find-miss/\(depth)"
        case .find(let percent, let depth): "find-\(percent)%/\(depth)"
        case .insert: "insert"
        case .churn: "churn"
        case .update: "update"
        case .iterate: "iterate"
        case .scan: "scan"
        case .random: "random"
        }
    }

    /// True where a slice is given keys.
    var takesKeys: Bool {
        switch self {
        case .find, .update, .churn, .insert: true
        case .iterate, .scan, .random: false
        }
    }

    /// What a table must have for it.
    var need: Capability? {
        switch self {
        case .find, .insert, .churn, .update, .iterate: nil
        case .scan: .scan
        case .random: .random
        }
    }

    /// True where every table must read the same.
    var isComparable: Bool { self != .random }
}

/// What tables read, held against each other: look-ups of one hit ratio must read the same at every
/// depth and in every table, and so must everything else that is comparable.
struct Agreement {
    private var checksums: [String: UInt64] = [:]
    private(set) var warnings: [String] = []

    mutating func check(_ operation: Operation, _ entries: Int, _ checksum: UInt64) {
        guard operation.isComparable else { return }
        let kind =
            if case .find(let percent, _) = operation { "find-\(percent)%" } else {
                operation.description
            }
        if checksums[kind, default: checksum] != checksum {
            warnings.append(
                "\(operation) at \(entries) entries: tables or depths disagree on what they "
                    + "read; run the keyspace tests")
        }
        checksums[kind] = checksum
    }
}

public struct BenchPlan: Sendable {
    public var tables = Table.builtIn
    /// Entries of the tables, one set of measurements for each.
    public var entries: [Int] = BenchPlan.cacheSweep(bytesPerEntry: 150)
    public var keySize = 16
    public var valueSize = 64
    /// Batch depths of look-ups that hit or miss. The mixed ratios run at the first and at 16.
    public var depths = [1, 4, 16, 64]
    public var hitPercents = [100, 75, 50, 25, 0]
    /// Samples per measurement; between two of one table, every other table has its turn.
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
    public var hash = HashFunction.siphash
    /// How bucket tables compare tags, and whether their rehash looks ahead; nil: as the release.
    /// 9.0 is 8.1 with sse2 and true.
    public var match: GroupMatch?
    public var lookAhead: Bool?
    public var seed: UInt64 = 1

    public init() {}

    /// Operations of a measured slice: some milliseconds, short enough to alternate often and long
    /// enough for a clock that costs 0.3 µs.
    public static let sliceOperations = 16_384

    public var operations: [Operation] {
        var list: [Operation] = [.insert]
        for percent in hitPercents {
            let isMixed = percent != 0 && percent != 100
            let wanted = isMixed ? depths.filter { $0 == depths.first || $0 == 16 } : depths
            list += wanted.map { .find(hitPercent: percent, depth: $0) }
        }
        return list + [.update, .churn, .iterate, .scan, .random]
    }

    /// Those that the table can do.
    func operations(of table: Table) -> [Operation] {
        let lacks = table.lacks
        return operations.filter { $0.need.map { !lacks.contains($0) } ?? true }
    }

    /// What is not measured of which table, one line each with its remedy.
    var leftOut: [String] {
        tables.flatMap { (table: Table) -> [String] in
            let able = operations(of: table)
            return operations.filter { !able.contains($0) }.map { operation in
                "\(table.label) has no \(operation.need?.rawValue ?? ""): \(operation) is left out "
                    + "of it; give its hashmark_optional a `\(operation)`"
            }
        }
    }

    func options(_ table: Table) -> KeyspaceOptions {
        var options = KeyspaceOptions(table)
        options.cluster = cluster
        options.hash = hash
        options.match = match ?? options.match
        options.lookAhead = lookAhead ?? options.lookAhead
        options.seed = seed
        return options
    }

    /// Why tables of so many entries cannot be measured, with the remedy; nil when they can.
    public func problem(_ entries: Int) -> String? {
        if entries > 0, KeyFeed.fits(entries, width: keySize) { return nil }
        return "\(entries) entries do not fit keys of \(keySize) digits; use a larger --key-size"
    }

    /// Entries that fill half of L1, half of L2, half of the last level and eight times the last
    /// level of this machine's caches.
    public static func cacheSweep(bytesPerEntry: Int) -> [Int] {
        func cache(_ name: Int, _ fallback: Int) -> Int {
            let bytes = sysconf(Int32(name))
            return bytes > 0 ? bytes : fallback
        }
        // What a guest does not tell is taken to be a common server core's.
        return cacheSweep(
            bytesPerEntry: bytesPerEntry,
            levels: [
                cache(Int(_SC_LEVEL1_DCACHE_SIZE), 32 << 10),
                cache(Int(_SC_LEVEL2_CACHE_SIZE), 1 << 20),
                cache(Int(_SC_LEVEL3_CACHE_SIZE), 32 << 20),
            ])
    }

    /// The same for caches of `levels` bytes, the last level last.
    public static func cacheSweep(bytesPerEntry: Int, levels: [Int]) -> [Int] {
        (levels.map { $0 / 2 } + levels.suffix(1).map { $0 * 8 }).map { $0 / bytesPerEntry }
    }

    /// Samples of an operation: a walk over all entries of a large table is long enough to be one
    /// by itself, and 40 million entries are some seconds.
    func repeats(of operation: Operation, _ entries: Int) -> Int {
        operation == .iterate ? min(repeats, max(40_000_000 / entries, 1)) : repeats
    }
}
