// Bytes per entry against the real releases, measured on a settled table of a million entries.

import Keyspaces
import Testing

/// A way to fill a table, and what a release's used_memory grew by per entry.
struct Fill: Sendable, CustomTestStringConvertible {
    var table: Table
    var keySize: Int
    var valueSize: Int
    var letter: Character = "x"
    var ttl = false
    var cluster = false
    var bytesPerEntry: Double

    var testDescription: String {
        "\(table.name) (\(keySize), \(valueSize))\(ttl ? " TTL" : "")"
            + "\(cluster ? " cluster" : "") of '\(letter)'"
    }
}

struct BytesPerEntry: Check {
    static let entries = 1_000_000
    var fill: Fill

    /// An eighth of the entries fills an eighth of the chains or buckets: the same bytes per entry,
    /// sooner. Tables per slot have no such twin.
    var entries: Int { fill.cluster || isSlowRun ? Self.entries : Self.entries / 8 }

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        let before = keyspace.memory
        let name = DecimalKey(width: fill.keySize)
        let value = [UInt8](repeating: fill.letter.asciiValue!, count: fill.valueSize)
        value.withUnsafeBytes { value in
            for i in 0..<entries {
                let key = keyspace.key(name.spell(i))
                keyspace.set(key, value, expiry: fill.ttl ? .at(.max) : .never)
            }
        }
        keyspace.settle()
        expect(keyspace.count == entries)
        expect(keyspace.expiringCount == (fill.ttl ? entries : 0))
        let after = keyspace.memory
        let bytes = Double(after.allocated - before.allocated) / Double(entries)
        expect(abs(bytes / fill.bytesPerEntry - 1) < 0.004, "\(bytes) bytes per entry")
        expect(keyspace.recount() == after)
    }
}

@Suite(.serialized) struct MemoryTests {
    struct Column {
        var keySize: Int
        var valueSize: Int
        var letter: Character = "x"
        var ttl = false
        var cluster = false
    }
    static let columns = [
        Column(keySize: 8, valueSize: 8), Column(keySize: 16, valueSize: 64),
        Column(keySize: 16, valueSize: 100), Column(keySize: 16, valueSize: 64, ttl: true),
        Column(keySize: 8, valueSize: 8, cluster: true),
        Column(keySize: 8, valueSize: 8, letter: "7"),
        Column(keySize: 8, valueSize: 1, letter: "7"),
    ]
    /// used_memory per entry of the releases, upstream builds, x86-64, one million entries.
    static let measured: [(Table, [Double])] = [
        (.valkey72, [80.46, 152.46, 184.46, 184.85, 96.46, 64.46, 48.46]),
        (.valkey80, [72.46, 144.46, 176.46, 176.85, 77.35, 56.46, 40.46]),
        (.valkey81, [57.54, 137.54, 169.54, 163.01, 57.43, 49.54, 49.54]),
        (.valkey91, [49.55, 113.54, 169.55, 147.01, 49.42, 49.53, 49.54]),
    ]
    static let fills = measured.flatMap { table, figures in
        zip(columns, figures).map { column, figure in
            Fill(
                table: table, keySize: column.keySize, valueSize: column.valueSize,
                letter: column.letter, ttl: column.ttl, cluster: column.cluster,
                bytesPerEntry: figure)
        }
    }

    @Test(arguments: fills)
    func bytesPerEntryAreTheReleases(_ fill: Fill) {
        BytesPerEntry(fill: fill).on(Setup(table: fill.table, cluster: fill.cluster))
    }

    /// Class bytes of one entry: what a second entry adds to a table that has room for it.
    struct EntryCost: KeyspaceVisitor {
        typealias Failure = Never
        var key: Int
        var value: String
        var expiry = Expiry.never

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) -> Int {
            keyspace.set("first", "1", .at(.max))
            let before = keyspace.memory.allocated
            keyspace.set(String(repeating: "k", count: key), value, expiry)
            keyspace.expectSound("one entry")
            return keyspace.memory.allocated - before
        }
    }

    static func cost(
        _ table: Table, _ key: Int, _ value: Int, _ expiry: Expiry = .never
    ) -> Int {
        var cost = EntryCost(key: key, value: String(repeating: "v", count: value), expiry: expiry)
        return table.withKeyspace(table.options(), &cost)
    }

    @Test func layoutsOfTheChainedDict() {
        expect(Self.cost(.valkey72, 8, 8) == 24 + 16 + 32)
        expect(Self.cost(.valkey72, 8, 44) == 24 + 16 + 64)  // the largest EMBSTR
        expect(Self.cost(.valkey72, 8, 45) == 24 + 16 + 16 + 56)
        expect(Self.cost(.valkey72, 31, 8) == 24 + 40 + 32)  // header of 1 byte
        expect(Self.cost(.valkey72, 32, 8) == 24 + 40 + 32)  // of 3
        expect(Self.cost(.valkey72, 8, 300) == 24 + 16 + 16 + 320)  // 5 + 300 + 1
        expect(Self.cost(.valkey72, 0, 0) == 24 + 8 + 24)
        expect(Self.cost(.valkey72, 16, 64, .at(.max)) == 24 + 24 + 16 + 80 + 24)
    }

    @Test func layoutsOfTheEmbeddedKey() {
        expect(Self.cost(.valkey80, 8, 8) == 32 + 32)
        expect(Self.cost(.valkey80, 20, 8) == 48 + 32)  // 17 + 3 + 20 + 1
        expect(Self.cost(.valkey80, 256, 8) == 320 + 32)  // a key header of five bytes
        expect(Self.cost(.valkey80, 16, 64, .at(.max)) == 40 + 16 + 80 + 24)
        expect(Self.cost(.valkey81, 8, 8) == 40)
        expect(Self.cost(.valkey81, 8, 33) == 64)  // 16 + 11 + 37: the last to embed
        expect(Self.cost(.valkey81, 8, 34) == 32 + 40)
        expect(Self.cost(.valkey81, 8, 34, .at(.max)) == 40 + 40)
        // Three bytes of header, reckoned as one: 66 bytes are embedded.
        expect(Self.cost(.valkey81, 32, 9) == 80)
        expect(Self.cost(.valkey81, 32, 10) == 56 + 16)
        expect(Self.cost(.valkey81, 41, 0) == 80)
        expect(Self.cost(.valkey81, 42, 0) == 64 + 8)
        // The class of 80 has room for an expiry, from 66 bytes on as from 72.
        expect(Self.cost(.valkey81, 32, 9, .at(.max)) == 80)
        expect(Self.cost(.valkey81, 31, 10, .at(.max)) == 64 + 16)
        expect(Self.cost(.valkey81, 16, 64, .at(.max)) == 48 + 80)
    }

    @Test func layoutsOfTheBucketTable() {
        expect(Self.cost(.valkey91, 8, 8) == 32)
        expect(Self.cost(.valkey91, 16, 96) == 128)  // 127: the last to embed
        expect(Self.cost(.valkey91, 16, 97) == 128)
        expect(Self.cost(.valkey91, 16, 98) == 40 + 112)
        expect(Self.cost(.valkey91, 16, 96, .at(.max)) == 48 + 112)  // 135 with the expiry
        expect(Self.cost(.valkey91, 127, 0) == 160 + 8)  // 8 + 8 + 1 + 131, 3 + 0 + 1
        expect(Self.cost(.valkey91, 127, 8) == 160 + 16)
        expect(Self.cost(.valkey91, 128, 8) == 160 + 16)  // 8 more for the reserved expiry
        expect(Self.cost(.valkey91, 16, 0) == 40)  // 8 + 1 + 18 + 8
        // What pads a short value does not count: 129 and 131 bytes are embedded, 129 not.
        expect(Self.cost(.valkey91, 110, 1) == 160)
        expect(Self.cost(.valkey91, 110, 2) == 160 + 8)
        expect(Self.cost(.valkey91, 110, 1, .at(.max)) == 160)
    }

    /// Objects are dense: what is in memory is what the size classes say, and, in the bucket table,
    /// the child buckets that were needed before its last growth (0.43 per bucket, 64 bytes each).
    @Test func residentBytesStayNearTheSizeClasses() {
        func fill<K: Keyspace & ~Copyable>(_ keyspace: inout K) {
            let name = DecimalKey(width: 16)
            let value = [UInt8](repeating: 0x78, count: 64)
            value.withUnsafeBytes {
                for i in 0..<BytesPerEntry.entries {
                    keyspace.set(keyspace.key(name.spell(i)), $0, expiry: .never)
                }
            }
            keyspace.settle()
        }
        var dict = ChainedDictKeyspace(Table.valkey72.options())
        fill(&dict)
        expect(
            Double(dict.residentBytes) < 1.02 * Double(dict.memory.allocated),
            "\(dict.residentBytes) resident, \(dict.memory.allocated) allocated")
        dict.removeAll()
        expect(dict.residentBytes < 1 << 17)
        var buckets = BucketTableKeyspace(Table.valkey91.options())
        fill(&buckets)
        expect(
            Double(buckets.residentBytes) < 1.1 * Double(buckets.memory.allocated),
            "\(buckets.residentBytes) resident, \(buckets.memory.allocated) allocated")
        buckets.removeAll()
        expect(buckets.residentBytes < 1 << 17)
    }
}
