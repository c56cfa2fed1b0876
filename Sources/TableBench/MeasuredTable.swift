// One table with the loops that are timed. The class is generic, so every loop is compiled for its
// table; what the runner sees is the protocol, called once per slice.
//
// Each loop borrows the keyspace once (a class property checked per operation would cost more than
// some operations do) and returns the sum over what it read, so that nothing can be left out.

import Counters
import Keyspaces
import LinuxSystem

/// What the cost of a loop is read from.
enum Meter {
    /// The thread's CPU time.
    case cpu
    /// callgrind: the loop is a region of its own (`CallgrindRegion`).
    case simulated
    /// Nothing: a warm-up.
    case none
}

struct Reading {
    var operations = 0
    var cpu: UInt64 = 0
    var checksum: UInt64 = 0

    var perOperation: Double { Double(cpu) / Double(max(operations, 1)) }
}

protocol MeasuredTable: AnyObject {
    var name: String { get }
    var meter: Meter { get set }
    func insert(_ feed: KeyFeed, _ used: Int) -> Reading
    func find(_ feed: KeyFeed, depth: Int) -> Reading
    func update(_ feed: KeyFeed) -> Reading
    func churn(_ feed: KeyFeed, _ used: Int) -> Reading
    func iterate() -> Reading
    func scan(entries: Int) -> Reading
    func random(count: Int) -> Reading
    func settle()
    func can(_ operation: Operation) -> Bool
    var memory: MemoryReport { get }
    /// Bytes that the table says it took elsewhere; nil where it says nothing.
    var foreignBytes: Int? { get }
    /// nil where the table does not tell how many places it has.
    var loadFactor: Double? { get }
    var entries: Int { get }
    /// Inserts the keys `range`, timing each.
    func timedInserts(_ range: Range<Int>, _ record: InsertRecord, _ spelled: KeyFeed)
}

extension MeasuredTable {
    /// A slice of `operation`, with the keys that `KeyFeed.fill(for:)` spelled for it.
    func run(_ operation: Operation, _ feed: KeyFeed, _ used: Int) -> Reading {
        switch operation {
        case .insert: insert(feed, used)
        case .find(_, let depth): find(feed, depth: depth)
        case .update: update(feed)
        case .churn: churn(feed, used)
        case .iterate: iterate()
        case .scan: scan(entries: BenchPlan.sliceOperations)
        case .random: random(count: 2_048)
        }
    }
}

/// Makes the table of a plan as a `MeasuredTable`.
struct TableMaker: KeyspaceVisitor {
    typealias Failure = Never
    let name: String
    let valueSize: Int
    let lacks: Set<Capability>

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) -> any MeasuredTable {
        TableLoops(name, keyspace, valueSize: valueSize, lacks: lacks)
    }

    static func make(_ table: Table, _ plan: BenchPlan) -> any MeasuredTable {
        var maker = TableMaker(
            name: table.label, valueSize: plan.valueSize, lacks: table.lacks)
        return table.withKeyspace(plan.options(table), &maker)
    }
}

final class TableLoops<K: Keyspace & ~Copyable>: MeasuredTable {
    let name: String
    var meter = Meter.cpu
    var keyspace: K
    /// Never a number, so that no table keeps it as one.
    private let value: UnsafeMutableRawBufferPointer
    private var cursor: UInt64 = 0
    private let lacks: Set<Capability>

    init(_ name: String, _ keyspace: consuming K, valueSize: Int, lacks: Set<Capability>) {
        self.name = name
        self.lacks = lacks
        self.keyspace = keyspace
        value = .allocate(byteCount: max(valueSize, 1), alignment: 64)
        value.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "v"))
    }

    deinit { value.deallocate() }

    private func timed(_ operations: Int, _ body: () -> UInt64) -> Reading {
        var reading = Reading(operations: operations)
        switch meter {
        case .cpu:
            let start = Clock.threadCPUNanoseconds()
            reading.checksum = body()
            reading.cpu = Clock.threadCPUNanoseconds() - start
        case .simulated: reading.checksum = CallgrindRegion.count(body)
        case .none: reading.checksum = body()
        }
        return reading
    }

    // MARK: Loops

    func insert(_ feed: KeyFeed, _ used: Int) -> Reading {
        timed(used) { Self.insert(&keyspace, feed, used, Bytes(value)) }
    }

    private static func insert(
        _ keyspace: inout K, _ feed: KeyFeed, _ used: Int, _ value: Bytes
    ) -> UInt64 {
        var sum: UInt64 = 0
        for i in 0..<used {
            let isNew = keyspace.set(keyspace.key(feed.key(i)), value, expiry: .never)
            sum &+= isNew ? 1 : 0
        }
        return sum
    }

    func find(_ feed: KeyFeed, depth: Int) -> Reading {
        timed(feed.count) {
            depth == 1 ? Self.find(&keyspace, feed) : Self.find(&keyspace, feed, depth)
        }
    }

    private static func find(_ keyspace: inout K, _ feed: KeyFeed) -> UInt64 {
        var sum: UInt64 = 0
        for i in 0..<feed.count { sum &+= read(keyspace.find(keyspace.key(feed.key(i)))) }
        return sum
    }

    private static func find(_ keyspace: inout K, _ feed: KeyFeed, _ depth: Int) -> UInt64 {
        withUnsafeTemporaryAllocation(of: Key.self, capacity: depth) { batch in
            var sum: UInt64 = 0
            var first = 0
            while first < feed.count {
                let size = min(depth, feed.count &- first)
                for j in 0..<size {
                    batch[j] = keyspace.key(feed.key(first &+ j))
                    keyspace.prefetchIndex(batch[j])
                }
                for j in 0..<size { keyspace.prefetchEntry(batch[j]) }
                for j in 0..<size { keyspace.prefetchValue(batch[j]) }
                for j in 0..<size { keyspace.prefetchPayload(batch[j]) }
                for j in 0..<size { sum &+= read(keyspace.find(batch[j])) }
                first &+= size
            }
            return sum
        }
    }

    /// What a GET needs of a value at least: its length and its first line.
    @inline(__always)
    private static func read(_ value: ValueView?) -> UInt64 {
        switch value {
        case nil: return 0
        case .integer(let number): return UInt64(bitPattern: number)
        case .bytes(let bytes):
            let first = bytes.isEmpty ? 0 : UInt64(bytes[0])
            return UInt64(bytes.count) &<< 8 &+ first
        }
    }

    func update(_ feed: KeyFeed) -> Reading {
        // None is new: the sum stays 0.
        timed(feed.count) { Self.insert(&keyspace, feed, feed.count, Bytes(value)) }
    }

    func churn(_ feed: KeyFeed, _ used: Int) -> Reading {
        timed(used * 2) {
            Self.remove(&keyspace, feed, used)
                &+ Self.insert(&keyspace, feed, used, Bytes(value))
        }
    }

    private static func remove(_ keyspace: inout K, _ feed: KeyFeed, _ used: Int) -> UInt64 {
        var sum: UInt64 = 0
        for i in 0..<used { sum &+= keyspace.remove(keyspace.key(feed.key(i))) ? 1 : 0 }
        return sum
    }

    func iterate() -> Reading {
        timed(keyspace.count) {
            var sum: UInt64 = 0
            // swift-format-ignore: ReplaceForEachWithForLoop
            keyspace.forEach { key, value, _ in
                sum &+= UInt64(key[key.count &- 1]) &+ Self.read(value)
            }
            return sum
        }
    }

    func scan(entries: Int) -> Reading {
        var met = 0
        var reading = timed(0) {
            var sum: UInt64 = 0
            repeat {
                cursor = keyspace.scan(cursor, count: 10) { _, value, _ in
                    sum &+= Self.read(value)
                    met &+= 1
                }
            } while met < entries
            return sum
        }
        // Where the slice ends depends on the table; what it met per entry does not.
        reading.operations = met
        reading.checksum = met == 0 ? 0 : reading.checksum / UInt64(met)
        return reading
    }

    func random(count: Int) -> Reading {
        timed(count) {
            var sum: UInt64 = 0
            for _ in 0..<count { sum &+= UInt64(keyspace.randomKey()?.count ?? 0) }
            return sum
        }
    }

    // MARK: State

    func settle() { while keyspace.maintain(budgetMicroseconds: 10_000) {} }
    func can(_ operation: Operation) -> Bool {
        operation.need.map { !lacks.contains($0) } ?? true
    }
    var memory: MemoryReport { keyspace.memory }
    var foreignBytes: Int? { keyspace.foreignBytes }
    var loadFactor: Double? {
        let statistics = keyspace.statistics
        return statistics.capacity > 0 ? statistics.loadFactor : nil
    }
    var entries: Int { keyspace.count }

    func timedInserts(_ range: Range<Int>, _ record: InsertRecord, _ spelled: KeyFeed) {
        var done = range.lowerBound
        while done < range.upperBound {
            let used = min(spelled.count, range.upperBound - done)
            spelled.fill(done..<(done + used))
            Self.timedInserts(
                &keyspace, spelled, used, Bytes(value), record, from: done - range.lowerBound)
            done += used
        }
    }

    private static func timedInserts(
        _ keyspace: inout K, _ feed: KeyFeed, _ used: Int, _ value: Bytes, _ record: InsertRecord,
        from first: Int
    ) {
        for i in 0..<used {
            let wasSettled = keyspace.isSettled
            record.begin(first &+ i)
            let start = Clock.monotonicNanoseconds()
            keyspace.set(keyspace.key(feed.key(i)), value, expiry: .never)
            let end = Clock.monotonicNanoseconds()
            let phase: GrowthPhase =
                keyspace.isSettled
                ? (wasSettled ? .atRest : .ends) : (wasSettled ? .starts : .rehashes)
            record.end(first &+ i, end &- start, phase)
        }
    }
}
