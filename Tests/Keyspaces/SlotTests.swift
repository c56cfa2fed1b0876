// Hash slots: keys counted per slot.
import Keyspaces
import RESP
import Testing

@Suite struct SlotTests {
    static func slot(_ key: String) -> Int {
        Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
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

    @Test(arguments: Table.complete) func slotsCountTheirKeys(_ table: Table) {
        Counts().on(Setup(table: table, cluster: true))
    }
}
