// A keyspace over a store that threads share, by one thread: against an oracle as every table, in
// the bytes of its layout, and with keys and values that are longer than a record's header can
// tell.
import Keyspaces
import Testing

@Suite struct ConcurrentKeyspaceTests {
    private static func keyspace(_ hash: HashFunction, seed: UInt64) -> ConcurrentKeyspace {
        ConcurrentKeyspace(Table.tsavorite.options(hash, seed: seed))
    }

    @Test(arguments: OracleTests.hashes)
    func randomRunsCheckedAfterEveryStep(_ hash: HashFunction) {
        for seed in 1...(isSlowRun ? 20 : 2) as ClosedRange<UInt64> {
            var run = RandomRun(
                seed: seed, keys: 120, steps: 3_000, checkEvery: 1, lacks: [.random])
            run.visit(Self.keyspace(hash, seed: seed))
        }
    }

    @Test func longRunsThroughGrowth() {
        var run = RandomRun(
            seed: 3, keys: 20_000, steps: 120_000, checkEvery: 5_000, lacks: [.random])
        run.visit(Self.keyspace(.siphash, seed: 3))
    }

    @Test(arguments: [HashFunction.siphash, .colliding(lowBits: 2, highBits: 1)])
    func everyShortSequence(_ hash: HashFunction) {
        var sequences = EverySequence(
            prefilled: 3, longest: 2, policy: .noeviction, lacks: [.random])
        sequences.visit(Self.keyspace(hash, seed: 1))
    }

    /// 16 bytes of header, the key, the value, and an expiry where there is one.
    @Test(arguments: [(8, 8, 32), (16, 100, 136)])
    func bytesAreThoseOfTheLayout(_ keySize: Int, _ valueSize: Int, _ record: Int) {
        let entries = 150_000
        var keyspace = Self.keyspace(.siphash, seed: 1)
        let name = DecimalKey(width: keySize)
        let value = [UInt8](repeating: 0x78, count: valueSize)
        value.withUnsafeBytes { value in
            for number in 0..<entries {
                keyspace.set(keyspace.key(name.spell(number)), value, expiry: .never)
                if number % 64 == 63 { keyspace.endBatch() }
            }
        }
        keyspace.settle()
        let statistics = keyspace.statistics
        // Eight words a line, seven of them entries; the index is as large as that of one thread.
        let lines = statistics.bucketOccupancy.reduce(0, +)
        expect(lines * 7 >= statistics.capacity && statistics.capacity == 7 << 15)
        let expected = Double(lines * 64 + entries * record)
        let share = Double(keyspace.memory.allocated) / expected
        expect(share >= 1 && share < 1.01, "\(share) of what the layout makes")
        expect(statistics.deadBytes == 0 && statistics.copiedBytes == 0)
        expect(statistics.probeLengths.reduce(0, +) == entries)
        keyspace.expectSound("\(entries) entries")
    }

    @Test func longKeysAndValues() {
        var keyspace = Self.keyspace(.siphash, seed: 1)
        let key = String(repeating: "k", count: 70_000)
        for (length, value) in [(3, "v"), (17_000_000, "w"), (16_777_215, "x"), (2, "y")] {
            keyspace.set(key, String(repeating: value, count: length), .at(5000))
            keyspace.set("short", String(repeating: value, count: length))
            for name in [key, "short"] {
                expect(keyspace.append(name, "end") == length + 3)
                let got = keyspace.get(name) ?? ""
                expect(got.utf8.count == length + 3 && got.hasSuffix(value + "end"))
            }
            expect(keyspace.ttl(key) == .at(5000))
            keyspace.expectSound("\(length) bytes")
            keyspace.settle()
            keyspace.expectSound("\(length) bytes, compacted")
        }
    }

    /// A record keeps its room: shorter values, and as long ones again, leave nothing behind.
    @Test func updatesAreInPlaceWhereTheyFit() {
        var keyspace = Self.keyspace(.siphash, seed: 1)
        keyspace.set("key", String(repeating: "a", count: 50))
        for length in [0, 1, 49, 50, 53, 7, 53] {
            keyspace.set("key", String(repeating: "b", count: length))
            expect(keyspace.get("key") == String(repeating: "b", count: length))
            expect(keyspace.statistics.deadBytes == 0)
        }
        keyspace.set("key", String(repeating: "c", count: 54))
        expect(keyspace.statistics.deadBytes == 72)
        expect(keyspace.expire("key", .at(5000)) && keyspace.ttl("key") == .at(5000))
        expect(keyspace.statistics.deadBytes == 72 + 80)
        expect(keyspace.with("key") { $0.allocated(by: $1) } == 88)
        keyspace.expectSound("dead records")
    }
}
