// Random changes of collections against Swift's own: contents, order, invariants, accounts.
import Keyspaces
import Testing

/// What a keyspace of collections should hold.
private struct Contents {
    var hashes: [String: [String: String]] = [:]
    var sets: [String: Set<String>] = [:]
    var sorted: [String: [String: Double]] = [:]
    var lists: [String: [String]] = [:]
}

private struct CollectionRun: Check {
    let seed: UInt64
    let steps: Int
    let checkEvery: Int

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        var random = Random(seed: seed)
        var contents = Contents()
        let empty = keyspace.memory
        for step in 0..<steps {
            // Sizes come and go, past every threshold.
            let isGrowing = step * 6 / steps % 2 == 0
            act(&keyspace, &contents, &random, isGrowing)
            if step % checkEvery == 0 {
                keyspace.expectSound("seed \(seed), step \(step)")
                compare(&keyspace, contents)
            }
        }
        compare(&keyspace, contents)
        for name in ["h", "s", "z", "l"] {
            for number in 0..<3 { _ = keyspace.with("\(name)\(number)") { $0.unlink($1) } }
        }
        keyspace.settle()
        keyspace.expectSound("seed \(seed), emptied")
        let isEmpty = keyspace.count == 0 && keyspace.collectionCount == 0
        expect(isEmpty && keyspace.memory.requested <= empty.requested + (64 << 10))
    }

    private func word(_ random: inout Random) -> String {
        switch random.below(8) {
        case 0: String(random.below(100_000) - 50_000)
        case 1: String(repeating: "w", count: random.below(70)) + String(random.below(300))
        case 2: String(random.below(40))
        default: member(random.below(700), size: 8)
        }
    }

    private func act<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ contents: inout Contents, _ random: inout Random,
        _ isGrowing: Bool
    ) {
        let number = random.below(3)
        let count = 1 + random.below(isGrowing ? 12 : 3)
        let words = (0..<count).map { _ in word(&random) }
        let removes = random.below(100) < (isGrowing ? 20 : 75)
        switch random.below(4) {
        case 0: changeHash(&keyspace, &contents, "h\(number)", words, removes, &random)
        case 1: changeSet(&keyspace, &contents, "s\(number)", words, removes)
        case 2: changeSorted(&keyspace, &contents, "z\(number)", words, removes, &random)
        default: changeList(&keyspace, &contents, "l\(number)", words, removes, &random)
        }
        if random.below(50) == 0 { _ = keyspace.maintain(budgetMicroseconds: 50) }
    }

    private func changeHash<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ contents: inout Contents, _ name: String, _ words: [String],
        _ removes: Bool, _ random: inout Random
    ) {
        guard removes else {
            let value = String(repeating: "v", count: random.below(100))
            let old = contents.hashes[name] ?? [:]
            var new = old
            for word in words { new[word] = value }
            let added = keyspace.hset(name, words.map { ($0, value) })
            expect(added == new.count - old.count, "HSET \(name)")
            contents.hashes[name] = new
            return
        }
        guard let hash = keyspace.collection(name) else { return }
        keyspace.withCollections { values in
            for word in words {
                let wasThere = contents.hashes[name]?.removeValue(forKey: word) != nil
                let removed = Array(word.utf8).withUnsafeBytes { values.remove($0, from: hash) }
                expect(removed == wasThere, "HDEL \(name)")
            }
        }
        keyspace.dropIfEmpty(name)
        if contents.hashes[name]?.isEmpty == true { contents.hashes[name] = nil }
    }

    private func changeSet<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ contents: inout Contents, _ name: String, _ words: [String],
        _ removes: Bool
    ) {
        guard removes else {
            let old = contents.sets[name] ?? []
            let new = old.union(words)
            expect(keyspace.sadd(name, words) == new.count - old.count, "SADD \(name)")
            contents.sets[name] = new
            return
        }
        guard let set = keyspace.collection(name) else { return }
        keyspace.withCollections { values in
            for word in words {
                let wasThere = contents.sets[name]?.remove(word) != nil
                let removed = Array(word.utf8).withUnsafeBytes {
                    values.remove(member: $0, from: set)
                }
                expect(removed == wasThere, "SREM \(name)")
            }
        }
        keyspace.dropIfEmpty(name)
        if contents.sets[name]?.isEmpty == true { contents.sets[name] = nil }
    }

    private func changeSorted<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ contents: inout Contents, _ name: String, _ words: [String],
        _ removes: Bool, _ random: inout Random
    ) {
        guard removes else {
            var pairs: [(score: Double, member: String)] = []
            for word in words { pairs.append((Double(random.below(40)) / 4, word)) }
            keyspace.zadd(name, pairs)
            for (score, word) in pairs { contents.sorted[name, default: [:]][word] = score }
            return
        }
        guard let set = keyspace.collection(name) else { return }
        keyspace.withCollections { values in
            for word in words {
                let wasThere = contents.sorted[name]?.removeValue(forKey: word) != nil
                let removed = Array(word.utf8).withUnsafeBytes {
                    values.removeMember($0, from: set)
                }
                expect(removed == wasThere, "ZREM \(name)")
            }
        }
        keyspace.dropIfEmpty(name)
        if contents.sorted[name]?.isEmpty == true { contents.sorted[name] = nil }
    }

    private func changeList<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ contents: inout Contents, _ name: String, _ words: [String],
        _ removes: Bool, _ random: inout Random
    ) {
        let atFront = random.below(2) == 0
        guard removes else {
            var words = words
            if random.below(40) == 0 {
                words.append(String(repeating: "e", count: 3_000 + random.below(9_000)))
            }
            keyspace.push(name, words, atFront: atFront)
            if atFront {
                contents.lists[name, default: []].insert(contentsOf: words.reversed(), at: 0)
            } else {
                contents.lists[name, default: []] += words
            }
            return
        }
        guard let list = keyspace.collection(name), var model = contents.lists[name] else { return }
        let index = random.below(model.count)
        let choice = random.below(4)
        let new = words[0]
        keyspace.withCollections { values in
            switch choice {
            case 0:
                model[index] = new
                values.prepareList(list, adding: new.utf8.count)
                let isSet = Array(new.utf8).withUnsafeBytes {
                    values.setElement(index, of: list, to: $0)
                }
                expect(isSet, "LSET \(name)")
            case 1:
                let pivot = model[index]
                let place = model.firstIndex(of: pivot)!
                model.insert(new, at: atFront ? place : place + 1)
                values.prepareList(list, adding: new.utf8.count)
                let isInserted = Array(new.utf8).withUnsafeBytes { new in
                    Array(pivot.utf8).withUnsafeBytes {
                        values.insert(new, beside: $0, in: list, isAfter: !atFront)
                    }
                }
                expect(isInserted, "LINSERT \(name)")
            case 2:
                let value = model[index]
                let all = model.indices.filter { model[$0] == value }
                let gone = Set(atFront ? all.suffix(2) : all.prefix(2))
                model = model.indices.filter { !gone.contains($0) }.map { model[$0] }
                let removed = Array(value.utf8).withUnsafeBytes {
                    values.removeElements(equalTo: $0, of: list, limit: 2, reversed: atFront)
                }
                expect(removed == gone.count, "LREM \(name)")
            default:
                let taken = min(words.count * 3, model.count)
                if atFront { model.removeFirst(taken) } else { model.removeLast(taken) }
                values.removeEnd(taken, of: list, atFront: atFront)
            }
            if values.length(of: list) > 0 { values.compact(list: list) }
        }
        contents.lists[name] = model.isEmpty ? nil : model
        keyspace.dropIfEmpty(name)
    }

    // MARK: Comparing

    private func compare<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ contents: Contents) {
        for number in 0..<3 {
            compareHash(&keyspace, "h\(number)", contents.hashes["h\(number)"] ?? [:])
            compareSet(&keyspace, "s\(number)", contents.sets["s\(number)"] ?? [])
            compareSorted(&keyspace, "z\(number)", contents.sorted["z\(number)"] ?? [:])
            compareList(&keyspace, "l\(number)", contents.lists["l\(number)"] ?? [])
        }
    }

    private func compareHash<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ name: String, _ model: [String: String]
    ) {
        var found: [String: String] = [:]
        if let hash = keyspace.collection(name) {
            keyspace.withCollections { values in
                values.forEachField(of: hash) { found[text($0)] = text($1) }
            }
        }
        expect(found == model, "\(name): \(found.count) fields, \(model.count) expected")
    }

    private func compareSet<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ name: String, _ model: Set<String>
    ) {
        var found: Set<String> = []
        if let set = keyspace.collection(name) {
            keyspace.withCollections { values in
                values.forEachMember(of: set) { found.insert(text($0)) }
            }
        }
        expect(found == model, "\(name): \(found.count) members, \(model.count) expected")
    }

    private func compareSorted<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ name: String, _ model: [String: Double]
    ) {
        let expected = model.sorted {
            $0.value != $1.value
                ? $0.value < $1.value
                : Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
        }
        var found: [String] = []
        var scores: [Double] = []
        if let set = keyspace.collection(name) {
            keyspace.withCollections { values in
                let all = 0..<values.length(of: set)
                values.forEachMember(of: set, ranks: all) { member, score in
                    found.append(text(member))
                    scores.append(score)
                }
                for (rank, member) in found.enumerated() where rank % 7 == 0 {
                    let place = Array(member.utf8).withUnsafeBytes {
                        values.rank(of: $0, in: set)
                    }
                    expect(place?.rank == rank, "\(name): rank of \(member)")
                }
            }
        }
        expect(
            found == expected.map { $0.key } && scores == expected.map { $0.value }, "\(name)")
    }

    private func compareList<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ name: String, _ model: [String]
    ) {
        var found: [String] = []
        var reversed: [String] = []
        if let list = keyspace.collection(name) {
            keyspace.withCollections { values in
                let all = 0..<values.length(of: list)
                values.forEachElement(of: list, all) { _, element in
                    found.append(text(element))
                    return true
                }
                values.forEachElement(of: list, all, reversed: true) { _, element in
                    reversed.append(text(element))
                    return true
                }
            }
        }
        expect(found == model && reversed == model.reversed(), "\(name)")
    }
}

@Suite(.serialized) struct CollectionOracleTests {
    @Test(arguments: Table.holdingCollections) func randomChanges(_ table: Table) {
        for seed in isSlowRun ? 1...20 : 1...1 {
            CollectionRun(seed: UInt64(seed), steps: 6_000, checkEvery: 150).on(table)
        }
    }

    /// Three hash bits at either end: long chains, and equal tags.
    @Test(arguments: Table.releases) func collidingMembers(_ table: Table) {
        let options = table.options(.colliding(lowBits: 3, highBits: 3))
        CollectionRun(seed: 3, steps: 1_500, checkEvery: 50).on(table, options)
    }

    /// Fields that end are not there any more, and background work takes them out.
    @Test func fieldsEnd() { EndingFields().on(.valkey91) }

    private struct EndingFields: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_000
            let names = (0..<600).map { member($0, size: 8) }
            keyspace.hset("h", names.map { ($0, "v") })
            guard let hash = keyspace.collection("h") else { return expect(false) }
            keyspace.withCollections { values in
                for (number, name) in names.enumerated() {
                    Array(name.utf8).withUnsafeBytes {
                        values.setTime(of: $0, in: hash, to: 2_000 + Int64(number) * 100)
                    }
                }
            }
            keyspace.expectSound("timed")
            keyspace.now = 2_000 + 299 * 100 + 1
            let live = keyspace.withCollections { $0.liveFields(of: hash) }
            expect(live == 300, "\(live) live fields")
            keyspace.settle()
            keyspace.expectSound("half of them ended")
            expect(keyspace.withCollections { $0.length(of: hash) } == 300)
            // All in one instant: a table of them.
            keyspace.withCollections { values in
                for name in names.suffix(300) {
                    Array(name.utf8).withUnsafeBytes {
                        values.setTime(of: $0, in: hash, to: 200_000)
                    }
                }
            }
            keyspace.expectSound("one instant")
            keyspace.now = 200_001
            keyspace.settle()
            keyspace.expectSound("all of them ended")
            expect(keyspace.count == 0)
        }
    }
}
