// Valkey 9.1's table behind its own C face is the table that it is without: it does what an oracle
// says, and takes the places and the bytes that the compiled-in one takes.
import Keyspaces
import Testing

@Suite struct OwnFaceTests {
    static let faces = ["index", "store"].map { try! Table.parse("foreign:valkey-9.1/\($0)") }

    @Test(arguments: faces, OracleTests.hashes)
    func aFaceAgainstADictionary(_ face: Table, _ hash: HashFunction) {
        RandomRun(seed: 11, keys: 120, steps: 1_500, checkEvery: 1, lacks: face.lacks)
            .on(face, face.options(hash, seed: 11))
    }

    @Test(arguments: faces) func aLargeOne(_ face: Table) {
        RandomRun(seed: 12, keys: 20_000, steps: 60_000, checkEvery: 10_000, lacks: face.lacks)
            .on(face, face.options(seed: 12))
    }

    @Test(arguments: faces) func valuesComeBackAndBatchesAgree(_ face: Table) {
        BehaviourTests.ValuesComeBack().on(face)
        Batched().on(face)
    }

    /// Look-ups of a batch find what is there, more of them at once than a batch of the host holds.
    struct Batched: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<500 { keyspace.set("k\(i)", "v\(i)") }
            for size in [1, 16, 1_500] {
                let names = (0..<size).map { Array("k\($0 % 700)".utf8) }
                let copies = names.map { name in
                    let copy = UnsafeMutableRawBufferPointer.allocate(
                        byteCount: name.count, alignment: 1)
                    copy.copyBytes(from: name)
                    return Bytes(copy)
                }
                defer { for copy in copies { copy.deallocate() } }
                let keys = copies.map { keyspace.key($0) }
                for key in keys { keyspace.prefetchIndex(key) }
                for key in keys { keyspace.prefetchEntry(key) }
                for key in keys { keyspace.prefetchValue(key) }
                for key in keys { keyspace.prefetchPayload(key) }
                for (i, key) in keys.enumerated() {
                    let expected = i % 700 < 500 ? "v\(i % 700)" : nil
                    expect(keyspace.find(key).map { text($0) } == expected, "k\(i % 700)")
                }
                keyspace.endBatch()
            }
        }
    }

    // MARK: The same table

    /// What a keyspace takes once it holds `entries`, and rests.
    struct Shape: KeyspaceVisitor {
        typealias Failure = Never
        let entries: Int

        mutating func visit<K: Keyspace & ~Copyable>(
            _ keyspace: consuming K
        ) -> (capacity: Int, own: Int, elsewhere: Int?) {
            for i in 0..<entries { keyspace.set("key:\(i)", "value \(i)") }
            for i in 0..<(entries / 3) { _ = keyspace.delete("key:\(3 * i)") }
            keyspace.settle()
            let capacity = keyspace.statistics.capacity
            return (capacity, keyspace.memory.allocated, keyspace.foreignBytes)
        }

        static func of(
            _ table: Table, _ entries: Int
        ) -> (capacity: Int, own: Int, elsewhere: Int?) {
            var visitor = Shape(entries: entries)
            return table.withKeyspace(table.options(seed: 13), &visitor)
        }
    }

    @Test(arguments: [10, 1_000, 20_000]) func placesAndBytesAreThoseOfTheTable(_ entries: Int) {
        let table = Shape.of(.valkey91, entries)
        for face in Self.faces {
            #expect(Shape.of(face, entries).capacity == table.capacity, "\(face.label)")
        }
        // All of the store lies in its own slab, and nothing of the host's but what holds it.
        let store = Shape.of(Self.faces[1], entries)
        #expect(store.elsewhere == table.own)
        #expect(store.own < 4_096)
        let index = Shape.of(Self.faces[0], entries)
        #expect((index.elsewhere ?? 0) < table.own && (index.elsewhere ?? 0) > 0)
    }

    // MARK: Names

    @Test func aFaceHasANameAndNoOptions() throws {
        #expect(Self.faces.map(\.label) == ["valkey-9.1-index", "valkey-9.1-store"])
        #expect(Self.faces.map(\.name) == ["index", "store"].map { "foreign:valkey-9.1/\($0)" })
        #expect(Self.faces[0].lacks.isEmpty)
        #expect(Self.faces[1].lacks.contains(.expiry) && !Self.faces[1].lacks.contains(.scan))
        for name in Self.faces.map(\.name) {
            let error = #expect(throws: TableError.self) { try Table.parse(name + "?places=4") }
            #expect(error?.description.contains("it has no options") == true)
        }
        #expect(throws: TableError.self) { try Table.parse("foreign:valkey-8.1/index") }
    }
}
