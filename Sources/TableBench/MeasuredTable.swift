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

struct TableReading {
    var operations = 0
    var cpu: UInt64 = 0
    var checksum: UInt64 = 0

    var perOperation: Double { Double(cpu) / Double(max(operations, 1)) }
}

protocol MeasuredTable: AnyObject {
    var name: String { get }
    var meter: Meter { get set }
    func insert(_ feed: KeyFeed, _ used: Int) -> TableReading
    func find(_ feed: KeyFeed, _ used: Int, depth: Int) -> TableReading
    func update(_ feed: KeyFeed, _ used: Int) -> TableReading
    /// Erases a key and inserts the next, `pairs` times.
    func churn(_ feed: KeyFeed, pairs: Int) -> TableReading
    func iterate(walks: Int) -> TableReading
    func scan(entries: Int) -> TableReading
    func random(count: Int) -> TableReading
    func settle()
    var memory: MemoryReport { get }
    /// Bytes that the table says it took elsewhere; nil where it says nothing.
    var foreignBytes: Int? { get }
    /// - Complexity: O(entries)
    var statistics: KeyspaceStatistics { get }
    var entries: Int { get }
    /// Inserts the keys `range`, timing each.
    func timedInserts(_ range: Range<Int>, _ record: InsertRecord, _ spelled: KeyFeed)
    /// Inserts the keys `range` into a table with entries until it grew `most` times, and returns
    /// at which of them it did: where its capacity rose or, of a table that does not tell it, where
    /// it allocated as much as only a new array takes.
    func growths(_ range: Range<Int>, most: Int, _ spelled: KeyFeed) -> [Int]
}

extension MeasuredTable {
    /// Bytes that it takes, as far as it is known.
    var bytes: Int {
        // A loaded table may tell any number.
        let (sum, isTooMany) = memory.allocated.addingReportingOverflow(foreignBytes ?? 0)
        return isTooMany ? .max : sum
    }

    /// A slice of `operation`.
    /// - Parameters:
    ///   - used: keys that `KeyFeed.fill(for:)` spelled for it.
    ///   - steps: how many entries one is to meet that takes no keys.
    func run(_ operation: Operation, _ feed: KeyFeed, _ used: Int, steps: Int) -> TableReading {
        switch operation {
        case .insert: insert(feed, used)
        case .find(let lookup): find(feed, used, depth: lookup.depth)
        case .update: update(feed, used)
        case .churn: churn(feed, pairs: used / 2)
        case .iterate: iterate(walks: max(steps / max(entries, 1), 1))
        case .scan: scan(entries: steps)
        // Each costs as much as eight of the others.
        case .random: random(count: max(steps / 8, 1))
        }
    }
}

/// Makes a `MeasuredTable` of a keyspace, whatever its type.
struct TableMaker: KeyspaceVisitor {
    typealias Failure = Never
    let name: String
    let valueSize: Int

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) -> any MeasuredTable {
        TableLoops(name, keyspace, valueSize: valueSize)
    }
}

final class TableLoops<K: Keyspace & ~Copyable>: MeasuredTable {
    let name: String
    var meter = Meter.cpu
    var keyspace: K
    /// Never a number, so that no table keeps it as one.
    private let value: UnsafeMutableRawBufferPointer
    private var cursor: UInt64 = 0

    init(_ name: String, _ keyspace: consuming K, valueSize: Int) {
        self.name = name
        self.keyspace = keyspace
        value = .allocate(byteCount: max(valueSize, 1), alignment: 64)
        value.initializeMemory(as: UInt8.self, repeating: UInt8(ascii: "v"))
    }

    deinit { value.deallocate() }

    private func timed(_ operations: Int, _ body: () -> UInt64) -> TableReading {
        var reading = TableReading(operations: operations)
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

    func insert(_ feed: KeyFeed, _ used: Int) -> TableReading {
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

    func find(_ feed: KeyFeed, _ used: Int, depth: Int) -> TableReading {
        timed(used) {
            depth == 1
                ? Self.find(&keyspace, feed, used) : Self.find(&keyspace, feed, used, depth)
        }
    }

    private static func find(_ keyspace: inout K, _ feed: KeyFeed, _ used: Int) -> UInt64 {
        var sum: UInt64 = 0
        for i in 0..<used { sum &+= read(keyspace.find(keyspace.key(feed.key(i)))) }
        return sum
    }

    private static func find(
        _ keyspace: inout K, _ feed: KeyFeed, _ used: Int, _ depth: Int
    ) -> UInt64 {
        withUnsafeTemporaryAllocation(of: Key.self, capacity: depth) { batch in
            var sum: UInt64 = 0
            var first = 0
            while first < used {
                let size = min(depth, used &- first)
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

    func update(_ feed: KeyFeed, _ used: Int) -> TableReading {
        // None is new: the sum stays 0.
        timed(used) { Self.insert(&keyspace, feed, used, Bytes(value)) }
    }

    func churn(_ feed: KeyFeed, pairs: Int) -> TableReading {
        timed(pairs) { Self.churn(&keyspace, feed, pairs, Bytes(value)) }
    }

    private static func churn(
        _ keyspace: inout K, _ feed: KeyFeed, _ pairs: Int, _ value: Bytes
    ) -> UInt64 {
        var sum: UInt64 = 0
        for i in 0..<pairs {
            let wasThere = keyspace.remove(keyspace.key(feed.key(2 &* i)))
            let isNew = keyspace.set(
                keyspace.key(feed.key(2 &* i &+ 1)), value, expiry: .never)
            sum &+= (wasThere ? 1 : 0) &+ (isNew ? 1 : 0)
        }
        return sum
    }

    func iterate(walks: Int) -> TableReading {
        timed(keyspace.count * walks) {
            var sum: UInt64 = 0
            for _ in 0..<walks {
                // swift-format-ignore: ReplaceForEachWithForLoop
                keyspace.forEach { key, value, _ in
                    sum &+= UInt64(key[key.count &- 1]) &+ Self.read(value)
                }
            }
            return sum
        }
    }

    func scan(entries: Int) -> TableReading {
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

    func random(count: Int) -> TableReading {
        timed(count) {
            var sum: UInt64 = 0
            for _ in 0..<count { sum &+= UInt64(keyspace.randomKey()?.count ?? 0) }
            return sum
        }
    }

    // MARK: State

    func settle() { while keyspace.maintain(budgetMicroseconds: 10_000) {} }
    var memory: MemoryReport { keyspace.memory }
    var foreignBytes: Int? { keyspace.foreignBytes }
    var statistics: KeyspaceStatistics { keyspace.statistics }
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

    /// Up to as many entries every insert may be the one that grows the table: so small an array
    /// costs no more than an entry.
    private static var small: Int { 4_096 }
    /// Bytes that an insert allocates besides key and value where nothing grows: an entry, its
    /// strings' headers, a bucket for those that overflow.
    private static var ordinaryBytes: Int { 512 }
    /// By which a new array is larger than the one that it replaces, at least: a chunk of what
    /// entries are allocated from is not.
    private static var leastBytesPerEntry: Int { 1 }

    func growths(_ range: Range<Int>, most: Int, _ spelled: KeyFeed) -> [Int] {
        let payload = spelled.width + value.count
        // A size class is at most a quarter larger than what is asked for.
        let ordinary = payload + payload / 4 + Self.ordinaryBytes
        var found: [Int] = []
        let atFirst = keyspace.statistics.capacity
        var capacity = atFirst > 0 ? atFirst : nil
        for first in stride(from: range.lowerBound, to: range.upperBound, by: spelled.count) {
            let used = min(spelled.count, range.upperBound - first)
            spelled.fill(first..<(first + used))
            for i in 0..<used {
                let before = bytes
                let key = keyspace.key(spelled.key(i))
                keyspace.set(key, Bytes(value), expiry: .never)
                let rise = bytes - before
                if let known = capacity {
                    // Statistics walk over all places: they are asked where bytes tell of a new
                    // array.
                    guard rise > ordinary || keyspace.count <= Self.small else { continue }
                    let now = keyspace.statistics.capacity
                    if now > known { found.append(first + i) }
                    capacity = now
                } else if rise > max(ordinary, keyspace.count * Self.leastBytesPerEntry) {
                    found.append(first + i)
                }
                if found.count == most { return found }
            }
        }
        return found
    }
}
