// SCAN's guarantee under everything that happens between two calls, and fair random keys.

import Keyspaces
import Testing

@Suite struct ScanTests {
    /// Keys that stay are met, whatever grows, shrinks and rehashes around them.
    struct Guarantee: Check {
        var seed: UInt64
        var grows: Bool
        var resized: Counter

        final class Counter { var count = 0 }

        private func tag(_ i: Int) -> String { "{\(i % 3)}" }

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var random = Random(seed: seed)
            let others = 600 + random.below(3_000)
            let staying = (0..<(20 + random.below(200))).map { "\(tag($0))stay\($0)" }
            var next = 0
            if !grows {
                for i in 0..<others { keyspace.set("\(tag(i))\(i)", "v") }
                next = others
            }
            for name in staying { keyspace.set(name, "v") }
            var seen: Set<String> = []
            var cursor: UInt64 = 0
            var (calls, sawRehash, removed) = (0, false, 0)
            let capacity = keyspace.statistics.capacity
            repeat {
                cursor = keyspace.scan(cursor, count: 1 + random.below(12)) { key, _, _ in
                    seen.insert(String(decoding: key, as: UTF8.self))
                }
                if random.below(4) == 0 { _ = keyspace.maintain(budgetMicroseconds: 0) }
                for _ in 0..<random.below(others / 15) {
                    if grows, next < others {
                        keyspace.set("\(tag(next))\(next)", "v")
                        next += 1
                    } else if !grows, removed < next {
                        _ = keyspace.delete("\(tag(removed))\(removed)")
                        removed += 1
                    }
                }
                sawRehash = sawRehash || !keyspace.isSettled
                calls += 1
            } while cursor != 0 && calls < 100_000
            expect(cursor == 0, "the scan does not end")
            let missed = staying.filter { !seen.contains($0) }
            expect(missed.isEmpty, "seed \(seed), grows \(grows): \(missed.count) keys missed")
            // Some resize in one call, and nobody sees them do it.
            if sawRehash || keyspace.statistics.capacity != capacity { resized.count += 1 }
        }
    }

    @Test(arguments: Setup.all) func keysThatStayAreMet(_ setup: Setup) {
        let resized = Guarantee.Counter()
        let seeds = 0..<(isSlowRun ? 1_000 : 40) as Range<UInt64>
        for seed in seeds {
            for grows in [true, false] {
                Guarantee(seed: seed, grows: grows, resized: resized)
                    .on(setup, setup.table.options(seed: seed))
            }
        }
        // Some runs begin right after a resize and end before the next; a bucket of the compact
        // table waits for no more than the next call.
        let least =
            setup.table.resizesAtOnce
            ? -1 : setup.table == .compact ? seeds.count : seeds.count * 3 / 2
        #expect(resized.count > least, "\(resized.count) runs met a resize")
    }

    struct OnceAtRest: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            expect(keyspace.scan(0, count: 10) { _, _, _ in expect(false) } == 0)
            keyspace.now = 1000
            for i in 0..<3_000 { keyspace.set("k\(i)", "\(i)", i % 3 == 0 ? .at(500) : .never) }
            keyspace.settle()
            var seen: [String: String] = [:]
            var cursor: UInt64 = 0
            var calls = 0
            repeat {
                cursor = keyspace.scan(cursor, count: 100) { key, value, expiry in
                    let name = String(decoding: key, as: UTF8.self)
                    expect(seen.updateValue(text(value), forKey: name) == nil, "met twice")
                    expect(expiry == .never)
                }
                calls += 1
            } while cursor != 0
            expect(seen.count == keyspace.count - keyspace.expiringCount && calls > 10)
            expect(seen.allSatisfy { $0.key == "k" + $0.value })
        }
    }

    @Test(arguments: Setup.all) func atRestEveryLiveKeyIsMetOnce(_ setup: Setup) {
        OnceAtRest().on(setup)
    }

    /// The low bits of a cursor are the slot where each has a table, from 8.0 on.
    struct CursorSlots: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<200 { keyspace.set("{t}\(i)", "v") }
            let slot = keyspace.with("{t}0") { $1.slot }
            expect(keyspace.count(inSlot: slot) == 200 && keyspace.count(inSlot: slot ^ 1) == 0)
            var met = 0
            let cursor = keyspace.scan(UInt64(slot), count: 50) { _, _, _ in met += 1 }
            expect(met >= 50 && Int(cursor & 0x3fff) == slot && cursor >> 14 != 0)
        }
    }

    @Test(arguments: Table.complete.filter(\.hasSlotCursors))
    func aCursorNamesItsSlot(_ table: Table) {
        CursorSlots().on(Setup(table: table, cluster: true))
    }

    // MARK: Random keys

    /// χ² per degree of freedom of many random keys. 1 is perfectly fair. Sampling neighbours and
    /// taking one of them favours keys in sparse neighbourhoods: their share varies by 1/√15 with
    /// 15 neighbours and by less than 1/√70 with 70, which adds draws per key × 1/15 or × 1/70.
    /// Drawing a chain and then one of its entries would add draws per key × 0.5 and more.
    struct Fairness: Check {
        static let drawsPerKey = 20
        var keys = 1_000
        var limit: Double
        /// Puts nine tenths of the keys in one slot.
        var skewed: Bool
        /// Leaves the resize that the last inserts began where it is: draws do not move it on.
        var rehashing = false

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var counts: [String: Int] = [:]
            for i in 0..<keys {
                let name = skewed && i % 10 != 0 ? "{hot}\(i)" : "k\(i)"
                keyspace.set(name, "v")
                counts[name] = 0
            }
            if !rehashing { keyspace.settle() }
            for _ in 0..<(keys * Self.drawsPerKey) {
                counts[String(decoding: keyspace.randomKey()!, as: UTF8.self)]! += 1
            }
            expect(keyspace.isSettled != rehashing)
            let expected = Double(Self.drawsPerKey)
            let chiSquare = counts.values.reduce(0) {
                $0 + (Double($1) - expected) * (Double($1) - expected) / expected
            }
            let ratio = chiSquare / Double(keys - 1)
            expect(ratio < limit && ratio > 0.8, "χ² per degree of freedom is \(ratio)")
        }
    }

    /// A dict's is the limit of designs that are no release's, too: none need be fairer.
    static func fairnessLimit(_ table: Table) -> Double {
        let hasBuckets = Table.releases.contains(table) && !table.isDict
        return 1 + 20 / (hasBuckets ? 70.0 : 15.0) + 1
    }

    @Test(arguments: Setup.all, [false, true])
    func randomKeysAreFair(_ setup: Setup, _ skewed: Bool) {
        Fairness(limit: Self.fairnessLimit(setup.table), skewed: skewed).on(setup)
    }

    /// In the middle of a growth, about half of 1,024 chains or four fifths of 128 buckets moved (a
    /// design that is no release's stands elsewhere with as many keys). A dict's neighbourhoods are
    /// then three times as dense in one place as in another, which the servers' sampling has no
    /// answer to: keys in the sparse ones come twice as often. Drawing a chain first, or from one
    /// array alone, would be beyond 10.
    @Test(arguments: Setup.releases)
    func randomKeysAreFairDuringARehash(_ setup: Setup) {
        let isDict = setup.table.isDict
        // Nine tenths share a table where there are several.
        let skewed = setup.cluster && setup.table != .valkey72
        let keys = (isDict ? 1_280 : 950) * (skewed ? 10 : 9) / 9
        Fairness(
            keys: keys, limit: isDict ? 7 : Self.fairnessLimit(setup.table), skewed: skewed,
            rehashing: true
        ).on(setup)
    }

    struct RandomLive: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            expect(keyspace.randomKey() == nil)
            keyspace.now = 1000
            for i in 0..<100 { keyspace.set("k\(i)", "v", i % 10 == 0 ? .never : .at(500)) }
            for _ in 0..<50 {
                let name = keyspace.randomKey().map { String(decoding: $0, as: UTF8.self) }
                expect(name?.hasSuffix("0") == true)
            }
            expect(keyspace.expiredCount > 0)
            for i in 0..<100 where i % 10 == 0 { _ = keyspace.delete("k\(i)") }
            expect(keyspace.randomKey() == nil && keyspace.count == 0)
            keyspace.expectSound("random keys")
        }
    }

    @Test(arguments: Setup.all) func randomKeysAreAlive(_ setup: Setup) {
        RandomLive().on(setup)
    }
}
