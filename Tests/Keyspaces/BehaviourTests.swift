// What every table must do alike: values come back, expiries end, resizes lose nothing.
import Keyspaces
import Testing

@Suite struct BehaviourTests {
    struct ValuesComeBack: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let values = [
                "", "0", "-0", "00", "7", "007", "-7", "+7", "-", "9999", "10000", "-1", " 1", "1 ",
                "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                "-9223372036854775809", "18446744073709551616", "99999999999999999999",
                "123456789012345678901", "1e5", String(repeating: "9", count: 19),
            ]
            for first in values {
                for second in values {
                    keyspace.set("key", first)
                    expect(keyspace.get("key") == first)
                    keyspace.set("key", second)
                    expect(keyspace.get("key") == second, "after '\(first)'")
                }
            }
            keyspace.expectSound("integers")
            let lengths = [0, 1, 31, 32, 44, 45, 80, 116, 117, 255, 256, 65_535, 65_536, 3_000_000]
            for first in lengths {
                for second in lengths {
                    keyspace.set("key", String(repeating: "a", count: first))
                    keyspace.set("key", String(repeating: "b", count: second))
                    let got = keyspace.get("key")!
                    expect(got.utf8.count == second && got.allSatisfy { $0 == "b" })
                }
            }
            keyspace.expectSound("lengths")
        }
    }

    @Test(arguments: Setup.all) func everyValueComesBackAsItWasSet(_ setup: Setup) {
        ValuesComeBack().on(setup)
    }

    struct KindOfValue: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            func isInteger(_ view: ValueView?) -> Bool {
                if case .integer = view { true } else { false }
            }
            for (value, expected) in [("12", true), ("-5", true), ("012", false), ("x", false)] {
                keyspace.set("key", value)
                expect(keyspace.with("key") { isInteger($0.find($1)) } == expected, "\(value)")
            }
        }
    }

    @Test(arguments: Setup.all) func canonicalDecimalsAreIntegers(_ setup: Setup) {
        KindOfValue().on(setup)
    }

    struct LazyExpiry: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1000
            keyspace.set("a", "1", .at(1500))
            keyspace.set("b", "value", .at(1500))
            keyspace.set("c", "value")
            expect(keyspace.expiringCount == 2)
            keyspace.now = 1500
            expect(keyspace.get("a") == "1" && keyspace.ttl("a") == .at(1500))
            keyspace.now = 1501
            expect(keyspace.count == 3)  // nobody has touched them
            expect(keyspace.get("a") == nil && keyspace.ttl("b") == nil)
            expect(keyspace.get("c") == "value" && keyspace.ttl("c") == .never)
            expect(keyspace.count == 1 && keyspace.expiringCount == 0)
            expect(keyspace.expiredCount == 2)
            keyspace.set("c", "value", .at(2000))
            keyspace.set("c", "other", .keep)
            expect(keyspace.ttl("c") == .at(2000))
            keyspace.set("c", "third")
            expect(keyspace.ttl("c") == .never && keyspace.expiringCount == 0)
            expect(!keyspace.expire("missing", .at(9)) && !keyspace.delete("missing"))
            keyspace.expectSound("lazy expiry")
        }
    }

    @Test(arguments: Setup.all) func expiredEntriesGoWhenTouched(_ setup: Setup) {
        LazyExpiry().on(setup)
    }

    struct ActiveExpiry: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1000
            for i in 0..<20_000 {
                keyspace.set("k\(i)", "v", i % 4 == 0 ? .at(2000) : i % 4 == 1 ? .at(9000) : .never)
            }
            keyspace.now = 3000
            // The cycle gives up below a tenth of expired entries, but its cursor goes on: a
            // bounded number of calls reaches every one.
            var calls = 0
            while keyspace.count > 15_000, calls < 20_000 {
                _ = keyspace.maintain(budgetMicroseconds: 1000)
                calls += 1
            }
            expect(keyspace.count == 15_000 && keyspace.expiringCount == 5_000)
            expect(keyspace.expiredCount == 5_000)
            keyspace.expectSound("active expiry")
        }
    }

    @Test(arguments: Setup.all) func backgroundWorkFindsExpiredEntries(_ setup: Setup) {
        ActiveExpiry().on(setup)
    }

    /// Every entry has its turn: with as many new expired entries coming in as half of what a cycle
    /// removes, all that were there at first are gone after one round of the cursor. Drawing
    /// samples with replacement would leave a fifth of them.
    struct FairExpiry: Check {
        static let expired = 3_000
        static let perCall = 10

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            keyspace.now = 1000
            for i in 0..<Self.expired {
                keyspace.set("first\(i)", "v", .at(2000))
                keyspace.set("late\(i)", "v", .at(9000))
                keyspace.set("for ever\(i)", "v")
            }
            keyspace.settle()
            keyspace.now = 3000
            // A round is 2 × 3,000 entries and half of what comes in during it, 20 a call or more.
            for call in 0..<400 {
                for i in 0..<Self.perCall { keyspace.set("new\(call)-\(i)", "v", .at(2500)) }
                _ = keyspace.maintain(budgetMicroseconds: 0)
            }
            var left: [String: Int] = [:]
            // swift-format-ignore: ReplaceForEachWithForLoop
            keyspace.forEach { key, _, _ in
                let name = String(decoding: key, as: UTF8.self).filter { $0.isLetter }
                left[name, default: 0] += 1
            }
            expect(left["first"] == nil, "\(left["first"] ?? 0) of the first are left")
            expect(left["late"] == Self.expired && left["forever"] == Self.expired)
            keyspace.expectSound("fair expiry")
        }
    }

    @Test(arguments: Setup.all) func activeExpiryGoesRound(_ setup: Setup) {
        FairExpiry().on(setup)
    }

    /// The value survives every way in which an expiry moves the object.
    struct ExpiryKeepsValue: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for keyLength in [1, 16, 60, 127, 128, 300] {
                for valueLength in [0, 1, 3, 4, 8, 50, 95, 96, 97, 98, 120, 500] {
                    let key = String(repeating: "k", count: keyLength)
                    let value = String(repeating: "v", count: valueLength)
                    keyspace.set(key, value)
                    expect(keyspace.expire(key, .at(5000)) && keyspace.get(key) == value)
                    keyspace.expectSound("(\(keyLength), \(valueLength)) with an expiry")
                    expect(keyspace.expire(key, .never) && keyspace.get(key) == value)
                    expect(keyspace.expire(key, .at(6000)) && keyspace.ttl(key) == .at(6000))
                    keyspace.set(key, value)
                    expect(keyspace.get(key) == value && keyspace.ttl(key) == .never)
                    keyspace.expectSound("(\(keyLength), \(valueLength))")
                }
            }
        }
    }

    @Test(arguments: Setup.all) func anExpiryKeepsTheValue(_ setup: Setup) {
        ExpiryKeepsValue().on(setup)
    }

    struct NoMallocs: Check {
        var ttl: Expiry

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            let name = DecimalKey(width: 16)
            for size in [1, 8, 64, 100, 500] {
                let value = [UInt8](repeating: 0x79, count: size)
                value.withUnsafeBytes { value in
                    for i in 0..<1000 {
                        keyspace.set(keyspace.key(name.spell(i)), value, expiry: ttl)
                    }
                    keyspace.settle()
                    let before = keyspace.memory
                    let counted = mallocs {
                        for i in 0..<1000 {
                            let key = keyspace.key(name.spell(i))
                            keyspace.prefetchIndex(key)
                            keyspace.prefetchEntry(key)
                            guard keyspace.find(key) != nil else { continue }
                            keyspace.set(key, value, expiry: ttl)
                        }
                    }
                    expect(counted == 0, "values of \(size) bytes")
                    expect(keyspace.memory == before)
                }
            }
        }
    }

    @Test(arguments: Setup.all, [Expiry.never, .at(.max)])
    func getAndSetOfExistingKeysDoNotAllocate(_ setup: Setup, _ ttl: Expiry) {
        NoMallocs(ttl: ttl).on(setup)
    }

    /// A rehash goes on by look-ups alone, keeps every key reachable and ends.
    struct Resizing: Check {
        /// How far a foreign table is, it does not tell.
        var tellsProgress: Bool
        /// Nothing of it is to be seen.
        var isAtOnce: Bool
        var shrinks: Bool

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            var sawRehash = false
            for i in 0..<5000 {
                keyspace.set("{t}k\(i)", "v\(i)")
                if !keyspace.isSettled {
                    sawRehash = true
                    expect((keyspace.statistics.rehashProgress != nil) == tellsProgress)
                    expect(keyspace.get("{t}k\(i / 2)") == "v\(i / 2)")
                }
            }
            expect(sawRehash != isAtOnce)
            var lookups = 0
            while !keyspace.isSettled, lookups < 20_000 {
                _ = keyspace.get("{t}k1")
                lookups += 1
            }
            expect(keyspace.isSettled)
            let grown = keyspace.statistics.capacity
            for i in 0..<4900 { expect(keyspace.delete("{t}k\(i)")) }
            keyspace.settle()
            if shrinks { expect(keyspace.statistics.capacity < grown / 4) }
            for i in 4900..<5000 { expect(keyspace.get("{t}k\(i)") == "v\(i)") }
            keyspace.expectSound("resizing")
        }
    }

    @Test(arguments: Setup.all) func resizesEndAndLoseNothing(_ setup: Setup) {
        let table = setup.table
        Resizing(
            tellsProgress: Table.builtIn.contains(table), isAtOnce: table.resizesAtOnce,
            shrinks: table.shrinks
        ).on(setup)
    }

    /// Inserts in the middle of a shrink, beyond what its target can bear.
    struct FloodDuringShrink: Check {
        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<4000 { keyspace.set("{t}k\(i)", "v") }
            keyspace.settle()
            for i in 0..<3950 { _ = keyspace.delete("{t}k\(i)") }
            for i in 0..<3000 {
                keyspace.set("{t}n\(i)", "w")
                if i % 50 == 0 { keyspace.expectSound("flood, \(i)") }
            }
            expect(keyspace.count == 3050)
            for i in 0..<3000 { expect(keyspace.get("{t}n\(i)") == "w") }
            for i in 3950..<4000 { expect(keyspace.get("{t}k\(i)") == "v") }
            keyspace.settle()
            keyspace.expectSound("after the flood")
        }
    }

    @Test(arguments: Setup.all) func insertsDuringAShrinkFindRoom(_ setup: Setup) {
        FloodDuringShrink().on(setup)
    }

    /// Statistics describe the very entries; a release's table that is exactly full grows at rest
    /// (from 8.0 on), without waiting for one more.
    struct Shape: Check {
        var full: Int
        var grows: Bool

        mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
            for i in 0..<full { keyspace.set("{t}\(i)", "v") }
            while !keyspace.isSettled { _ = keyspace.get("{t}0") }
            let before = keyspace.statistics
            expect(before.capacity == full && before.loadFactor == 1 && before.tables == 1)
            keyspace.settle()
            let after = keyspace.statistics
            expect(after.capacity == (grows ? full * 2 : full) && after.rehashProgress == nil)
            let chained = after.chainLengths.enumerated().reduce(0) { $0 + $1.0 * $1.1 }
            let inBuckets = after.bucketOccupancy.enumerated().reduce(0) { $0 + $1.0 * $1.1 }
            expect(after.bucketOccupancy.isEmpty ? chained == full : inBuckets == full)
            keyspace.expectSound("shape")
        }
    }

    @Test(arguments: Setup.releases) func fullTablesGrowAtRest(_ setup: Setup) {
        Shape(full: setup.table.isDict ? 512 : 448, grows: setup.table != .valkey72).on(setup)
    }

    @Test func tableNames() throws {
        for table in Table.builtIn { #expect(try Table.parse(table.name) == table) }
        #expect(Set(Table.builtIn.map(\.name)).count == Table.builtIn.count)
        #expect(Array(Table.builtIn.prefix(Table.releases.count)) == Table.releases)
        let error = #expect(throws: TableError.self) { try Table.parse("valkey-6") }
        expect(error?.description.contains("valkey-6") == true)
        #expect(throws: TableError.self) { try Table.parse("") }
    }

    /// What only some tables have, a server refuses of the others by name.
    @Test func optionsAreThoseOfTheDesign() {
        for table in Table.releases {
            for option in TableOption.allCases { #expect(table.has(option) == !table.isDict) }
            #expect(table.sharesIntegers == table.isDict)
        }
        let (older, newer) = (KeyspaceOptions(.valkey81), KeyspaceOptions(.valkey91))
        #expect(older.match == .scalar && !older.lookAhead)
        #expect(newer.match == .simd && newer.lookAhead)
    }
}
