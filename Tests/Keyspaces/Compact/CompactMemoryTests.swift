// Bytes of the compact table against the arithmetic of its layout, and what an insert costs at
// worst.
import Glibc
import Keyspaces
import Testing

/// Keys and values of one size.
struct CompactPairs: Sendable, CustomTestStringConvertible {
    var keySize: Int
    var valueSize: Int
    var hasTime = false

    var testDescription: String { "(\(keySize), \(valueSize))\(hasTime ? " TTL" : "")" }
    /// Of a record in its body.
    var record: Int { keySize + valueSize + 4 + (hasTime ? 6 : 0) }
    var expiry: Expiry { hasTime ? .at(1_900_000_000_000) : .never }
}

/// What the layout should cost: buckets of linear hashing with Poisson numbers of records.
struct CompactArithmetic {
    let record: Int

    /// Entries per bucket.
    var load: Double { min(max(1_536 / Double(record), 12), 20) }

    /// The class of a body: steps of 16 bytes up to 1 KiB, 32 classes per doubling above.
    private func classBytes(_ total: Int) -> Int {
        var step = 16
        while total > step * 64 { step *= 2 }
        return (total + step - 1) / step * step
    }

    private func body(_ records: Int) -> Int {
        records == 0 ? 0 : classBytes(6 + records * record + 2 * max(records - 28, 0))
    }

    /// Bytes of the body of a bucket with `mean` records in the mean.
    private func body(mean: Double) -> Double {
        var probability = exp(-mean)
        var sum = 0.0
        for records in 1...200 {
            probability *= mean / Double(records)
            sum += probability * Double(body(records))
        }
        return sum
    }

    /// In the mean over a doubling.
    var bytesPerEntry: Double {
        let points = 200
        var sum = 0.0
        for point in 0..<points {
            // That share of the buckets that there were has been split.
            let share = (Double(point) + 0.5) / Double(points)
            let unsplit = load * (1 + share)
            let bytes =
                ((1 - share) * body(mean: unsplit) + 2 * share * body(mean: unsplit / 2))
                / (1 + share)
            sum += (64 + bytes) / load
        }
        return sum / Double(points)
    }
}

@Suite(.serialized) struct CompactMemoryTests {
    /// Bytes that an insert copies at most, and keys that it hashes again.
    static let copiedMax = 32 << 10
    static let hashedMax = 80

    static let pairs = [
        CompactPairs(keySize: 8, valueSize: 8),
        CompactPairs(keySize: 8, valueSize: 8, hasTime: true),
        CompactPairs(keySize: 16, valueSize: 64),
        CompactPairs(keySize: 16, valueSize: 100),
    ]

    private static func insert(
        _ keys: Range<Int>, _ pairs: CompactPairs, _ keyspace: inout CompactKeyspace,
        _ after: (Int, inout CompactKeyspace) -> Void
    ) {
        let name = DecimalKey(width: pairs.keySize)
        let value = [UInt8](repeating: 0x78, count: pairs.valueSize)
        value.withUnsafeBytes { value in
            for i in keys {
                // Sums of digits would be in order; a multiple modulo a power of ten is not.
                let key = keyspace.key(name.spell(i * 7_654_321 % 100_000_000))
                keyspace.set(key, value, expiry: pairs.expiry)
                after(i, &keyspace)
            }
        }
    }

    /// The mean over a doubling is the layout's, holes and vectors' own bytes included.
    @Test(arguments: pairs) func bytesPerEntryAreTheLayouts(_ pairs: CompactPairs) {
        var keyspace = compact(denseFrom: 0)
        let before = keyspace.memory.allocated
        let first = isSlowRun ? 1_000_000 : 60_000
        // What a hundred vectors take themselves counts less in a large table.
        let tolerance = isSlowRun ? 0.01 : 0.025
        var worst = (copied: 0, hashed: 0)
        var work = keyspace.work
        var samples: [Double] = []
        Self.insert(0..<(2 * first), pairs, &keyspace) { i, keyspace in
            let now = keyspace.work
            worst.copied = max(worst.copied, now.copiedBytes - work.copiedBytes)
            worst.hashed = max(worst.hashed, now.hashedKeys - work.hashedKeys)
            work = now
            guard i >= first, i % 1_000 == 0 else { return }
            let bytes = keyspace.memory.allocated - before
            samples.append(Double(bytes) / Double(keyspace.count))
        }
        expect(keyspace.count == 2 * first)
        keyspace.expectSound("\(pairs.testDescription)")
        let mean = samples.reduce(0, +) / Double(samples.count)
        let expected = CompactArithmetic(record: pairs.record).bytesPerEntry
        expect(
            abs(mean / expected - 1) < tolerance,
            "\(mean) bytes per entry, \(expected) expected")
        expect(worst.copied <= Self.copiedMax, "an insert copied \(worst.copied) bytes")
        expect(worst.hashed <= Self.hashedMax, "an insert hashed \(worst.hashed) keys again")
        expect(worst.copied > 0 && worst.hashed > 0)
        // What is in memory is what is accounted, but for the ends of the vectors' pages.
        let resident = Double(keyspace.residentBytes) / Double(keyspace.memory.allocated)
        expect(resident < (isSlowRun ? 1.05 : 1.3), "\(resident) of the account resident")
    }

    /// The arithmetic at the sizes for which the design was made.
    @Test func theArithmeticKeepsTheLimits() {
        let small = CompactArithmetic(record: 20).bytesPerEntry
        let large = CompactArithmetic(record: 120).bytesPerEntry
        #expect(small > 23 && small < 24.5, "\(small)")
        #expect(large > 125 && large < 128, "\(large)")
    }

    /// Deleting and inserting twice as many entries as there are changes nothing.
    @Test(arguments: pairs) func churnLeavesBytesAsTheyWere(_ pairs: CompactPairs) {
        var keyspace = compact(denseFrom: 0)
        let keys = 40_000
        Self.insert(0..<keys, pairs, &keyspace) { _, _ in }
        keyspace.settle()
        let before = keyspace.memory
        let name = DecimalKey(width: pairs.keySize)
        Self.insert(keys..<(3 * keys), pairs, &keyspace) { i, keyspace in
            let old = keyspace.key(name.spell((i - keys) * 7_654_321 % 100_000_000))
            expect(keyspace.remove(old), "key \(i - keys)")
        }
        keyspace.settle()
        expect(keyspace.count == keys)
        keyspace.expectSound("\(pairs.testDescription)")
        let share = Double(keyspace.memory.allocated) / Double(before.allocated)
        expect(abs(share - 1) < 0.01, "\(share) of what it was")
    }

    /// An emptied table holds nothing, in memory either.
    @Test func anEmptiedTableGivesItsMemoryBack() {
        var keyspace = compact(denseFrom: 0)
        let pairs = CompactPairs(keySize: 8, valueSize: 100)
        Self.insert(0..<30_000, pairs, &keyspace) { _, _ in }
        let full = keyspace.residentBytes
        let name = DecimalKey(width: pairs.keySize)
        for i in 0..<30_000 {
            let key = keyspace.key(name.spell(i * 7_654_321 % 100_000_000))
            expect(keyspace.remove(key))
        }
        keyspace.settle()
        keyspace.expectSound("emptied")
        expect(keyspace.residentBytes * 4 < full, "\(keyspace.residentBytes) of \(full) left")
    }
}
