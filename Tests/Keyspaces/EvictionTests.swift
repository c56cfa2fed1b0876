// Which entries go when memory is full, by policy, and how their use is remembered.
import Keyspaces
import Testing

@Suite struct EvictionTests {
    /// Fills, uses half of the keys (`hot`), and evicts down to nine tenths of the memory: most of
    /// what is left must be hot.
    struct Policy: Check {
        static let keys = 2_000
        var policy: EvictionPolicy
        var evictsOneByOne: Bool

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_000_000
            let empty = keyspace.memory.allocated
            for i in 0..<Self.keys {
                // A third never expires; hot keys, which come first, expire latest.
                let expiry = Expiry.at(5_000_000 + Int64(Self.keys - i) * 1000)
                keyspace.set("k\(i)", "some value", i % 3 == 0 ? .never : expiry)
            }
            keyspace.settle()
            for round in 1...20 {
                keyspace.now += 60_000 + Int64(round)
                for i in 0..<(Self.keys / 2) { _ = keyspace.get("k\(i)") }
            }
            let full = keyspace.memory.allocated
            expect(keyspace.makeRoom(limitBytes: full) && keyspace.evictedCount == 0)
            let made = keyspace.makeRoom(limitBytes: empty + (full - empty) * 9 / 10)
            keyspace.expectSound("\(policy)")
            let left = (0..<Self.keys).filter { i in
                keyspace.with("k\(i)") { $0.peek($1) != nil }
            }
            expect(left.count == keyspace.count)
            expect(keyspace.count + keyspace.evictedCount == Self.keys)
            expect(made == (policy != .noeviction))
            check(left)
        }

        private func check(_ left: [Int]) {
            let hot = left.count { $0 < Self.keys / 2 }
            let permanent = left.count { $0 % 3 == 0 }
            switch policy {
            case .noeviction: expect(left.count == Self.keys)
            case .allkeysRandom where evictsOneByOne:
                expect(abs(hot - left.count / 2) < 120, "\(hot) of \(left.count)")
            default: break
            }
            if policy.isVolatile { expect(permanent == (Self.keys + 2) / 3) }
            // Keys of one kind lie together here; SegcacheTests have both in every segment.
            guard evictsOneByOne else { return }
            if [.allkeysLRU, .allkeysLFU, .volatileLRU, .volatileLFU, .volatileTTL]
                .contains(policy)
            {
                let lost = Self.keys / 2 - hot
                expect(lost < (Self.keys - left.count) / 6, "\(policy): \(lost) hot keys evicted")
            }
        }
    }

    @Test(arguments: Setup.all, EvictionPolicy.allCases)
    func policiesKeepWhatTheyShould(_ setup: Setup, _ policy: EvictionPolicy) {
        var options = setup.table.options()
        options.eviction = policy
        Policy(policy: policy, evictsOneByOne: setup.table.evictsOneByOne).on(setup, options)
    }

    struct Everything: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<500 { keyspace.set("k\(i)", "v", .at(.max)) }
            expect(!keyspace.makeRoom(limitBytes: 0))
            expect(keyspace.count == 0 && keyspace.evictedCount == 500)
            keyspace.expectSound("everything evicted")
        }
    }

    @Test(arguments: Setup.all, EvictionPolicy.allCases.filter { $0 != .noeviction })
    func evictionEndsWithAnEmptyTable(_ setup: Setup, _ policy: EvictionPolicy) {
        var options = setup.table.options()
        options.eviction = policy
        Everything().on(setup, options)
    }

    struct Idle: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_700_000_000_000
            keyspace.set("key", "value")
            keyspace.set("number", "12")
            keyspace.now += 90_000
            for name in ["key", "number"] {
                let usage = keyspace.with(name) { $0.usage(of: $1) }
                expect(usage == Usage(idleMilliseconds: 90_000))
                expect(keyspace.with(name) { $0.peek($1) } != nil)
                expect(keyspace.with(name) { $0.usage(of: $1) } == usage)
            }
            _ = keyspace.expire("key", .at(.max))
            expect(keyspace.with("key") { $0.usage(of: $1) }?.idleMilliseconds == 90_000)
            _ = keyspace.get("key")
            expect(keyspace.with("key") { $0.usage(of: $1) }?.idleMilliseconds == 0)
            expect(keyspace.with("missing") { $0.usage(of: $1) } == nil)
        }
    }

    @Test(arguments: Setup.recordingUse) func idleTimeBeginsWithTheLastUse(_ setup: Setup) {
        var options = setup.table.options()
        options.eviction = .allkeysLRU
        Idle().on(setup, options)
    }

    struct Frequency: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1_700_000_000_000
            keyspace.set("key", "value")
            func frequency() -> Int { keyspace.with("key") { $0.usage(of: $1) }?.frequency ?? -1 }
            expect(frequency() == 5)
            for _ in 0..<2_000 { _ = keyspace.get("key") }
            // 2,000 uses at logFactor 10: about 5 + √(2 · 2000 / 10).
            expect((15...36).contains(frequency()), "\(frequency())")
            let before = frequency()
            keyspace.set("key", "another")
            expect((before...before + 1).contains(frequency()))
            keyspace.now += 5 * 60_000
            expect((before - 5...before - 4).contains(frequency()))
            keyspace.now += 300 * 60_000
            expect(frequency() == 0)
        }
    }

    @Test(arguments: Setup.recordingUse) func frequencyGrowsSlowlyAndDecays(_ setup: Setup) {
        var options = setup.table.options()
        options.eviction = .allkeysLFU
        Frequency().on(setup, options)
    }

    struct Appending: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for start in ["", "12", "v", String(repeating: "x", count: 200)] {
                _ = keyspace.delete("key")
                if start != "" { keyspace.set("key", start, .at(.max)) }
                var expected = start
                for i in 0..<400 {
                    let suffix = String(repeating: "s", count: i % 7)
                    let length = keyspace.append("key", suffix)
                    expected += suffix
                    expect(length == expected.utf8.count)
                    if i % 20 == 0 { expect(keyspace.get("key") == expected) }
                }
                expect(keyspace.get("key") == expected)
                expect(keyspace.ttl("key") == (start == "" ? .never : .at(.max)))
                keyspace.expectSound("append to '\(start)'")
            }
        }
    }

    @Test(arguments: Setup.all) func appendingGrowsTheValue(_ setup: Setup) {
        Appending().on(setup)
    }
}
