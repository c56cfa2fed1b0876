// Small things that every table's reports and background work share.

import CIntrinsics
import Glibc

/// Adds up allocations as a recount finds them, apart from the slab's own counters.
struct Tally {
    private let quantum: SizeClasses.Quantum
    private(set) var report = MemoryReport()

    init(_ quantum: SizeClasses.Quantum) {
        self.quantum = quantum
    }

    mutating func add(_ bytes: Int) {
        report.requested += bytes
        report.allocated += SizeClasses.size(for: bytes, quantum)
        report.allocations += 1
    }
}

/// Adds up the statistics of one or many tables.
struct StatisticsSum {
    private(set) var statistics = KeyspaceStatistics()
    private var count = 0
    private var moved = 0
    private var toMove = 0

    /// A chain with `length` elements.
    mutating func addChain(_ length: Int) { Self.add(length, &statistics.chainLengths) }
    /// A bucket, home or child, with `entries`.
    mutating func addBucket(_ entries: Int) { Self.add(entries, &statistics.bucketOccupancy) }

    private static func add(_ value: Int, _ histogram: inout [Int]) {
        while histogram.count <= value { histogram.append(0) }
        histogram[value] += 1
    }

    /// - Parameters:
    ///   - moved: chains of the old table behind the rehash index; nil without a resize.
    ///   - total: chains of the old table.
    mutating func add(count: Int, capacity: Int, moved: Int?, of total: Int) {
        self.count += count
        statistics.capacity += capacity
        statistics.tables += 1
        if let moved {
            self.moved += moved
            toMove += total
        }
        if statistics.capacity > 0 {
            statistics.loadFactor = Double(self.count) / Double(statistics.capacity)
        }
        if toMove > 0 { statistics.rehashProgress = Double(self.moved) / Double(toMove) }
    }
}

extension MemoryReport {
    init(_ slab: borrowing Slab) {
        self.init(
            requested: slab.requested, allocated: slab.allocated, allocations: slab.allocations)
    }
}

extension Keyspace where Self: ~Copyable {
    /// `append` for values that cannot take it where they are: the whole value is set anew.
    mutating func appendByCopy(_ key: Key, _ suffix: Bytes) -> Int {
        guard let old = find(key) else {
            set(key, suffix, expiry: .never)
            return suffix.count
        }
        var value: [UInt8]
        switch old {
        case .bytes(let bytes): value = Array(bytes)
        case .integer(let number): value = Array(String(number).utf8)
        }
        value.append(contentsOf: suffix)
        value.withUnsafeBytes { set(key, $0, expiry: .keep, form: .separate) }
        return value.count
    }

    /// `scan` for a table that visits its positions one by one: on until `count` entries were met,
    /// but over ten empty positions for each at most (db.c), so that a sparse table cannot hold up
    /// the server.
    func scan(
        _ cursor: UInt64, count: Int, visit: (UInt64, inout Int) -> UInt64
    ) -> UInt64 {
        var cursor = cursor
        var met = 0
        var positions = 0
        let most = max(count, 1).multipliedReportingOverflow(by: 10)
        let positionsMax = most.overflow ? Int.max : most.partialValue
        repeat {
            cursor = visit(cursor, &met)
            positions += 1
        } while cursor != 0 && met < count && positions < positionsMax
        return cursor
    }
}

extension ValueView {
    /// Bytes that GET returns.
    var length: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .integer(let number): String(number).utf8.count
        }
    }
}

/// A point of the monotonic clock after which background work stops.
struct Deadline {
    private let nanoseconds: UInt64

    init(_ nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    var hasPassed: Bool { Self.now() >= nanoseconds }
}

/// Asks for the cache line at `address`.
func prefetch(_ address: UnsafeRawPointer) {
    hashmark_prefetch(address)
}
