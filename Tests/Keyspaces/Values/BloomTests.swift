// Bloom filters: sizes against arithmetic, chains as they grow, how often they are wrong, and that
// every byte is accounted for.
import Keyspaces
import Testing

extension Keyspace where Self: ~Copyable {
    fileprivate mutating func reserve(_ name: String, _ plan: BloomPlan) {
        let made = withCollections { $0.makeBloom(plan) }
        with(name) { $0.put(made, at: $1, expiry: .never) }
    }

    /// nil where there is no such filter.
    fileprivate mutating func add(_ item: String, to name: String) -> Result<Bool, BloomFault>? {
        guard let filter = collection(name) else { return nil }
        return withCollections { values in
            Array(item.utf8).withUnsafeBytes { values.add(item: $0, to: filter) }
        }
    }

    fileprivate mutating func has(_ item: String, in name: String) -> Bool {
        guard let filter = collection(name) else { return false }
        return withCollections { values in
            Array(item.utf8).withUnsafeBytes { values.contains(item: $0, in: filter) }
        }
    }

    fileprivate mutating func report(_ name: String) -> BloomReport? {
        guard let filter = collection(name) else { return nil }
        return withCollections { $0.report(of: filter) }
    }

    /// The share of `count` items that were not added and are said to be there.
    fileprivate mutating func falsePositives(_ name: String, of count: Int) -> Double {
        var met = 0
        for number in 0..<count where has("absent:\(number)", in: name) { met += 1 }
        return Double(met) / Double(count)
    }
}

private func plan(
    _ capacity: Int64, _ errorRate: Double, expansion: UInt32 = 2
) -> BloomPlan {
    var plan = BloomPlan()
    (plan.capacity, plan.errorRate, plan.expansion) = (capacity, errorRate, expansion)
    plan.seed = [1, 2, 3, 4]
    return plan
}

/// 48 + 8 + 208 + ⌈−n·ln e / (8 ln²2)⌉, reckoned elsewhere; 384 is what valkey-bloom's documents
/// have for a filter by default.
private let sizes: [(capacity: Int64, errorRate: Double, bytes: Int)] = [
    (100, 0.01, 384), (1, 0.5, 265), (1_000, 0.001, 2_062), (12_345, 0.02, 12_829),
    (1_000_000, 1e-6, 3_594_661), (5_000_000, 0.01, 5_990_926), (100, 0.999, 265),
    (100_000, 1e-9, 539_424),
]

/// Filters, items that fit, and bytes, as a filter by default grows.
private let growth: [(filters: Int, capacity: Int64, bytes: Int)] = [
    (1, 100, 384), (2, 300, 892), (3, 700, 1_724), (4, 1_500, 3_324), (5, 3_100, 6_636),
    (6, 6_300, 13_564),
]

private struct Sizes: Check {
    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        for (number, row) in sizes.enumerated() {
            keyspace.reserve("f\(number)", plan(row.capacity, row.errorRate))
            let bytes = keyspace.report("f\(number)")?.bytes ?? 0
            expect(bytes == row.bytes, "\(row): \(bytes)")
        }
        keyspace.expectSound("sizes")
    }
}

private struct Growth: Check {
    /// What an allocation of bits has besides them, for dumps.
    static let header = 45

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        keyspace.reserve("f", plan(100, 0.01))
        var (requested, item) = (keyspace.memory.requested, 0)
        for (index, row) in growth.enumerated() {
            while keyspace.report("f").map({ $0.items < row.capacity }) ?? false {
                _ = keyspace.add("item:\(item)", to: "f")
                item += 1
            }
            let report = keyspace.report("f")
            expect(report?.filters == row.filters, "\(row): \(report?.filters ?? 0) filters")
            expect(report?.capacity == row.capacity, "\(row): \(report?.capacity ?? 0)")
            expect(report?.bytes == row.bytes, "\(row): \(report?.bytes ?? 0) bytes")
            if index > 0 {
                let grown = keyspace.memory.requested - requested
                expect(grown == row.bytes - growth[index - 1].bytes + Self.header, "\(grown)")
            }
            requested = keyspace.memory.requested
        }
        for number in 0..<item { expect(keyspace.has("item:\(number)", in: "f")) }
        // A chain's error rates add up to less than twice the first one's, but for chance.
        let rate = keyspace.falsePositives("f", of: 20_000)
        expect(rate > 0 && rate < 0.024, "\(rate)")
        keyspace.expectSound("grown")
        expect(keyspace.recount() == keyspace.memory)
        expect(keyspace.with("f") { $0.type(of: $1) } == .bloom)
        let allocated = keyspace.with("f") { $0.allocated(by: $1) } ?? 0
        expect(allocated > growth[5].bytes, "\(allocated) bytes allocated")
    }
}

/// A copy is one of its own, and nothing stays behind when all are gone.
private struct Lives: Check {
    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        // Tables that are made when first used stay.
        keyspace.reserve("warm", plan(10, 0.1))
        expect(keyspace.expire("warm", .at(Int64.max / 2)))
        expect(keyspace.delete("warm"))
        keyspace.settle()
        let before = keyspace.memory
        keyspace.reserve("f", plan(4, 0.001, expansion: 1))
        for number in 0..<300 { _ = keyspace.add("item:\(number)", to: "f") }
        expect(keyspace.report("f")?.filters ?? 0 > 64)
        if let source = keyspace.collection("f") {
            let copy = keyspace.withCollections { $0.copy(of: source) }
            keyspace.with("g") { $0.put(copy, at: $1, expiry: .at(Int64.max / 2)) }
        }
        expect(keyspace.report("g")?.bytes == keyspace.report("f")?.bytes)
        _ = keyspace.add("only there", to: "g")
        expect(keyspace.has("only there", in: "g") && !keyspace.has("only there", in: "f"))
        for number in 0..<300 { expect(keyspace.has("item:\(number)", in: "g")) }
        keyspace.expectSound("copied")
        if let taken = keyspace.with("f", { $0.take($1) }) {
            keyspace.with("h") { $0.put(taken, at: $1, expiry: .never) }
        }
        expect(keyspace.report("f") == nil && keyspace.report("h") != nil)
        keyspace.expectSound("renamed")
        keyspace.set("h", "a string instead")
        expect(keyspace.delete("h"))
        expect(keyspace.with("g") { $0.unlink($1) })
        keyspace.settle()
        let after = keyspace.memory
        expect(after == before, "\(after), before \(before)")
        keyspace.expectSound("gone")
    }
}

private struct FalsePositives: Check {
    let capacity: Int64
    let errorRate: Double

    mutating func visit<K: Keyspace & ~Copyable>(_ keyspace: consuming K) {
        keyspace.reserve("f", plan(capacity, errorRate, expansion: 0))
        var item = 0
        while keyspace.report("f").map({ $0.items < capacity }) ?? false {
            _ = keyspace.add("item:\(item)", to: "f")
            item += 1
        }
        for number in 0..<item { expect(keyspace.has("item:\(number)", in: "f")) }
        let rate = keyspace.falsePositives("f", of: 50_000)
        expect(rate < 1.2 * errorRate + 0.000_4, "\(rate) of \(errorRate)")
        expect(rate > 0.5 * errorRate - 0.000_4, "\(rate) of \(errorRate)")
        var isRefused = false
        for number in 0..<10 {
            if keyspace.add("more:\(number)", to: "f") == .failure(.isFull) { isRefused = true }
        }
        expect(isRefused)
        keyspace.expectSound("full")
    }
}

@Suite struct BloomTests {
    @Test(arguments: Table.holdingCollections) func sizesAreTheModules(_ table: Table) {
        Sizes().on(table)
    }

    @Test(arguments: Table.holdingCollections) func chainsGrow(_ table: Table) {
        Growth().on(table)
    }

    @Test(arguments: Table.releases) func everyByteIsGivenBack(_ table: Table) {
        Lives().on(table)
    }

    @Test(arguments: [(2_000, 0.05), (5_000, 0.01), (5_000, 0.001)])
    func theErrorRateHolds(_ capacity: Int64, _ errorRate: Double) {
        FalsePositives(capacity: capacity, errorRate: errorRate).on(.valkey81)
    }

    /// 26,214,300 is what valkey-bloom's documents have for a filter by default.
    @Test func scalingEndsAtTheLimit() throws {
        #expect(try BloomPlan().scaledCapacity() == 26_214_300)
        #expect(try plan(100, 0.01, expansion: 1).scaledCapacity() == 101_600)
        #expect(try plan(100, 0.01, expansion: 4).scaledCapacity() == 34_952_500)
        #expect(try BloomPlan().scaledCapacity(upTo: 1_000) == 1_500)
        #expect(throws: BloomFault.scaleExceedsLimit) {
            try BloomPlan().scaledCapacity(upTo: 26_214_301)
        }
        #expect(plan(112_000_000, 0.01).fault == nil)
        #expect(plan(112_100_000, 0.01).fault == .exceedsLimit)
        #expect(plan(.max, 0.5).fault == .exceedsLimit)
    }
}
