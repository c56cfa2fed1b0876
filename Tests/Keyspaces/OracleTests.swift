// Every table against a Swift dictionary: random runs with colliding keys, invariants after every
// mutation, growth and shrink included; and every short sequence of operations.

import Keyspaces
import Testing

/// What a keyspace should contain.
struct Oracle {
    var entries: [String: (value: String, expiry: Int64?)] = [:]
    var now: Int64 = 1000

    /// Entries whose time has not come.
    var live: [String: (value: String, expiry: Int64?)] {
        entries.filter { $0.value.expiry.map { now <= $0 } ?? true }
    }

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
    /// What is evicted now and then.
    var policy = EvictionPolicy.noeviction
    /// What the table cannot do: deletes take the place of it.
    var lacks: Set<Capability> = []

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
            let ends = Expiry.at(oracle.now + Int64(random.below(3000)))
            let expiry: Expiry =
                [.never, .never, .keep, lacks.contains(.expiry) ? .never : ends][random.below(4)]
            let value = value(&random)
            expect(keyspace.set(name, value, expiry) == oracle.set(name, value, expiry))
        case 45..<60 where !lacks.contains(.expiry):
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
        case 86..<88 where !lacks.contains(.eviction):
            let limit = keyspace.memory.allocated - random.below(200)
            keyspace.expectEviction(&oracle, downTo: limit, policy)
        case 88..<91:
            oracle.expireIfDue(name)
            let suffix = String(repeating: "7", count: random.below(3) * random.below(40))
            let old = oracle.entries[name]
            oracle.entries[name] = ((old?.value ?? "") + suffix, old?.expiry)
            expect(keyspace.append(name, suffix) == oracle.entries[name]!.value.utf8.count)
        case 91 where !lacks.contains(.random):
            keyspace.expectRandomKey(oracle)
        case 92 where !lacks.contains(.scan):
            // All of 20,000 keys at every hundredth step would be all that the run does.
            if oracle.entries.count < 500 { keyspace.expectScan(oracle) }
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
        oracle.entries = oracle.live
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
        for name in left {
            keyspace.set(name, "again", lacks.contains(.expiry) ? .never : .at(.max))
        }
        keyspace.removeAll()
        expect(keyspace.count == 0 && keyspace.memory == empty)
        keyspace.expectSound("seed \(seed), flushed")
    }
}

extension Keyspace where Self: ~Copyable {
    fileprivate func peek(_ name: String) -> String? {
        let bytes = Array(name.utf8)
        return bytes.withUnsafeBytes { peek(key($0)).map(text) }
    }

    /// Evicts, and lets the oracle forget what is gone: as many live entries as are counted as
    /// evicted, at most, for entries whose time has come are candidates like others; none that the
    /// policy must keep; and down to the limit unless there is nothing left to evict.
    fileprivate mutating func expectEviction(
        _ oracle: inout Oracle, downTo limit: Int, _ policy: EvictionPolicy
    ) {
        let (count, evicted) = (count, evictedCount)
        let made = makeRoom(limitBytes: limit)
        expect(made == (memory.allocated <= limit), "\(policy): says \(made)")
        expect(count - self.count == evictedCount - evicted)
        if policy == .noeviction { return expect(evictedCount == 0) }
        if !made { expect((policy.isVolatile ? expiringCount : self.count) == 0) }
        for (name, entry) in oracle.live where peek(name) == nil {
            expect(!policy.isVolatile || entry.expiry != nil, "\(policy): evicted a permanent key")
            oracle.entries[name] = nil
        }
    }

    /// A random key is a live one, and nil only when there is none.
    fileprivate mutating func expectRandomKey(_ oracle: Oracle) {
        let name = randomKey().map { String(decoding: $0, as: UTF8.self) }
        if let name {
            expect(oracle.live[name] != nil, "random key \(name) is not there")
        } else {
            expect(oracle.live.isEmpty, "no random key of \(oracle.live.count)")
        }
    }

    /// With nothing in between, SCAN meets exactly the live keys.
    fileprivate func expectScan(_ oracle: Oracle) {
        var met: Set<String> = []
        var cursor: UInt64 = 0
        repeat {
            cursor = scan(cursor, count: 10) { key, value, _ in
                let name = String(decoding: key, as: UTF8.self)
                met.insert(name)
                expect(oracle.entries[name]?.value == text(value))
            }
        } while cursor != 0
        expect(met == Set(oracle.live.keys))
    }
}

/// Every sequence of up to `longest` operations over three keys, from a given number of other
/// entries. Shorter ones come first: what holds after each sequence held after every step of it.
struct EverySequence: Check {
    var prefilled: Int
    var longest: Int
    var policy: EvictionPolicy
    /// What the table cannot do, and is not asked for.
    var lacks: Set<Capability> = []

    static let keys = ["a", "b", String(repeating: "c", count: 130)]
    static let values = ["v", "12345", String(repeating: "l", count: 110)]
    /// Per key: three values to set, one of them with an expiry; append; expire; persist; remove.
    static let perKey = 7
    /// Of the whole table: time passes, background work, an eviction, a random key, a whole scan.
    static let operations = keys.count * perKey + 5

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        for length in 0...longest {
            var sequence = [Int](repeating: 0, count: length)
            repeat { run(&keyspace, sequence) } while Self.advance(&sequence)
        }
    }

    /// The next sequence of the same length; false after the last.
    private static func advance(_ sequence: inout [Int]) -> Bool {
        guard let last = sequence.lastIndex(where: { $0 + 1 < operations }) else { return false }
        sequence[last] += 1
        for i in (last + 1)..<max(sequence.count, last + 1) { sequence[i] = 0 }
        return true
    }

    private func run<K: Keyspace & ~Copyable>(_ keyspace: inout K, _ sequence: [Int]) {
        var oracle = Oracle()
        keyspace.now = oracle.now
        for i in 0..<prefilled {
            keyspace.set("{a}p\(i)", "x")
            _ = oracle.set("{a}p\(i)", "x", .never)
        }
        for operation in sequence { apply(operation, &keyspace, &oracle) }
        keyspace.expectSound("\(prefilled) prefilled, \(sequence)")
        for key in Self.keys {
            oracle.expireIfDue(key)
            expect(keyspace.get(key) == oracle.entries[key]?.value, "\(sequence)")
        }
        // Everything else that could have expired has just been touched.
        expect(keyspace.count == oracle.entries.count, "\(sequence)")
        // Emptied by deletes, which is a case of its own, not by a flush.
        for key in oracle.entries.keys { expect(keyspace.delete(key), "\(sequence)") }
    }

    private func apply<K: Keyspace & ~Copyable>(
        _ operation: Int, _ keyspace: inout K, _ oracle: inout Oracle
    ) {
        guard operation < Self.keys.count * Self.perKey else {
            return applyToAll(operation - Self.keys.count * Self.perKey, &keyspace, &oracle)
        }
        let key = Self.keys[operation / Self.perKey]
        oracle.expireIfDue(key)
        switch operation % Self.perKey {
        case let choice where choice < 3:
            let expiry: Expiry = choice == 1 && !lacks.contains(.expiry) ? .at(5000) : .never
            let value = Self.values[choice]
            expect(keyspace.set(key, value, expiry) == oracle.set(key, value, expiry))
        case 3:
            oracle.entries[key, default: ("", nil)].value += "9"
            expect(keyspace.append(key, "9") == oracle.entries[key]!.value.utf8.count)
        case 4 where lacks.contains(.expiry): break
        case 4:
            expect(keyspace.expire(key, .at(7000)) == (oracle.entries[key] != nil))
            oracle.entries[key]?.expiry = 7000
        case 5:
            expect(keyspace.expire(key, .never) == (oracle.entries[key] != nil))
            oracle.entries[key]?.expiry = nil
        default:
            expect(keyspace.delete(key) == (oracle.entries.removeValue(forKey: key) != nil))
        }
    }

    private func applyToAll<K: Keyspace & ~Copyable>(
        _ operation: Int, _ keyspace: inout K, _ oracle: inout Oracle
    ) {
        switch operation {
        case 0:
            // Past the expiry of a SET, then past that of an EXPIRE.
            oracle.now += 4500
            keyspace.now = oracle.now
        case 1: _ = keyspace.maintain(budgetMicroseconds: 0)
        case 2 where !lacks.contains(.eviction):
            keyspace.expectEviction(&oracle, downTo: keyspace.memory.allocated - 1, policy)
        case 3 where !lacks.contains(.random): keyspace.expectRandomKey(oracle)
        case 4 where !lacks.contains(.scan): keyspace.expectScan(oracle)
        default: break
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
            var options = setup.table.options(hash, seed: seed)
            options.eviction = Self.policy(Int(seed) + Self.hashes.firstIndex(of: hash)!)
            RandomRun(
                seed: seed, keys: 120, steps: isShort ? 1_000 : 3_000, checkEvery: 1,
                policy: options.eviction
            ).on(setup, options)
        }
    }

    /// Each policy in its turn.
    static func policy(_ i: Int) -> EvictionPolicy {
        EvictionPolicy.allCases[i % EvictionPolicy.allCases.count]
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
        var options = setup.table.options(.colliding(lowBits: 0, highBits: 0))
        options.eviction = Self.policy(prefilled + 1)
        // Checking 16,384 slots takes long: sequences of two, unless there is time.
        EverySequence(
            prefilled: prefilled, longest: setup.cluster && !isSlowRun ? 2 : 3,
            policy: options.eviction
        ).on(setup, options)
    }
}
