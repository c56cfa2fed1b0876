// The compact table where its layout has an edge: bodies in dense vectors from the first entry on,
// buckets of more records than a head has places for or a body may have, every length code.
import Keyspaces
import Testing

func compact(
    _ hash: HashFunction = .siphash, seed: UInt64 = 1, match: GroupMatch = .simd,
    eviction: EvictionPolicy = .noeviction, denseFrom: Int
) -> CompactKeyspace {
    var options = Table.compact.options(hash, seed: seed)
    options.match = match
    options.eviction = eviction
    return CompactKeyspace(options, denseFrom: denseFrom)
}

@Suite struct CompactTests {
    // MARK: Against the oracle

    @Test(arguments: OracleTests.hashes, [0, 60])
    func randomRunsWithDenseVectors(_ hash: HashFunction, _ denseFrom: Int) {
        for seed in 1...(isSlowRun ? 20 : 1) as ClosedRange<UInt64> {
            let policy = OracleTests.policy(Int(seed) + denseFrom / 10)
            var run = RandomRun(
                seed: seed, keys: 120, steps: 1_500, checkEvery: 1, policy: policy)
            run.visit(compact(hash, seed: seed, eviction: policy, denseFrom: denseFrom))
        }
    }

    @Test(arguments: GroupMatch.allCases)
    func longRunsWithDenseVectors(_ match: GroupMatch) {
        var run = RandomRun(seed: 5, keys: 6_000, steps: 40_000, checkEvery: 2_000)
        run.visit(compact(seed: 5, match: match, denseFrom: 1_000))
    }

    /// All in one bucket, around the number of places and the longest body.
    @Test(arguments: [(0, 2), (1, 2), (26, 2), (27, 2), (28, 2), (238, 1), (240, 1)])
    func everyShortSequenceWithDenseVectors(_ prefilled: Int, _ longest: Int) {
        let policy = EvictionPolicy.allkeysLRU
        var run = EverySequence(prefilled: prefilled, longest: longest, policy: policy)
        run.visit(compact(.colliding(lowBits: 0, highBits: 0), eviction: policy, denseFrom: 0))
    }

    // MARK: Colliding keys

    /// So many keys with a hash of few bits come, are found and met, and go again in another order.
    private func collide(_ count: Int, _ hash: HashFunction, denseFrom: Int, _ stride: Int) {
        var keyspace = compact(hash, denseFrom: denseFrom)
        let empty = keyspace.memory
        let value = { (i: Int) in String(repeating: "v", count: i * 7 % 150) }
        for i in 0..<count {
            keyspace.set("k\(i)", value(i), i % 5 == 0 ? .at(.max) : .never)
            if [28, 29, 30, 239, 240, 241, 242, 480, 481].contains(i + 1) {
                keyspace.expectSound("\(i + 1) of \(count) keys")
            }
        }
        keyspace.settle()
        keyspace.expectSound("\(count) colliding keys")
        for i in 0..<count { expect(keyspace.get("k\(i)") == value(i), "key \(i) of \(count)") }
        expect(keyspace.get("missing") == nil)
        var met: Set<String> = []
        var cursor: UInt64 = 0
        repeat {
            cursor = keyspace.scan(cursor, count: 10) { key, _, _ in
                met.insert(String(decoding: key, as: UTF8.self))
            }
        } while cursor != 0
        expect(met.count == count && keyspace.randomKey() != nil)
        for step in 0..<count {
            let i = step * stride % count
            expect(keyspace.delete("k\(i)"), "key \(i) of \(count)")
            if step % 16 == 0 { keyspace.expectSound("\(step) of \(count) gone") }
        }
        keyspace.settle()
        keyspace.expectSound("all of \(count) gone")
        keyspace.expectEmpty(empty)
    }

    /// - Parameter stride: has no divisor in common with any of the counts.
    @Test(arguments: [1, 27, 28, 29, 239, 240, 241, 482, 600], [0, 1_000_000])
    func equalHashesAreNeverRefused(_ count: Int, _ denseFrom: Int) {
        let hash = HashFunction.colliding(lowBits: 0, highBits: 0)
        collide(count, hash, denseFrom: denseFrom, 1)
        collide(count, hash, denseFrom: denseFrom, 43)
        collide(count, hash, denseFrom: denseFrom, count - 1 > 0 ? count - 1 : 1)
    }

    /// Chained buckets split and merge.
    @Test(arguments: [0, 1_000_000]) func chainsArePartedAndUnited(_ denseFrom: Int) {
        for low in [1, 2] {
            collide(601, .colliding(lowBits: low, highBits: 3), denseFrom: denseFrom, 43)
        }
    }

    // MARK: Lengths

    /// Record sizes at the edges of the codes: in the body, long, in the slab.
    static let sizes = [125, 126, 127, 128, 129, 131, 132, 133, 630, 631, 632, 633, 634, 700]
    /// Key lengths at the edges of their spelling.
    static let keyLengths = [0, 1, 61, 62, 63, 64, 316, 317, 318, 319]

    @Test(arguments: [0, 1_000_000]) func everyEdgeOfTheLengths(_ denseFrom: Int) {
        var keyspace = compact(denseFrom: denseFrom)
        let times: [Expiry] = [.never, .at(5_000), .at(1 << 48), .at(.max), .at(1 << 48 - 2)]
        for keyLength in Self.keyLengths {
            let key = String(repeating: "k", count: keyLength)
            for size in Self.sizes where size > keyLength + 9 {
                let value = String(repeating: "v", count: size - keyLength - 4)
                for time in times {
                    let place = "key of \(keyLength), record of \(size), \(time)"
                    keyspace.set(key, value, time)
                    expect(keyspace.get(key) == value && keyspace.ttl(key) == time, place)
                    for other in times {
                        expect(keyspace.expire(key, other) && keyspace.get(key) == value, place)
                        expect(keyspace.ttl(key) == other, place)
                    }
                    keyspace.expectSound(place)
                    // Over the edge and back.
                    keyspace.set(key, value + "ab", .keep)
                    expect(keyspace.get(key) == value + "ab", place)
                    keyspace.set(key, String(value.dropLast(5)), .keep)
                    expect(keyspace.get(key) == String(value.dropLast(5)), place)
                    expect(keyspace.ttl(key) == times.last, place)
                    keyspace.set("neighbour", "\(size)")
                    expect(keyspace.delete(key) && keyspace.get("neighbour") == "\(size)", place)
                }
            }
        }
        keyspace.expectSound("lengths")
    }

    /// Numbers take the fewest bytes, and come back.
    @Test func everyNumberOfBits() {
        var keyspace = compact(denseFrom: 0)
        for bits in 0..<64 {
            let power = Int64(bitPattern: 1 << UInt64(bits))
            for number in [power, power &- 1, power &+ 1, 0 &- power] {
                keyspace.set("n", "\(number)")
                expect(keyspace.get("n") == "\(number)")
            }
        }
        keyspace.expectSound("numbers")
    }

    // MARK: Holes

    /// What is deleted from dense vectors is filled from their ends: bodies and long records of a
    /// few classes come and go, and none is lost.
    @Test func holesAreFilledFromTheEnd() {
        var keyspace = compact(denseFrom: 0)
        let keys = 4_000
        func value(_ i: Int) -> String { String(repeating: "v", count: [10, 150, 300][i % 3]) }
        for i in 0..<keys { keyspace.set("k\(i)", value(i)) }
        keyspace.settle()
        keyspace.expectSound("filled")
        let full = keyspace.memory.allocated
        var random = Random(seed: 9)
        var there = Set(0..<keys)
        for step in 0..<(keys * 3) {
            let i = random.below(keys)
            if there.remove(i) != nil {
                expect(keyspace.delete("k\(i)"))
            } else {
                there.insert(i)
                keyspace.set("k\(i)", value(i))
            }
            if step % 500 == 0 { keyspace.expectSound("step \(step)") }
        }
        for i in there { expect(keyspace.get("k\(i)") == value(i), "key \(i)") }
        for i in 0..<keys where !there.contains(i) { keyspace.set("k\(i)", value(i)) }
        keyspace.settle()
        let again = Double(keyspace.memory.allocated) / Double(full)
        expect(abs(again - 1) < 0.03, "\(again) of what it was")
        // Half of all long records go: their vectors are half as long, holes and all.
        for i in 0..<keys where i % 3 != 0 && i % 2 == 0 { expect(keyspace.delete("k\(i)")) }
        keyspace.expectSound("half of the long ones gone")
        let bytes = keyspace.memory
        expect(Double(bytes.requested) > 0.9 * Double(bytes.allocated), "\(bytes)")
    }

    /// A table becomes dense as it grows; what was in the slab stays until it is written.
    @Test func aGrowingTableMovesToDenseVectors() {
        var keyspace = compact(denseFrom: 500)
        let empty = keyspace.memory
        for i in 0..<2_000 {
            keyspace.set("k\(i)", String(repeating: "v", count: i % 200))
            if (490..<520).contains(i) { keyspace.expectSound("\(i)") }
        }
        keyspace.expectSound("dense")
        for i in 0..<2_000 {
            expect(keyspace.get("k\(i)")?.utf8.count == i % 200)
            expect(keyspace.delete("k\(i)"))
            if i % 200 == 0 { keyspace.expectSound("\(i) gone") }
        }
        keyspace.settle()
        keyspace.expectSound("emptied")
        keyspace.expectEmpty(empty)
    }
}

extension CompactKeyspace {
    /// Nothing is left but room for the addresses of more spans of heads.
    fileprivate func expectEmpty(_ empty: MemoryReport) {
        let left = memory
        expect(left.allocations == empty.allocations, "\(empty), then \(left)")
        expect((0...256).contains(left.allocated - empty.allocated), "\(empty), then \(left)")
    }
}
