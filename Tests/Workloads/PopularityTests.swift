// Keys of a workload by popularity: ranges, orders, ages, and popularity that changes hands.
import Distributions
import Foundation
import Testing
import Workloads

@Test func keyRangesHaveTheirWeights() throws {
    // the published command, over 30 ranges of keys
    let spec = KeyRanges(
        ranges: 30, a: 14.18, b: -2.917, c: 0.0164, d: -0.08082, keyA: 0.002312, keyB: 0.3467)
    for keys in [30_000, 3_000_000] as [UInt64] {
        let sampler = PopularitySampler(.keyRanges(spec), keys: keys)
        var random = Xoshiro256PlusPlus(seed: 2)
        let weights = (1...30).map { (range: Int) -> Double in
            let x = Double(range)
            let steep: Double = 14.18 * exp(-2.917 * x)
            return steep + 0.0164 * exp(-0.08082 * x)
        }
        .sorted(by: >)
        let size = keys / 30
        var ranges = [Int](repeating: 0, count: 30)
        // ranks inside a range, in bins of the power law
        let cuts: [UInt64] = [0, 1, 2, 5, 10, 50, 200, size]
        var inside = [Int](repeating: 0, count: 7)
        var hottest = 0
        for _ in 0..<300_000 {
            let rank = sampler.draw(&random)
            #expect(rank < keys)
            ranges[Int(rank / size)] += 1
            inside[cuts.lastIndex { $0 <= rank % size }!] += 1
            if rank == 0 { hottest += 1 }
        }
        let total = weights.reduce(0, +)
        #expect(GoodnessOfFit.chiSquare(ranges, weights.map { $0 / total }) < 4)
        // P(rank ≤ k) = a·k^b up to its end, taken again at the front of the range
        func mass(_ count: UInt64) -> Double {
            let end = pow(1 / 0.002312, 1 / 0.3467)
            return stride(from: 0.0, to: end, by: Double(size)).reduce(0) { sum, start in
                let last = min(start + Double(count), end)
                return sum + 0.002312 * (pow(last, 0.3467) - pow(start, 0.3467))
            }
        }
        let shares = zip(cuts, cuts.dropFirst()).map { mass($1) - mass($0) }
        #expect(GoodnessOfFit.chiSquare(inside, shares) < 4, "\(keys)")
        let top = sampler.share(ofTop: 1)
        #expect(abs(top / (weights[0] / total * mass(1)) - 1) < 1e-3)
        #expect(abs(sampler.share(ofTop: keys) - 1) < 1e-6)
        let expected = Double(300_000) * top
        #expect(abs(Double(hottest) - expected) < 5 * expected.squareRoot())
        // the described share of the top 1 % is the sample's
        var keyspace = KeyspaceSpec(keys: keys, keySize: SizeSpec(.constant(16)))
        keyspace.popularity = .keyRanges(spec)
        let rows = try Workload(
            name: "w", keyspaces: [keyspace], operations: [OperationSpec(command: .get, weight: 1)],
            phases: [.measure(.requests(1))]
        ).describe(requests: 200_000).rows
        let row = try #require(rows.first { $0.name == TopShare.onePercent.rawValue })
        #expect(abs(row.realised / row.requested! - 1) < 0.02)
    }
}

/// A workload of one keyspace and one operation on it.
private func workload(
    _ popularity: Popularity, keys: UInt64 = 10_000, populated: Double = 1,
    _ operations: [OperationSpec], churn: ChurnSpec? = nil
) throws -> CompiledWorkload {
    var keyspace = KeyspaceSpec(keys: keys, keySize: SizeSpec(.constant(16)))
    keyspace.popularity = popularity
    keyspace.populated = populated
    keyspace.churn = churn
    keyspace.valueSize =
        operations.contains { $0.command.hasValue || $0.then != nil }
        ? SizeSpec(.constant(10)) : nil
    return try CompiledWorkload(
        Workload(
            name: "w", keyspaces: [keyspace], operations: operations,
            phases: [
                .prefill(
                    command: CommandTemplate([.literal(Array("SET".utf8)), .key, .literal([0x78])]),
                    pipeline: 1), .measure(.requests(1)),
            ]))
}

@Test func sequentialKeysComeInOrder() throws {
    let workload = try workload(.sequential, keys: 1_000, [OperationSpec(command: .get, weight: 1)])
    for (worker, start) in [(0, 0), (1, 333), (2, 666)] {
        var generator = RequestGenerator(workload, seed: 1, worker: worker, of: 3)
        for step in 0..<2_500 {
            #expect(generator.next().key == UInt64((start + step) % 1_000))
        }
    }
}

@Test func theLatestKeysArePopular() throws {
    var insert = OperationSpec(name: "insert", command: .set, weight: 0.05)
    insert.keys = .new
    let workload = try workload(
        .latest(alpha: 0.99, offset: 0), keys: 10_000, populated: 0.5,
        [OperationSpec(command: .get, weight: 0.95), insert])
    var generator = RequestGenerator(workload, seed: 1, worker: 0)
    var newest: UInt64 = 5_000
    var ages = [Int](repeating: 0, count: 6)
    let cuts: [UInt64] = [0, 1, 10, 100, 1_000, 5_000]
    let law = Zipf(count: 5_000, alpha: 0.99)
    for _ in 0..<400_000 {
        let request = generator.next()
        if request.operation == 1 {
            // inserts fill the ids that are left, then begin again
            #expect(request.key == newest % 10_000)
            newest += 1
        } else {
            #expect(request.rank < 5_000)
            ages[cuts.lastIndex { $0 <= request.rank }!] += 1
        }
    }
    #expect(newest > 15_000)
    let shares = zip(cuts, cuts.dropFirst()).map { law.share(ofTop: $1) - law.share(ofTop: $0) }
    #expect(GoodnessOfFit.chiSquare(Array(ages.dropLast()), shares) < 4)
    // the last read before an insert and the first after it ask for keys that were there
    #expect(ages[5] == 0)
}

@Test func loneKeysAreUsedOnce() throws {
    var wonder = OperationSpec(name: "wonder", command: .set, weight: 0.3)
    wonder.keys = .lone
    var absent = OperationSpec(name: "absent", command: .get, weight: 0.2)
    absent.keys = .missing
    let workload = try workload(
        .zipf(alpha: 1, offset: 0),
        [OperationSpec(name: "read", command: .get, weight: 0.5), wonder, absent])
    var lone: Set<UInt64> = []
    var missing: Set<UInt64> = []
    for worker in 0..<2 {
        var generator = RequestGenerator(workload, seed: 1, worker: worker, of: 2)
        for _ in 0..<100_000 {
            let request = generator.next()
            switch request.operation {
            case 0: #expect(request.key < 10_000)
            case 1:
                #expect((10_000..<10_010_000).contains(request.key))
                #expect(lone.insert(request.key).inserted)
            default:
                #expect(request.key >= 10_010_000 && request.key < 10_020_000)
                missing.insert(request.key)
            }
            let size = workload.keySize(keyspace: 0, key: request.key)
            #expect(size == request.keySize)
        }
    }
    #expect(lone.count > 55_000)
    // they are drawn by the popularity of their keyspace: far fewer than requests
    #expect(missing.count > 1_000 && missing.count < 9_000)
}

@Test func negativeLookUpsHaveTheirShare() throws {
    var keyspace = KeyspaceSpec(keys: 1_000, keySize: SizeSpec(.constant(16)))
    keyspace.valueSize = SizeSpec(.constant(10))
    keyspace.negativeLookups = 0.3
    let shape = Workload(
        name: "w", keyspaces: [keyspace],
        operations: [
            OperationSpec(command: .get, weight: 0.8), OperationSpec(command: .set, weight: 0.2),
        ])
    let workload = try CompiledWorkload(shape)
    var generator = RequestGenerator(workload, seed: 9, worker: 0)
    var counts = [0, 0, 0]
    for _ in 0..<200_000 {
        let request = generator.next()
        counts[request.operation == 1 ? 2 : request.key < 1_000 ? 0 : 1] += 1
        if request.operation == 1 { #expect(request.key < 1_000) }
    }
    #expect(GoodnessOfFit.chiSquare(counts, [0.56, 0.24, 0.2]) < 4)
    let row = try #require(
        try shape.describe(requests: 200_000).rows.first { $0.name == "hit_ratio" })
    #expect(abs(row.requested! - 0.7) < 1e-12 && abs(row.realised - 0.7) < 0.01)
}

@Test func whatFollowsHasTheSameKey() throws {
    var modify = OperationSpec(name: "modify", command: .get, weight: 0.5)
    modify.then = .set
    let workload = try workload(
        .zipf(alpha: 0.9, offset: 0),
        [OperationSpec(name: "read", command: .get, weight: 0.5), modify])
    #expect(workload.operations.map(\.name) == ["read", "modify", "modify_then", "prefill"])
    var generator = RequestGenerator(workload, seed: 1, worker: 0)
    var previous = generator.next()
    var pairs = 0
    for _ in 0..<100_000 {
        let request = generator.next()
        #expect((request.operation == 2) == (previous.operation == 1))
        if request.operation == 2 {
            pairs += 1
            #expect(request.key == previous.key && request.keySize == previous.keySize)
            #expect(request.valueSize == 10 && request.rank == previous.rank)
        }
        previous = request
    }
    #expect(abs(pairs - 33_333) < 700)
}

@Test func churnReplacesPopularKeysAndNothingElse() throws {
    // in the course of 640,000 requests half of any popular set is replaced
    let workload = try workload(
        .zipf(alpha: 0.8, offset: 0), keys: 10_000, [OperationSpec(command: .get, weight: 1)],
        churn: ChurnSpec(share: 0.5, requests: 640_000))
    var generator = RequestGenerator(workload, seed: 1, worker: 0)
    var owner: [UInt64: UInt64] = [:]
    var first: [UInt64: UInt64] = [:]
    var ranks = [Int](repeating: 0, count: 3)
    for index in 0..<640_000 {
        let request = generator.next()
        // at any time one key has one rank
        if let known = owner[request.rank], known != request.key, index < 9_000 {
            #expect(first.count < 10_000)
        }
        owner[request.rank] = request.key
        if index < 5_000 { first[request.rank] = request.key }
        ranks[request.rank < 10 ? 0 : request.rank < 1_000 ? 1 : 2] += 1
        let size = workload.keySize(keyspace: 0, key: request.key)
        #expect(size == request.keySize)
    }
    let law = Zipf(count: 10_000, alpha: 0.8)
    let (ten, thousand) = (law.share(ofTop: 10), law.share(ofTop: 1_000))
    #expect(GoodnessOfFit.chiSquare(ranks, [ten, thousand - ten, 1 - thousand]) < 4)
    let top = (0..<640).compactMap { rank -> Bool? in
        guard let before = first[UInt64(rank)], let after = owner[UInt64(rank)] else { return nil }
        return before != after
    }
    let replaced = Double(top.count(where: \.self)) / Double(top.count)
    #expect(abs(replaced - 0.5) < 0.05, "\(replaced)")
    // the owners of all ranks are different keys: nothing was lost or doubled
    let recent = owner.values
    #expect(Set(recent).count > recent.count * 98 / 100)
}
