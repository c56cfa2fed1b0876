// Swiss and F14 tables: bytes are the layouts' arithmetic, tombstones and overflow counts stay
// bounded, and many keys under one hash are found. What tables do has its tests elsewhere.
import Keyspaces
import Testing

@Suite struct OpenAddressingTests {
    static let tables: [Table] = [.swiss, .f14]

    // MARK: Bytes

    /// An entry of Valkey 9.1: what is asked for, and what the size classes make of it.
    struct Entry {
        var keySize: Int
        var valueSize: Int
        var ttl = false
        var requested: Int
        var allocated: Int
    }

    static let entries = [
        Entry(keySize: 8, valueSize: 8, requested: 31, allocated: 32),
        Entry(keySize: 16, valueSize: 64, requested: 95, allocated: 96),
        Entry(keySize: 16, valueSize: 64, ttl: true, requested: 103, allocated: 112),
        Entry(keySize: 16, valueSize: 100, requested: 35 + 104, allocated: 40 + 112),
    ]

    /// Before and after a table grows, in between, and before it grows again.
    static func counts(_ table: Table) -> [Int] {
        table == .swiss ? [7_168, 7_169, 10_000, 14_336] : [6_144, 6_145, 9_000, 12_288]
    }

    /// A byte and eight for each place but the last, 7/8 of which are taken at most, and sixteen
    /// bytes more; or 128 bytes for twelve entries.
    static func arrayBytes(_ table: Table, _ count: Int) -> Int {
        if table == .swiss {
            var ring = 16
            while ring - 1 - (ring - 1) / 8 < count { ring *= 2 }
            return 9 * ring + 8
        }
        var chunks = 2
        while chunks * 12 < count { chunks *= 2 }
        return chunks * 128
    }

    struct Filled: Check {
        var count: Int
        var entry: Entry
        var arrayBytes: Int

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let before = keyspace.memory
            let name = DecimalKey(width: entry.keySize)
            let value = [UInt8](repeating: 0x78, count: entry.valueSize)
            value.withUnsafeBytes { value in
                for i in 0..<count {
                    let key = keyspace.key(name.spell(i))
                    keyspace.set(key, value, expiry: entry.ttl ? .at(.max) : .never)
                }
            }
            keyspace.settle()
            let after = keyspace.memory
            let arrays = entry.ttl ? 2 : 1
            let requested = count * entry.requested + arrays * arrayBytes
            expect(after.requested - before.requested == requested, "\(after), not \(requested)")
            let array = SizeClasses.size(for: arrayBytes, .eight)
            let allocated = count * entry.allocated + arrays * array
            expect(after.allocated - before.allocated == allocated, "\(after), not \(allocated)")
            expect(keyspace.recount() == after)
        }
    }

    @Test(arguments: tables) func bytesAreTheLayouts(_ table: Table) {
        for count in Self.counts(table) {
            for entry in Self.entries {
                let bytes = Self.arrayBytes(table, count)
                Filled(count: count, entry: entry, arrayBytes: bytes).on(table)
            }
        }
    }

    /// Full: hardly more than one group is read for an entry, and statistics are about all of them.
    struct Probes: Check {
        var full: Int

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<full { keyspace.set("k\(i)", "v") }
            let statistics = keyspace.statistics
            let lengths = statistics.probeLengths
            let steps = lengths.enumerated().reduce(0) { $0 + ($1.0 + 1) * $1.1 }
            expect(lengths.reduce(0, +) == full)
            let mean = Double(steps) / Double(full)
            expect(mean > 1.05 && mean < 1.1, "\(mean) groups per entry")
            let occupancy = statistics.bucketOccupancy
            let inChunks = occupancy.enumerated().reduce(0) { $0 + $1.0 * $1.1 }
            expect(occupancy.isEmpty || inChunks == full && occupancy.count <= 15)
            expect(statistics.chainLengths.isEmpty && statistics.rehashProgress == nil)
            expect(abs(statistics.loadFactor - (occupancy.isEmpty ? 7.0 / 8 : 12.0 / 14)) < 0.001)
        }
    }

    @Test(arguments: tables) func fullTablesReadOneGroup(_ table: Table) {
        Probes(full: Self.counts(table)[0]).on(table)
    }

    // MARK: Deletes

    /// Entries come and go, as many as there are: the array stays as it is.
    struct Churn: Check {
        static let entries = 5_000

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let entries = Self.entries
            for i in 0..<entries { keyspace.set("k\(i)", "v") }
            let capacity = keyspace.statistics.capacity
            let turns = entries * 5
            for i in 0..<turns {
                expect(keyspace.delete("k\(i)"))
                keyspace.set("k\(i + entries)", "v")
                if i % entries == 0 { keyspace.expectSound("turn \(i)") }
            }
            for i in 0..<entries { expect(keyspace.get("k\(turns + i)") == "v") }
            expect(keyspace.statistics.capacity == capacity)
            // What was counted for those that overflowed is counted back, which is an invariant.
            for i in 0..<entries { expect(keyspace.delete("k\(turns + i)")) }
            keyspace.expectSound("all deleted")
            for i in 0..<entries { keyspace.set("k\(i)", "v") }
            keyspace.expectSound("filled again")
            expect(keyspace.statistics.capacity == capacity)
        }
    }

    @Test(arguments: tables) func churnDoesNotGrowATable(_ table: Table) {
        Churn().on(table)
    }

    /// Deletes leave the array; background work makes it smaller.
    struct Sparse: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<5_000 { keyspace.set("k\(i)", "v") }
            let capacity = keyspace.statistics.capacity
            for i in 0..<4_900 { expect(keyspace.delete("k\(i)")) }
            expect(keyspace.statistics.capacity == capacity)
            keyspace.settle()
            let smaller = keyspace.statistics.capacity
            expect(smaller < capacity / 8 && smaller > 100, "\(smaller) of \(capacity) places")
            for i in 4_900..<5_000 { expect(keyspace.get("k\(i)") == "v") }
            keyspace.expectSound("made smaller")
        }
    }

    @Test(arguments: tables) func sparseTablesShrinkAtRest(_ table: Table) {
        Sparse().on(table)
    }

    // MARK: One hash for all

    /// More entries than an F14 chunk can count pass by their home, and all are of one group.
    struct OneHash: Check {
        static let entries = 600

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for round in 0..<2 {
                for i in 0..<Self.entries { keyspace.set("k\(i)", "v\(i)") }
                keyspace.expectSound("round \(round), filled")
                for i in 0..<Self.entries { expect(keyspace.get("k\(i)") == "v\(i)") }
                var met: [String] = []
                var cursor: UInt64 = 0
                repeat {
                    cursor = keyspace.scan(cursor, count: 10) { key, _, _ in
                        met.append(String(decoding: key, as: UTF8.self))
                    }
                } while cursor != 0
                expect(met.count == Self.entries && Set(met).count == Self.entries)
                for i in 0..<Self.entries where i % 3 != round {
                    expect(keyspace.delete("k\(i)"))
                }
                for i in 0..<Self.entries {
                    expect((keyspace.get("k\(i)") != nil) == (i % 3 == round))
                }
                keyspace.expectSound("round \(round), a third left")
            }
        }
    }

    @Test(arguments: tables) func keysOfOneHashAreFound(_ table: Table) {
        OneHash().on(table, table.options(.colliding(lowBits: 0, highBits: 0)))
    }

    // MARK: Types

    /// All other tests have the type that servers see.
    @Test(arguments: tables, GroupMatch.allCases)
    func theConcreteTypeDoesTheSame(_ table: Table, _ match: GroupMatch) {
        var options = table.options(.colliding(lowBits: 5, highBits: 8), seed: 9)
        options.match = match
        RandomRun(seed: 9, keys: 500, steps: 5_000, checkEvery: 20).onConcrete(table, options)
    }
}
