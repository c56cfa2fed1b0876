// Sums of which the reports of a keyspace are made: bytes as a recount finds them, and statistics.

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

    /// Entries of a table that are found with one step, with two, …
    mutating func addProbes(_ lengths: [Int]) {
        let used = lengths.count - lengths.reversed().prefix { $0 == 0 }.count
        while statistics.probeLengths.count < used { statistics.probeLengths.append(0) }
        for index in 0..<used { statistics.probeLengths[index] += lengths[index] }
    }

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
    static func + (one: MemoryReport, other: MemoryReport) -> MemoryReport {
        MemoryReport(
            requested: one.requested + other.requested, allocated: one.allocated + other.allocated,
            allocations: one.allocations + other.allocations)
    }

    init(_ slab: borrowing Slab) {
        self.init(
            requested: slab.requested, allocated: slab.allocated, allocations: slab.allocations)
    }
}
