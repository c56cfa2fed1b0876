// Where collections leave their one block: at every threshold, one below it, and one above.
import Keyspaces
import Testing

/// A check whose body is the same for all tables.
private struct Threshold: Check {
    enum Kind: CaseIterable {
        case hashEntries, hashBytes, setEntries, setBytes, intset, intsetString
        case sortedEntries, sortedBytes, listBytes
    }

    let kind: Kind
    let one = "one"

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        switch kind {
        case .hashEntries:
            for number in 0..<512 { keyspace.hset(one, [(member(number, size: 8), "v")]) }
            expectEncoding(&keyspace, .listpack)
            keyspace.hset(one, [(member(512, size: 8), "v")])
            expectEncoding(&keyspace, .hashtable)
        case .hashBytes:
            keyspace.hset(one, [("f", String(repeating: "v", count: 64))])
            expectEncoding(&keyspace, .listpack)
            keyspace.hset(one, [(String(repeating: "f", count: 65), "v")])
            expectEncoding(&keyspace, .hashtable)
        case .setEntries:
            for number in 0..<128 { keyspace.sadd(one, [member(number, size: 8)]) }
            expectEncoding(&keyspace, .listpack)
            keyspace.sadd(one, [member(128, size: 8)])
            expectEncoding(&keyspace, .hashtable)
        case .setBytes:
            keyspace.sadd(one, [String(repeating: "m", count: 64)])
            expectEncoding(&keyspace, .listpack)
            keyspace.sadd(one, [String(repeating: "m", count: 65)])
            expectEncoding(&keyspace, .hashtable)
        case .intset:
            for number in 0..<512 { keyspace.sadd(one, [String(number)]) }
            expectEncoding(&keyspace, .intset)
            keyspace.sadd(one, ["512"])
            expectEncoding(&keyspace, .hashtable)
        case .intsetString:
            for number in 0..<127 { keyspace.sadd(one, [String(number)]) }
            keyspace.sadd(one, ["x"])
            expectEncoding(&keyspace, .listpack)
            for number in 0..<128 { keyspace.sadd("two", [String(number)]) }
            keyspace.sadd("two", ["x"])
            expect(keyspace.encoding(ofCollection: "two") == .hashtable)
        case .sortedEntries:
            for number in 0..<128 { keyspace.zadd(one, [(0.5, member(number, size: 8))]) }
            expectEncoding(&keyspace, .listpack)
            keyspace.zadd(one, [(0.5, member(128, size: 8))])
            expectEncoding(&keyspace, .skiplist)
        case .sortedBytes:
            keyspace.zadd(one, [(1, String(repeating: "m", count: 64))])
            expectEncoding(&keyspace, .listpack)
            keyspace.zadd(one, [(1, String(repeating: "m", count: 65))])
            expectEncoding(&keyspace, .skiplist)
        case .listBytes: listThreshold(&keyspace)
        }
        keyspace.expectSound("\(kind)")
    }

    /// 454 elements of 16 bytes are 8,179; the next would make 8,197, reckoned with its 16 bytes
    /// alone 8,195.
    private func listThreshold<K: Keyspace & ~Copyable>(_ keyspace: inout K) {
        for number in 0..<454 { keyspace.push(one, [member(number, size: 16)]) }
        expectEncoding(&keyspace, .listpack)
        keyspace.push(one, [member(454, size: 16)])
        expectEncoding(&keyspace, .quicklist)
        // One node again, and it is above half of the limit; then it is not.
        func take<T: Keyspace & ~Copyable>(_ count: Int, _ keyspace: inout T) {
            guard let list = keyspace.collection(one) else { return }
            keyspace.withCollections { values in
                values.removeEnd(count, of: list, atFront: false)
                values.compact(list: list)
            }
        }
        take(2, &keyspace)
        expectEncoding(&keyspace, .quicklist)
        // (4,096 − 7) / 18 = 227
        take(453 - 228, &keyspace)
        expectEncoding(&keyspace, .quicklist)
        take(1, &keyspace)
        expectEncoding(&keyspace, .listpack)
    }

    private func expectEncoding<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ encoding: CollectionEncoding
    ) {
        let found = keyspace.encoding(ofCollection: one)
        expect(found == encoding, "\(kind): \(found.map { "\($0)" } ?? "none")")
    }
}

@Suite struct CollectionThresholdTests {
    @Test(arguments: Table.holdingCollections)
    func encodingsChangeWhereTheReleasesChangeThem(_ table: Table) {
        for kind in Threshold.Kind.allCases { Threshold(kind: kind).on(table) }
    }
}
