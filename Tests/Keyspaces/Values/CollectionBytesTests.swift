// Bytes per element and per key against the real releases: their own builds, bundled jemalloc with
// quantum 8, one standalone node, growth of used_memory less what any server pays once; settled.
//
// Containers have keys of 8 bytes and were filled by one connection, in ascending order, 20
// elements a command. A table of the keyspace is as full with a sixteenth of the containers as with
// all, while those are many; where they are ten or a thousand large ones, few show the same.
import Keyspaces
import Testing

/// A row of what was measured.
struct CollectionRow: Sendable, CustomTestStringConvertible {
    let table: Table
    let kind: ValueType
    let containers: Int
    let elements: Int
    let memberSize: Int
    let valueSize: Int
    let bytesPerElement: Double
    let isTouched: Bool

    var testDescription: String {
        "\(table.name) \(kind) \(containers) × \(elements) (\(memberSize), \(valueSize))"
            + (isTouched ? " touched" : "")
    }

    private static let measured = """
        7.2 hash 1000 100 8 8 21.12
        7.2 hash 1000 100 16 64 103.04
        7.2 hash 100000 5 8 8 35.70
        7.2 hash 10 100000 8 8 71.74
        7.2 hash 10 100000 16 64 143.76
        7.2 hash 10 100000 16 200 287.78
        7.2 hash 1000 1000 8 8 64.32
        7.2 hash 10 100000 8 8 66.49 touched
        7.2 set 1000 128 8 0 12.50
        7.2 set 10 100000 8 0 36.47
        7.2 set 10 100000 16 0 44.49
        7.2 set 1000 1000 8 0 29.77
        7.2 zset 1000 128 8 0 32.50
        7.2 zset 10 100000 8 0 96.32
        7.2 list 1000 100 16 0 21.12
        7.2 list 100000 5 16 0 35.70
        7.2 list 10 100000 16 0 18.14
        8.0 hash 1000 100 8 8 21.04
        8.0 hash 100000 5 8 8 34.10
        8.0 hash 10 100000 8 8 71.74
        8.0 hash 10 100000 16 200 287.74
        8.0 set 1000 128 8 0 12.44
        8.0 set 10 100000 16 0 44.82
        8.0 set 1000 1000 8 0 30.37
        8.0 zset 10 100000 16 0 104.34
        8.0 list 100000 5 16 0 34.10
        8.0 list 10 100000 16 0 18.14
        8.1 hash 1000 100 16 64 102.90
        8.1 hash 100000 5 8 8 31.48
        8.1 hash 10 100000 16 64 109.38
        8.1 hash 10 100000 16 200 269.35
        8.1 hash 1000 1000 8 8 49.99
        8.1 hash 10 100000 8 8 37.41 touched
        8.1 set 1000 128 8 0 12.39
        8.1 set 10 100000 8 0 29.38
        8.1 set 1000 1000 8 0 41.73
        8.1 set 1000 1000 8 0 33.22 touched
        8.1 zset 1000 128 8 0 32.40
        8.1 zset 10 100000 8 0 75.23
        8.1 zset 10 100000 16 0 83.25
        8.1 list 10 100000 16 0 18.14
        9.1 hash 1000 100 8 8 20.98
        9.1 hash 100000 5 8 8 31.48
        9.1 hash 10 100000 8 8 37.38
        9.1 hash 10 100000 16 64 109.36
        9.1 hash 10 100000 16 200 269.32
        9.1 hash 1000 1000 8 8 41.57 touched
        9.1 set 1000 128 8 0 12.39
        9.1 set 10 100000 16 0 37.37
        9.1 set 1000 1000 8 0 41.99
        9.1 zset 1000 128 8 0 32.39
        9.1 zset 10 100000 8 0 66.74
        9.1 zset 10 100000 16 0 76.71
        9.1 list 1000 100 16 0 20.98
        9.1 list 100000 5 16 0 31.48
        9.1 list 10 100000 16 0 18.14
        """

    static let all: [CollectionRow] = measured.split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        let kinds: [Substring: ValueType] = [
            "hash": .hash, "set": .set, "zset": .sortedSet, "list": .list,
        ]
        return CollectionRow(
            table: try! Table.parse("valkey-\(words[0])"), kind: kinds[words[1]]!,
            containers: Int(words[2])!, elements: Int(words[3])!, memberSize: Int(words[4])!,
            valueSize: Int(words[5])!, bytesPerElement: Double(words[6])!,
            isTouched: words.last == "touched")
    }

    /// As many containers as show the same.
    var fewer: Int {
        if isSlowRun { return containers }
        switch containers {
        case 100_000: return containers / 16
        case 1_000: return elements < 1_000 ? containers / 8 : 24
        default: return 1
        }
    }
}

private struct BytesPerElement: Check {
    let row: CollectionRow

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        let before = keyspace.memory.allocated
        var random = Random(seed: 7)
        let value = String(repeating: "x", count: row.valueSize)
        for container in 0..<row.fewer {
            let digits = String(container)
            let key = String(repeating: "0", count: 8 - digits.count) + digits
            for first in stride(from: 0, to: row.elements, by: 20) {
                let names = (first..<min(first + 20, row.elements)).map {
                    member($0, size: row.memberSize)
                }
                add(&keyspace, key, names, value, &random)
            }
            if row.isTouched { touch(&keyspace, key) }
        }
        keyspace.settle()
        let grown = keyspace.memory.allocated - before
        let bytes = Double(grown) / Double(row.fewer * row.elements)
        expect(abs(bytes / row.bytesPerElement - 1) < 0.02, "\(bytes) bytes per element")
        expect(keyspace.recount() == keyspace.memory)
    }

    private func add<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ key: String, _ names: [String], _ value: String,
        _ random: inout Random
    ) {
        switch row.kind {
        case .hash: keyspace.hset(key, names.map { ($0, value) })
        case .set: keyspace.sadd(key, names)
        case .sortedSet:
            keyspace.zadd(
                key, names.map { (Double.random(in: 0..<1, using: &random), $0) })
        case .list, .bloom, .string: keyspace.push(key, names)
        }
    }

    /// Reads every element once.
    private func touch<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ key: String) {
        guard let collection = keyspace.collection(key) else { return }
        keyspace.withCollections { values in
            for number in 0..<row.elements {
                Array(member(number, size: row.memberSize).utf8).withUnsafeBytes {
                    if row.kind == .hash {
                        _ = values.value(of: $0, in: collection)
                    } else {
                        _ = values.contains($0, in: collection)
                    }
                }
            }
        }
    }
}

@Suite(.serialized) struct CollectionBytesTests {
    @Test(arguments: CollectionRow.all)
    func bytesAreThoseOfTheReleases(_ row: CollectionRow) {
        BytesPerElement(row: row).on(row.table)
    }

    /// The width of the integers decides: 2.63 bytes for 16 bits, 5.13 for 32 (7.2).
    @Test func integersTakeTheirWidth() {
        for (from, bytes) in [(0, 2.63), (100_000, 5.13)] {
            Integers(from: from, bytesPerElement: bytes).on(.valkey72)
        }
    }

    private struct Integers: Check {
        let from: Int
        let bytesPerElement: Double

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let before = keyspace.memory.allocated
            for container in 0..<125 {
                let digits = String(container)
                let key = String(repeating: "0", count: 8 - digits.count) + digits
                keyspace.sadd(key, (from..<from + 512).map { String($0) })
            }
            keyspace.settle()
            let grown = keyspace.memory.allocated - before
            let bytes = Double(grown) / Double(125 * 512)
            expect(abs(bytes / bytesPerElement - 1) < 0.02, "\(bytes) bytes per element")
        }
    }
}
