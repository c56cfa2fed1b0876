// What came out: plain values, for the text table and for the run record.

import Keyspaces

/// CPU time of one operation on one table.
public struct OperationResult: Sendable {
    public var table: String
    public var operation: Operation
    public var place: BenchPlace
    /// CPU time per operation, one per round.
    public var samples: [Double]
    /// Sum over what the operations returned, the same for every table (and depth): proof that the
    /// work was done and done right. Nil where tables differ by design (random keys).
    public var checksum: UInt64?
}

/// Memory of a settled table.
public struct MemoryResult: Sendable {
    public var table: String
    public var place: BenchPlace
    /// How many times all entries had been replaced; nil before any was.
    public var turnovers: Int?
    /// Entries that it holds.
    public var entries: Int
    public var requestedPerEntry: Double
    /// Bytes of the size classes.
    public var classPerEntry: Double
    public var allocationsPerEntry: Double
    /// Bytes that a loaded table says it took elsewhere; nil where it says nothing, or none.
    public var elsewherePerEntry: Double?
    public var statistics: KeyspaceStatistics

    init(_ table: any MeasuredTable, _ place: BenchPlace, turnovers: Int? = nil) {
        let (report, count) = (table.memory, Double(max(table.entries, 1)))
        self.table = table.name
        self.place = place
        self.turnovers = turnovers
        entries = table.entries
        requestedPerEntry = Double(report.requested) / count
        classPerEntry = Double(report.allocated) / count
        allocationsPerEntry = Double(report.allocations) / count
        elsewherePerEntry = table.foreignBytes.flatMap { $0 > 0 ? Double($0) / count : nil }
        statistics = table.statistics
    }
}

/// What an insert did besides inserting, as far as can be told from outside.
public enum GrowthPhase: Int, Sendable, CaseIterable {
    /// No resize in progress before or after, and the capacity stayed.
    case atRest
    /// The capacity rose: it allocated the new array, and moved all entries where the design does
    /// that at once.
    case starts
    /// Moved a chain.
    case rehashes
    /// Moved the last chain and gave the old array back.
    case ends
}

/// Times of single inserts across a doubling.
public struct GrowthResult: Sendable {
    public struct Phase: Sendable {
        public var phase: GrowthPhase
        public var inserts: Int
        public var mean: Double
        public var longest: Double
        /// Page faults of the slowest insert of this phase; nil when it was not among those looked
        /// at.
        public var faultsOfLongest: Int?
    }

    public var table: String
    public var keySize: Int
    public var inserts: Int
    /// ns at the share given, of the fastest of the repeats at each insert: the repeats do the same
    /// inserts, so what only one of them shows is the machine's doing, not the table's.
    public var p50: Double
    /// Nil where too few inserts carry it (Statistics' rule).
    public var p99: Double?
    public var p9999: Double?
    public var longest: Double
    /// The longest of all repeats, interruptions by other work included.
    public var longestRaw: Double
    public var phases: [Phase]
    /// What a page fault costs by itself, measured apart from the inserts.
    public var nanosecondsPerFault: Double
    /// What is in every time: two readings of the clock with nothing in between.
    public var clockNanoseconds: Double
    /// Page faults during all inserts, over the inserts.
    public var faultsPerInsert: Double
}

public struct BenchResults: Sendable {
    public var operations: [OperationResult] = []
    /// At the entries of the operations.
    public var memory: [MemoryResult] = []
    /// Over many entry counts.
    public var curve: [MemoryResult] = []
    public var growth: [GrowthResult] = []
    /// What was left out or looks wrong, one line each with its remedy.
    public var warnings: [String] = []
}
