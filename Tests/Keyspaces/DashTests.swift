// Dragonfly's dashtable: bytes by its layout, segments that split, chain and merge.
import Keyspaces
import Testing

@Suite struct DashTests {
    static let segmentSlots = 840
    static let segmentBytes = 32_768
    static let expiriesBytes = 24_576

    /// Segments of entries and, which split with the same hashes, of expiries; and the allocations
    /// of what is longer than 16 bytes.
    struct LayoutBytes: Check {
        var entries: Int
        var keySize: Int
        var valueSize: Int
        var ttl: Bool
        /// Of the size classes, per entry.
        var separate: Int

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let name = DecimalKey(width: keySize)
            let value = [UInt8](repeating: 0x78, count: valueSize)
            value.withUnsafeBytes { value in
                for i in 0..<entries {
                    let key = keyspace.key(name.spell(i))
                    keyspace.set(key, value, expiry: ttl ? .at(.max) : .never)
                }
            }
            let statistics = keyspace.statistics
            expect(statistics.capacity % DashTests.segmentSlots == 0, "a chain")
            let segments = statistics.capacity / DashTests.segmentSlots
            let main = segments * DashTests.segmentBytes + entries * separate
            let expiries = (ttl ? segments : 1) * DashTests.expiriesBytes
            let expected = Double(main + expiries)
            let share = Double(keyspace.memory.allocated) / expected
            expect(share >= 1 && share < 1.01, "\(share) of what the layout makes")
            expect(statistics.loadFactor > 0.35 && statistics.loadFactor < 1)
            expect(statistics.probeLengths.reduce(0, +) == entries)
            expect(statistics.bucketOccupancy.count <= 15)
            expect(keyspace.recount() == keyspace.memory)
        }
    }

    /// Over a doubling: where a segment is, is by chance, and so is when it splits.
    @Test(arguments: [40_000, 50_000, 60_000, 80_000], [false, true])
    func bytesAreThoseOfTheLayout(_ entries: Int, _ ttl: Bool) {
        for (keySize, valueSize, separate) in [(8, 8, 0), (16, 16, 0), (16, 100, 112)] {
            LayoutBytes(
                entries: entries, keySize: keySize, valueSize: valueSize, ttl: ttl,
                separate: separate
            ).on(.dash)
        }
    }

    /// Just before segments split, most of their slots are taken.
    struct Load: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var fullest = 0.0
            for i in 0..<20_000 {
                keyspace.set("key:\(i)", "v")
                if i > 2_000, i % 100 == 0 {
                    fullest = max(fullest, keyspace.statistics.loadFactor)
                }
            }
            expect(fullest > 0.7 && fullest < 1, "\(fullest)")
            keyspace.expectSound("load")
        }
    }

    @Test func segmentsFillBeforeTheySplit() { Load().on(.dash) }

    /// Keys that share all or most of their hash, far beyond what a segment takes.
    struct Colliding: Check {
        static let keys = 1_500
        /// What splits can do: twice a segment for every bit that tells keys apart.
        var segments: Int

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<Self.keys {
                keyspace.set("k\(i)", "v\(i)", i % 3 == 0 ? .at(.max) : .never)
            }
            keyspace.expectSound("full of collisions")
            // A bucket of 14 for 14 keys beyond the segments, and one more in each that is not
            // full.
            let most = Self.keys + segments * (DashTests.segmentSlots + 14)
            expect(keyspace.statistics.capacity <= most, "\(keyspace.statistics.capacity)")
            for i in 0..<Self.keys { expect(keyspace.get("k\(i)") == "v\(i)") }
            expect(keyspace.get("k") == nil)
            var seen: Set<String> = []
            var cursor: UInt64 = 0
            repeat {
                cursor = keyspace.scan(cursor, count: 10) { key, _, _ in
                    seen.insert(String(decoding: key, as: UTF8.self))
                }
            } while cursor != 0
            expect(seen.count == Self.keys)
            for i in 0..<Self.keys where i % 2 == 0 { expect(keyspace.delete("k\(i)")) }
            keyspace.expectSound("half deleted")
            for i in 0..<Self.keys { expect((keyspace.get("k\(i)") != nil) == (i % 2 == 1)) }
            for i in 0..<Self.keys where i % 2 == 1 { expect(keyspace.delete("k\(i)")) }
            keyspace.expectSound("all deleted")
            // Chains are gone, segments stay.
            expect(keyspace.statistics.capacity <= segments * DashTests.segmentSlots)
        }
    }

    @Test func keysWithOneHashAreChained() {
        Colliding(segments: 1)
            .on(.dash, Table.dash.options(.colliding(lowBits: 0, highBits: 0)))
    }

    @Test func keysThatDifferBelowThePrefixAreChained() {
        Colliding(segments: 1)
            .on(.dash, Table.dash.options(.colliding(lowBits: 14, highBits: 0)))
        Colliding(segments: 2)
            .on(.dash, Table.dash.options(.colliding(lowBits: 14, highBits: 1)))
        Colliding(segments: 4)
            .on(.dash, Table.dash.options(.colliding(lowBits: 8, highBits: 2)))
    }

    /// Every sequence of two operations where the next entry takes another way: one home that
    /// fills, its neighbour, the stash, the chain; and four homes, which displace each other's
    /// entries.
    @Test(arguments: [13, 14, 27, 28, 70, 83, 84, 97, 98], [8, 10])
    func everyShortSequenceOfAFullSegment(_ prefilled: Int, _ bits: Int) {
        var options = Table.dash.options(.colliding(lowBits: bits, highBits: 0))
        options.eviction = .allkeysRandom
        // Four homes and the neighbour of the last hold 70 entries, one and its neighbour 28.
        let entries = bits == 8 ? prefilled : prefilled + 42
        EverySequence(prefilled: entries, longest: isSlowRun ? 2 : 1, policy: .allkeysRandom)
            .on(.dash, options)
    }

    /// Evictions give memory back though entries are in their segments.
    struct Merging: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<6_000 { keyspace.set("k\(i)", "v\(i)", .at(.max)) }
            let (before, capacity) = (keyspace.memory.allocated, keyspace.statistics.capacity)
            var limit = before
            while limit > before / 4 {
                limit -= before / 20
                expect(keyspace.makeRoom(limitBytes: limit) && keyspace.memory.allocated <= limit)
                keyspace.expectSound("\(limit) bytes")
            }
            expect(keyspace.statistics.capacity < capacity / 2 && keyspace.count > 500)
            var left = 0
            for i in 0..<6_000 {
                guard let value = keyspace.get("k\(i)") else { continue }
                expect(value == "v\(i)")
                left += 1
            }
            expect(left == keyspace.count)
            for i in 0..<6_000 { keyspace.set("n\(i)", "w") }
            keyspace.expectSound("grown again")
        }
    }

    @Test func evictionsMergeSegments() {
        var options = Table.dash.options()
        options.eviction = .allkeysRandom
        Merging().on(.dash, options)
    }
}
