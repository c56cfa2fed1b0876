// Every table against a Swift dictionary: random runs with colliding keys, invariants after every
// mutation, growth and shrink included; and every short sequence of operations.

import Keyspaces
import Testing

/// What a keyspace should contain.
struct Oracle {
    var entries: [String: (value: String, expiry: Int64?)] = [:]
    var now: Int64 = 1000

    mutating func expireIfDue(_ key: String) {
        if let time = entries[key]?.expiry, now > time { entries[key] = nil }
    }

    mutating func set(_ key: String, _ value: String, _ expiry: Expiry) -> Bool {
        expireIfDue(key)
        let old = entries[key]
        let time: Int64? =
            switch expiry {
            case .never: nil
            case .keep: old?.expiry
            case .at(let time): time
            }
        entries[key] = (value, time)
        return old == nil
    }
}

/// A seeded run: phases that mostly insert and phases that mostly delete, then the comparison.
struct RandomRun: Check {
    var seed: UInt64
    var keys: Int
    var steps: Int
    /// Steps between two checks of the invariants.
    var checkEvery: Int

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        var random = Random(seed: seed)
        var oracle = Oracle()
        let empty = keyspace.memory
        keyspace.now = oracle.now
        for step in 0..<steps {
            let growing = step * 6 / steps % 2 == 0
            // Keys up to 200 bytes: past one and three byte headers and the reserved expiry.
            let id = random.below(keys)
            let name =
                "{\(id % 5)}k\(id)" + String(repeating: "_", count: id % 10 == 0 ? id % 200 : 0)
            act(&keyspace, &oracle, &random, name, growing)
            if step % checkEvery == 0 { keyspace.expectSound("seed \(seed), step \(step)") }
        }
        compare(&keyspace, &oracle)
        drain(&keyspace, empty)
    }

    private func value(_ random: inout Random) -> String {
        switch random.below(6) {
        case 0: return String(random.below(20_000) - 5_000)
        case 1: return String(repeating: "0", count: random.below(4))
        case 2: return String(repeating: "v", count: 80 + random.below(60))
        case 3: return String(repeating: "w", count: random.below(400))
        default: return String(repeating: "x", count: random.below(60))
        }
    }

    private func act<K: Keyspace & ~Copyable>(
        _ keyspace: inout K, _ oracle: inout Oracle, _ random: inout Random, _ name: String,
        _ growing: Bool
    ) {
        let choice = random.below(100)
        switch choice {
        case 0..<(growing ? 45 : 12):
            let expiry: Expiry =
                [.never, .never, .keep, .at(oracle.now + Int64(random.below(3000)))][
                    random.below(4)]
            let value = value(&random)
            expect(keyspace.set(name, value, expiry) == oracle.set(name, value, expiry))
        case 45..<60:
            oracle.expireIfDue(name)
            let expiry: Expiry =
                random.below(3) == 0 ? .never : .at(oracle.now + Int64(random.below(3000)))
            expect(keyspace.expire(name, expiry) == (oracle.entries[name] != nil))
            if oracle.entries[name] != nil {
                if case .at(let time) = expiry {
                    oracle.entries[name]!.expiry = time
                } else {
                    oracle.entries[name]!.expiry = nil
                }
            }
        case 60..<80:
            oracle.expireIfDue(name)
            expect(keyspace.get(name) == oracle.entries[name]?.value)
            let time = oracle.entries[name].map { $0.expiry.map { Expiry.at($0) } ?? .never }
            expect(keyspace.ttl(name) == time)
        case 80..<84:
            oracle.now += Int64(random.below(40))
            keyspace.now = oracle.now
        case 84..<86:
            _ = keyspace.maintain(budgetMicroseconds: random.below(30))
        default:
            oracle.expireIfDue(name)
            expect(keyspace.delete(name) == (oracle.entries.removeValue(forKey: name) != nil))
        }
    }

    private func compare<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ oracle: inout Oracle) {
        var found: [String: String] = [:]
        var times: [String: Int64] = [:]
        let now = oracle.now
        // swift-format-ignore: ReplaceForEachWithForLoop
        keyspace.forEach { key, value, expiry in
            let name = String(decoding: key, as: UTF8.self)
            if case .at(let time) = expiry {
                if now > time { return }
                times[name] = time
            }
            expect(found.updateValue(text(value), forKey: name) == nil, "visited twice")
        }
        oracle.entries = oracle.entries.filter { $0.value.expiry.map { now <= $0 } ?? true }
        expect(found == oracle.entries.mapValues(\.value))
        expect(times == oracle.entries.compactMapValues(\.expiry))
    }

    /// Everything deleted, then inserted and flushed: the accounts return to where they began.
    private func drain<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ empty: MemoryReport) {
        var left: [String] = []
        // swift-format-ignore: ReplaceForEachWithForLoop
        keyspace.forEach { key, _, _ in left.append(String(decoding: key, as: UTF8.self)) }
        for name in left { _ = keyspace.delete(name) }
        expect(keyspace.count == 0 && keyspace.expiringCount == 0)
        keyspace.settle()
        keyspace.expectSound("seed \(seed), drained")
        for name in left { keyspace.set(name, "again", .at(.max)) }
        keyspace.removeAll()
        expect(keyspace.count == 0 && keyspace.memory == empty)
        keyspace.expectSound("seed \(seed), flushed")
    }
}

/// Every sequence of a few operations over three keys, from a given number of other entries.
struct EverySequence: Check {
    var prefilled: Int
    var length: Int

    static let keys = ["a", "b", String(repeating: "c", count: 130)]
    static let values = ["v", "12345", String(repeating: "l", count: 110)]
    /// Per key: three values to set, one of them with an expiry; expire; persist; remove.
    static let operations = keys.count * 6

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        var sequence = [Int](repeating: 0, count: length)
        keyspace.now = 1000
        while true {
            run(&keyspace, sequence)
            guard let last = sequence.lastIndex(where: { $0 + 1 < Self.operations }) else { return }
            sequence[last] += 1
            for i in (last + 1)..<max(length, last + 1) { sequence[i] = 0 }
        }
    }

    private func run<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ sequence: [Int]) {
        var oracle = Oracle()
        for i in 0..<prefilled {
            keyspace.set("{a}p\(i)", "x")
            _ = oracle.set("{a}p\(i)", "x", .never)
        }
        for operation in sequence { apply(operation, &keyspace, &oracle) }
        keyspace.expectSound("\(prefilled) prefilled, \(sequence)")
        expect(keyspace.count == oracle.entries.count)
        for key in Self.keys {
            expect(keyspace.get(key) == oracle.entries[key]?.value, "\(sequence)")
        }
        // Emptied by deletes, which is a case of its own, not by a flush.
        for key in oracle.entries.keys { expect(keyspace.delete(key), "\(sequence)") }
    }

    private func apply<K: Keyspace & ~Copyable>(
        _ operation: Int, _ keyspace: inout K, _ oracle: inout Oracle
    ) {
        let key = Self.keys[operation / 6]
        switch operation % 6 {
        case let choice where choice < 3:
            let expiry: Expiry = choice == 1 ? .at(5000) : .never
            let value = Self.values[choice]
            expect(keyspace.set(key, value, expiry) == oracle.set(key, value, expiry))
        case 3:
            expect(keyspace.expire(key, .at(7000)) == (oracle.entries[key] != nil))
            oracle.entries[key]?.expiry = 7000
        case 4:
            expect(keyspace.expire(key, .never) == (oracle.entries[key] != nil))
            oracle.entries[key]?.expiry = nil
        default:
            expect(keyspace.delete(key) == (oracle.entries.removeValue(forKey: key) != nil))
        }
    }
}

@Suite struct OracleTests {
    static let hashes: [HashFunction] = [
        .siphash, .wide, .colliding(lowBits: 2, highBits: 1), .colliding(lowBits: 64, highBits: 0),
        .colliding(lowBits: 5, highBits: 8),
    ]

    @Test(arguments: Setup.all, hashes)
    func randomRunsCheckedAfterEveryStep(_ setup: Setup, _ hash: HashFunction) {
        // Checking 16,384 slots takes longer: fewer steps.
        let isShort = setup.cluster && !isSlowRun
        for seed in isShort ? 1...1 : 1...(isSlowRun ? 20 : 2) as ClosedRange<UInt64> {
            RandomRun(seed: seed, keys: 120, steps: isShort ? 1_000 : 3_000, checkEvery: 1)
                .on(setup, setup.table.options(hash, seed: seed))
        }
    }

    @Test(arguments: Setup.all, GroupMatch.allCases)
    func longRunsThroughGrowthAndShrink(_ setup: Setup, _ match: GroupMatch) {
        var options = setup.table.options(seed: 3)
        options.match = match
        options.quantum = match == .scalar ? .sixteen : .eight
        RandomRun(seed: 3, keys: 20_000, steps: 120_000, checkEvery: 5_000).on(setup, options)
    }

    @Test(arguments: Setup.all, [0, 3, 6, 13])
    func everyShortSequence(_ setup: Setup, _ prefilled: Int) {
        // Checking 16,384 slots takes long: sequences of two, unless there is time.
        EverySequence(prefilled: prefilled, length: setup.cluster && !isSlowRun ? 2 : 3)
            .on(setup, setup.table.options(.colliding(lowBits: 0, highBits: 0)))
    }
}
