// Segcache's segments and index: bytes by their layout, exact times and segments that expire as a
// whole, what merges keep and what is lost.
import Keyspaces
import Testing

@Suite struct SegcacheTests {
    // MARK: Bytes

    /// The buckets of times to live, and the segments of one of them: of 4 KiB, and twice as large
    /// whenever there are more than 64 of a size.
    static func segmentBytes(entries: Int, item: Int) -> Int {
        var (left, used, bytes, segments) = (entries, 0, 0, 0)
        while left > 0 {
            var size = 4 << 10
            while size < 1 << 20, size * 2 * 64 <= used { size *= 2 }
            let items = min((size - 64) / item, left)
            left -= items
            used += items * item
            bytes += size
            segments += 1
        }
        var directory = 8
        while directory < segments + 1 { directory *= 2 }
        return 1_024 * 24 + directory * 8 + bytes
    }

    struct LayoutBytes: KeyspaceVisitor {
        typealias Failure = Never
        var entries: Int
        var keySize: Int
        var valueSize: Int
        var ttl: Bool
        var item: Int

        /// Bytes per entry.
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) -> Double {
            let name = DecimalKey(width: keySize)
            let value = [UInt8](repeating: 0x78, count: valueSize)
            value.withUnsafeBytes { value in
                for i in 0..<entries {
                    let key = keyspace.key(name.spell(i))
                    keyspace.set(key, value, expiry: ttl ? .at(.max) : .never)
                }
            }
            let statistics = keyspace.statistics
            let lines = statistics.bucketOccupancy.reduce(0, +)
            let segments = SegcacheTests.segmentBytes(entries: entries, item: item)
            let bytes = keyspace.memory.allocated
            expect(bytes == lines * 64 + segments, "\(bytes), not \(lines) lines and \(segments)")
            expect(statistics.deadBytes == 0 && statistics.lostEntries == 0)
            expect(statistics.probeLengths.reduce(0, +) == entries)
            expect(keyspace.recount() == keyspace.memory)
            return Double(bytes) / Double(entries)
        }
    }

    /// Items and lines of the index, and a half more of segments' heads and ends: means over a
    /// doubling of the index. Expiries add 8 bytes.
    @Test(arguments: [false, true]) func bytesAreThoseOfTheLayout(_ ttl: Bool) {
        let expiry = ttl ? 8 : 0
        for (keySize, valueSize, item, mean) in [(8, 8, 24, 39.1), (16, 100, 128, 143.5)] {
            var sum = 0.0
            // In the middle of the quarters from one doubling to the next, at 7 · 2¹⁴ and 7 · 2¹⁵.
            let sizes = [129_024, 157_696, 186_368, 215_040]
            for entries in sizes {
                var bytes = LayoutBytes(
                    entries: entries, keySize: keySize, valueSize: valueSize, ttl: ttl,
                    item: item + expiry)
                sum += Table.segcache.withKeyspace(Table.segcache.options(), &bytes)
            }
            let found = sum / Double(sizes.count)
            let wanted = mean + Double(expiry)
            expect(abs(found / wanted - 1) < 0.01, "\(found) bytes per entry, not \(wanted)")
        }
    }

    struct InPlace: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            func dead() -> Int { keyspace.statistics.deadBytes ?? -1 }
            keyspace.now = 1_000_000
            keyspace.set("other", "stays")
            keyspace.set("key", String(repeating: "a", count: 50))
            expect(keyspace.with("key") { $0.allocated(by: $1) } == 64)  // 5 + 3 + 50, and padding
            let before = keyspace.memory
            // As long as padding allows.
            for length in [49, 50, 56, 53] {
                keyspace.set("key", String(repeating: "b", count: length))
                expect(keyspace.get("key") == String(repeating: "b", count: length))
                expect(keyspace.memory == before && dead() == 0)
                keyspace.expectSound("\(length) bytes in place")
            }
            // A byte too long; then among those that expire, where nothing else is.
            keyspace.set("key", String(repeating: "c", count: 57))
            expect(dead() == 64)
            expect(keyspace.expire("key", .at(1_060_000)))
            expect(dead() == 64 + 72 && keyspace.get("key")?.utf8.count == 57)
            // Time and again in one segment, but not in another bucket: nothing is left there.
            expect(keyspace.expire("key", .at(1_062_000)) && keyspace.ttl("key") == .at(1_062_000))
            keyspace.set("key", String(repeating: "d", count: 57), .at(1_061_000))
            expect(keyspace.ttl("key") == .at(1_061_000) && dead() == 64 + 72)
            expect(keyspace.expire("key", .at(9_000_000)) && dead() == 64 + 72)
            expect(keyspace.get("key") == String(repeating: "d", count: 57))
            keyspace.expectSound("another bucket")
            // With the last that lives in it, a segment goes.
            expect(keyspace.delete("key") && dead() == 64 + 72)
            expect(keyspace.delete("other") && dead() == 0)
            keyspace.expectSound("empty")
        }
    }

    @Test func updatesAreInPlaceWhereTheyFit() { InPlace().on(.segcache) }

    @Test func longKeysAndValuesHaveTheirLengthsBehindTheHeader() {
        TsavoriteTests.Wide().on(.segcache)
    }

    @Test func mergesKeepWhatLives() { TsavoriteTests.Compaction().on(.segcache) }

    // MARK: Expiry

    /// To the millisecond for those who ask, and by segments where nobody does.
    struct Expiring: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_000_000
            let empty = keyspace.memory.allocated
            for i in 0..<1_000 { keyspace.set("k\(i)", "v", .at(1_060_000 + Int64(i) * 3)) }
            for i in 0..<10 { keyspace.set("later\(i)", "v", .at(4_600_000)) }
            keyspace.set("stays", "v")
            keyspace.now = 1_061_500
            expect(keyspace.get("k499") == nil && keyspace.ttl("k500") == .at(1_061_500))
            expect(keyspace.get("k500") == "v" && keyspace.count == 1_010)
            for _ in 0..<100 { _ = keyspace.maintain(budgetMicroseconds: 0) }
            expect(keyspace.count < 1_010 && keyspace.expiredCount == 1_011 - keyspace.count)
            for i in 500..<1_000 { expect(keyspace.get("k\(i)") == "v") }
            keyspace.expectSound("some segments expired")
            keyspace.now = 1_063_000
            for _ in 0..<100 { _ = keyspace.maintain(budgetMicroseconds: 0) }
            expect(keyspace.count == 11 && keyspace.expiredCount == 1_000)
            expect(keyspace.statistics.deadBytes == 0 && keyspace.statistics.lostEntries == 0)
            // The index, and a segment each of what is left.
            expect(keyspace.memory.allocated - empty < 40 << 10)
            keyspace.expectSound("all segments expired")
        }
    }

    @Test func segmentsExpireAsAWhole() { Expiring().on(.segcache) }

    /// A segment that does not fill takes entries for so long, and no longer: those of sixteen
    /// seconds, at times to live of a minute.
    struct SlowlyFilled: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<20 as Range<Int64> {
                let now = 1_000_000 + i * 5_000
                keyspace.now = now
                keyspace.set("k\(i)", "v", .at(now + 60_000))
            }
            keyspace.now = 1_100_000
            for _ in 0..<10 { _ = keyspace.maintain(budgetMicroseconds: 0) }
            expect(keyspace.count == 12 && keyspace.expiredCount == 8)
            keyspace.expectSound("slowly filled")
        }
    }

    @Test func slowSegmentsExpireInTime() { SlowlyFilled().on(.segcache) }

    // MARK: Evictions

    /// One key in eight is looked up: all of those stay, wherever they are, and what goes is
    /// counted.
    struct Merges: Check {
        static let keys = 4_000
        var ttl: Expiry

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_000_000
            let empty = keyspace.memory.allocated
            for i in 0..<Self.keys { keyspace.set("k\(i)", "v", ttl) }
            for _ in 0..<5 {
                keyspace.now += 1_000
                for i in stride(from: 0, to: Self.keys, by: 8) { _ = keyspace.get("k\(i)") }
            }
            let full = keyspace.memory.allocated
            expect(keyspace.makeRoom(limitBytes: full) && keyspace.evictedCount == 0)
            // The index stays as it is: more than a third of the segments go.
            expect(keyspace.makeRoom(limitBytes: full - (full - empty) / 4))
            keyspace.expectSound("merged")
            for i in stride(from: 0, to: Self.keys, by: 8) { expect(keyspace.get("k\(i)") == "v") }
            let statistics = keyspace.statistics
            expect(keyspace.evictedCount > Self.keys / 8)
            expect(keyspace.count + keyspace.evictedCount == Self.keys)
            expect(statistics.lostEntries == keyspace.evictedCount)
            expect(statistics.copiedBytes ?? 0 > 0 && statistics.deadBytes == 0)
            let left = (0..<Self.keys).count { i in
                keyspace.with("k\(i)") { $0.peek($1) != nil }
            }
            expect(left == keyspace.count)
        }
    }

    @Test(arguments: [EvictionPolicy.allkeysLRU, .allkeysLFU, .volatileLRU, .volatileLFU])
    func mergesKeepWhatIsLookedUp(_ policy: EvictionPolicy) {
        var options = Table.segcache.options()
        options.eviction = policy
        Merges(ttl: .at(.max)).on(.segcache, options)
        if !policy.isVolatile { Merges(ttl: .never).on(.segcache, options) }
    }

    /// What has expired goes first, and is not lost.
    struct ExpiredFirst: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<2_000 { keyspace.set("k\(i)", "v", .at(i % 2 == 0 ? 500 : 7_000)) }
            keyspace.now = 1_000
            let limit = keyspace.memory.allocated - 8_000
            expect(keyspace.makeRoom(limitBytes: limit))
            let lost = keyspace.statistics.lostEntries ?? -1
            expect(lost > 0 && lost * 2 < keyspace.evictedCount, "\(lost) lost")
            keyspace.expectSound("expired first")
        }
    }

    @Test func whatHasExpiredIsNotLost() {
        var options = Table.segcache.options()
        options.eviction = .allkeysLFU
        ExpiredFirst().on(.segcache, options)
    }

    /// Whole segments, of those that expire first.
    struct FirstToExpire: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<1_000 {
                keyspace.set("soon\(i)", "v", .at(100_000))
                keyspace.set("later\(i)", "v", .at(1_000_000))
                keyspace.set("never\(i)", "v")
            }
            let limit = keyspace.memory.allocated - 12_000
            expect(keyspace.makeRoom(limitBytes: limit))
            for i in 0..<1_000 {
                expect(keyspace.get("later\(i)") == "v" && keyspace.get("never\(i)") == "v")
            }
            expect(keyspace.evictedCount > 100 && keyspace.count == 3_000 - keyspace.evictedCount)
            expect(keyspace.statistics.lostEntries == keyspace.evictedCount)
            keyspace.expectSound("first to expire")
        }
    }

    @Test func whatExpiresFirstGoesFirst() {
        var options = Table.segcache.options()
        options.eviction = .volatileTTL
        FirstToExpire().on(.segcache, options)
    }

    /// Sixteen lines hold 97 items; for one more, that which was used least is lost.
    struct FullChain: Check {
        static let keys = 97

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<Self.keys { keyspace.set("k\(i)", "v\(i)") }
            expect(keyspace.count == Self.keys && keyspace.statistics.lostEntries == 0)
            for i in 0..<Self.keys { expect(keyspace.get("k\(i)") == "v\(i)") }
            keyspace.now = 5_000
            for i in 0..<Self.keys where i != 50 { _ = keyspace.get("k\(i)") }
            keyspace.expectSound("full chain")
            expect(keyspace.set("one more", "v"))
            expect(keyspace.count == Self.keys && keyspace.evictedCount == 1)
            expect(keyspace.statistics.lostEntries == 1)
            expect(keyspace.get("k50") == nil && keyspace.get("one more") == "v")
            for i in 0..<Self.keys where i != 50 { expect(keyspace.get("k\(i)") == "v\(i)") }
            expect(keyspace.statistics.chainLengths.count == 17)
            keyspace.expectSound("one lost")
        }
    }

    @Test func aFullChainLosesWhatIsUsedLeast() {
        let hash = HashFunction.colliding(lowBits: 0, highBits: 0)
        FullChain().on(.segcache, Table.segcache.options(hash))
    }
}
