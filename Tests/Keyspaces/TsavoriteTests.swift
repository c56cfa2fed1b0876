// Tsavorite's index and log: bytes by their layout, what dies and what a compaction keeps; and
// scans over what evictions move.
import Keyspaces
import Testing

@Suite struct TsavoriteTests {
    /// Lines of the index and records of the log.
    struct LayoutBytes: KeyspaceVisitor {
        typealias Failure = Never
        var entries: Int
        var keySize: Int
        var valueSize: Int
        var ttl: Bool
        var record: Int

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
            let expected = Double(lines * 64 + entries * record)
            let share = Double(keyspace.memory.allocated) / expected
            expect(share >= 1 && share < 1.01, "\(share) of what the layout makes")
            expect(statistics.deadBytes == 0 && statistics.copiedBytes == 0)
            expect(statistics.probeLengths.reduce(0, +) == entries)
            expect(keyspace.recount() == keyspace.memory)
            return Double(keyspace.memory.allocated) / Double(entries)
        }
    }

    /// 48 and 152 bytes, the mean over a doubling of the index, and 8 more with an expiry.
    @Test(arguments: [false, true]) func bytesAreThoseOfTheLayout(_ ttl: Bool) {
        let expiry = ttl ? 8 : 0
        for (keySize, valueSize, record, mean) in [(8, 8, 32, 48.0), (16, 100, 136, 152.0)] {
            var sum = 0.0
            // In the middle of the quarters from one doubling to the next, at 6 · 2¹⁴ and 6 · 2¹⁵.
            let sizes = [110_592, 135_168, 159_744, 184_320]
            for entries in sizes {
                var bytes = LayoutBytes(
                    entries: entries, keySize: keySize, valueSize: valueSize, ttl: ttl,
                    record: record + expiry)
                sum += Table.tsavorite.withKeyspace(Table.tsavorite.options(), &bytes)
            }
            let found = sum / Double(sizes.count)
            let wanted = mean + Double(expiry)
            expect(abs(found / wanted - 1) < 0.01, "\(found) bytes per entry, not \(wanted)")
        }
    }

    struct InPlace: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            func dead() -> Int { keyspace.statistics.deadBytes ?? -1 }
            keyspace.set("other", "stays")
            keyspace.set("key", String(repeating: "a", count: 50))
            let (before, bytes) = (keyspace.memory, keyspace.with("key") { $0.allocated(by: $1) })
            expect(bytes == 72)  // 16 + 3 + 50, and padding
            // Shorter, and as long as ever: the record keeps its room.
            for length in [0, 1, 49, 50, 53, 7, 53] {
                keyspace.set("key", String(repeating: "b", count: length))
                expect(keyspace.get("key") == String(repeating: "b", count: length))
                expect(keyspace.memory == before && dead() == 0)
                expect(keyspace.with("key") { $0.allocated(by: $1) } == 72)
                keyspace.expectSound("\(length) bytes in place")
            }
            // One byte too long, then an expiry that has no room: each leaves a record behind.
            keyspace.set("key", String(repeating: "c", count: 54))
            expect(dead() == 72)
            expect(keyspace.expire("key", .at(5000)))
            expect(dead() == 72 + 80 && keyspace.get("key")?.utf8.count == 54)
            // The field stays, and takes the next one.
            expect(keyspace.expire("key", .never) && keyspace.expire("key", .at(6000)))
            expect(keyspace.ttl("key") == .at(6000) && dead() == 72 + 80)
            expect(keyspace.delete("key") && dead() == 72 + 80 + 88)
            keyspace.expectSound("dead records")
            // Nothing lives: nothing is kept.
            expect(keyspace.delete("other") && dead() == 0)
            keyspace.expectSound("empty")
        }
    }

    @Test func updatesAreInPlaceWhereTheyFit() { InPlace().on(.tsavorite) }

    /// Lengths beyond the header's fields.
    struct Wide: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let key = String(repeating: "k", count: 70_000)
            for (length, value) in [(3, "v"), (17_000_000, "w"), (16_777_215, "x"), (2, "y")] {
                keyspace.set(key, String(repeating: value, count: length), .at(5000))
                keyspace.set("short", String(repeating: value, count: length))
                for name in [key, "short"] {
                    expect(keyspace.append(name, "end") == length + 3)
                    let got = keyspace.get(name)!
                    expect(got.utf8.count == length + 3 && got.hasSuffix(value + "end"))
                }
                expect(keyspace.ttl(key) == .at(5000))
                keyspace.expectSound("\(length) bytes")
            }
        }
    }

    @Test func longKeysAndValuesHaveTheirLengthsBehindTheHeader() { Wide().on(.tsavorite) }

    /// Whatever died, what lives is there after compactions: those of writes, of background work
    /// and of evictions.
    struct Compaction: Check {
        static let keys = 8_000

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var random = Random(seed: 7)
            var expected: [String: String] = [:]
            let empty = keyspace.memory.allocated
            for step in 0..<(Self.keys * 6) {
                let name = "key:\(random.below(Self.keys))"
                if random.below(4) == 0 {
                    expect(keyspace.delete(name) == (expected.removeValue(forKey: name) != nil))
                } else {
                    // Mostly too long for the record that is there.
                    let value = String(repeating: "v", count: 1 + random.below(20 + step / 500))
                    keyspace.set(name, value, random.below(3) == 0 ? .at(.max) : .never)
                    expected[name] = value
                }
                if step % 8_000 == 0 { keyspace.expectSound("step \(step)") }
            }
            let lengths = expected.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count + 30 }
            let statistics = keyspace.statistics
            expect(statistics.copiedBytes ?? 0 > 0)
            // Never much more dead than alive, without any background work.
            let log = keyspace.memory.allocated - empty
            expect(log < 3 * lengths + 8_000 * 32, "\(log) bytes for \(lengths)")
            check(&keyspace, expected)
            keyspace.settle()
            check(&keyspace, expected)
            let settled = keyspace.statistics
            let all = keyspace.memory.allocated
            expect((settled.deadBytes ?? 0) * 3 < all, "\(settled.deadBytes ?? -1) of \(all)")
            keyspace.expectSound("settled")
        }

        private func check<K: Keyspace & ~Copyable>(
            _ keyspace: inout K, _ expected: [String: String]
        ) {
            expect(keyspace.count == expected.count)
            for (name, value) in expected { expect(keyspace.get(name) == value, name) }
        }
    }

    @Test func compactionsKeepWhatLives() { Compaction().on(.tsavorite) }

    /// Chains of one tag: records leave them from the front, the middle and the end.
    struct Chained: Check {
        static let keys = 300

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var random = Random(seed: 3)
            for i in 0..<Self.keys { keyspace.set("k\(i)", "v\(i)") }
            keyspace.expectSound("chained")
            expect(keyspace.statistics.probeLengths.count > 50)
            for i in (0..<Self.keys).shuffled(using: &random) {
                expect(keyspace.get("k\(i)") == "v\(i)")
                keyspace.set("k\(i)", String(repeating: "long", count: 10))
                expect(keyspace.delete("k\(i)") && keyspace.get("k\(i)") == nil)
                if i % 10 == 0 { keyspace.expectSound("without k\(i)") }
            }
            expect(keyspace.count == 0)
        }
    }

    @Test func keysOfOneTagFollowEachOther() {
        Chained().on(.tsavorite, Table.tsavorite.options(.colliding(lowBits: 1, highBits: 1)))
    }

    // MARK: What evictions move

    /// Keys that stay are met while evictions merge segments, or compact pages, between calls.
    struct ScanOverEvictions: Check {
        var seed: UInt64

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var random = Random(seed: seed)
            let staying = (0..<400).map { "stay\($0)" }
            for name in staying { keyspace.set(name, "v") }
            var next = 0
            func insert(_ more: Int) {
                for i in next..<(next + more) { keyspace.set("k\(i)", "v", .at(.max)) }
                next += more
            }
            insert(2_000 + random.below(3_000))
            var seen: Set<String> = []
            var cursor: UInt64 = 0
            var calls = 0
            repeat {
                cursor = keyspace.scan(cursor, count: 1 + random.below(60)) { key, _, _ in
                    seen.insert(String(decoding: key, as: UTF8.self))
                }
                if random.below(4) == 0 { insert(100 + random.below(900)) }
                if random.below(4) == 0 {
                    let limit = keyspace.memory.allocated - random.below(120_000)
                    _ = keyspace.makeRoom(limitBytes: limit)
                }
                calls += 1
            } while cursor != 0 && calls < 100_000
            expect(cursor == 0, "the scan does not end")
            let missed = staying.filter { !seen.contains($0) }
            expect(missed.isEmpty, "seed \(seed): \(missed.count) keys missed")
            keyspace.expectSound("seed \(seed)")
        }
    }

    @Test(arguments: [Table.dash, .tsavorite, .segcache])
    func scansSurviveEvictions(_ table: Table) {
        for seed in 0..<(isSlowRun ? 500 : 12) as Range<UInt64> {
            var options = table.options(seed: seed)
            options.eviction = .volatileRandom
            ScanOverEvictions(seed: seed).on(table, options)
        }
    }
}
