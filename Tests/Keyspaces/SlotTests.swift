// Hash slots: CRC-16 against its published values, hash tags, keys counted per slot.
import Keyspaces
import Testing

@Suite struct SlotTests {
    static func slot(_ key: String) -> Int {
        Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
    }

    /// The polynomial division, bit by bit.
    static func reference(_ bytes: [UInt8]) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }

    @Test func crcIsXmodem() {
        #expect(Array("123456789".utf8).withUnsafeBytes { HashSlot.crc16($0) } == 0x31c3)
        var random = Random(seed: 9)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8(random.below(256)) }
            #expect(bytes.withUnsafeBytes { HashSlot.crc16($0) } == Self.reference(bytes))
        }
    }

    /// The examples of the cluster specification.
    @Test func hashTags() {
        #expect(Self.slot("{user1000}.following") == Self.slot("{user1000}.followers"))
        #expect(Self.slot("foo{}{bar}") == Int(Self.reference(Array("foo{}{bar}".utf8))) & 16383)
        #expect(Self.slot("foo{{bar}}zap") == Self.slot("{bar"))
        #expect(Self.slot("foo{bar}{zap}") == Self.slot("bar"))
        #expect(Self.slot("foo{bar") == Int(Self.reference(Array("foo{bar".utf8))) & 16383)
        #expect(Self.slot("") == 0)
    }

    struct Counts: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var random = Random(seed: 4)
            var counts: [Int: Int] = [:]
            var names: Set<String> = []
            for _ in 0..<4_000 {
                let name = "k\(random.below(1_500))"
                let slot = SlotTests.slot(name)
                if names.contains(name) {
                    names.remove(name)
                    counts[slot]! -= 1
                    expect(keyspace.delete(name))
                } else {
                    names.insert(name)
                    counts[slot, default: 0] += 1
                    keyspace.set(name, "v", random.below(2) == 0 ? .never : .at(.max))
                }
            }
            for slot in 0..<16_384 {
                expect(keyspace.count(inSlot: slot) == counts[slot, default: 0], "slot \(slot)")
            }
            let tables = counts.values.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
            let found = keyspace.statistics.tables
            expect(found == 1 || found == tables, "\(found) tables for \(tables) slots")
            keyspace.expectSound("slots")
        }
    }

    @Test(arguments: Table.allCases) func slotsCountTheirKeys(_ table: Table) {
        Counts().on(Setup(table: table, cluster: true))
    }
}
