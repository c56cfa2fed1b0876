// Samplers of sizes and choices against the distributions that they stand for.
import Distributions
import Foundation
import TestSupport
import Testing

@Test func aliasTableFits() {
    var shapes: [[Double]] = [
        [1], [1, 1], [0, 1, 0], [0.91, 0.02, 0.04, 0.02], [1e-9, 1], [1, 1e6],
    ]
    shapes.append((1...1_000).map { 1 / Double($0) })
    var random = Xoshiro256PlusPlus(seed: 3)
    for weights in shapes {
        let table = AliasTable(weights: weights)
        var counts = [Int](repeating: 0, count: weights.count)
        for _ in 0..<400_000 { counts[table.choose(random.next())] += 1 }
        let total = weights.reduce(0, +)
        #expect(
            GoodnessOfFit.chiSquare(counts, weights.map { $0 / total }) < 4, "\(weights.prefix(4))")
        for (count, weight) in zip(counts, weights) where weight == 0 { #expect(count == 0) }
    }
}

@Test func aliasTableCoversItsWholeWord() {
    let table = AliasTable(weights: [0.5, 0.25, 0.25])
    let ends = [table.choose(0), table.choose(.max)]
    #expect(ends.allSatisfy { (0..<3).contains($0) })
}

/// Log-linear between points of a cumulative distribution, rounded to whole numbers.
private func cumulative(_ points: [(Double, Double)], _ size: Int) -> Double {
    let x = Double(size) + 0.5
    if x >= points.last!.1 { return 1 }
    if x < points[0].1 { return 0 }
    for ((p, low), (next, high)) in zip(points, points.dropFirst()) where x >= low && x < high {
        let t = low > 0 ? log(x / low) / log(high / low) : (x - low) / (high - low)
        return p + t * (next - p)
    }
    return 1
}

@Test func sizesFollowTheirPercentiles() {
    let shapes: [[(Double, Double)]] = [
        [(0, 64), (0.5, 80), (1, 84)],
        [(0, 27), (0.01, 27), (0.5, 27), (0.75, 402), (0.9, 748), (0.99, 1_410), (1, 3_000)],
        [(0, 0), (0.3, 12), (0.31, 900), (1, 90_000)],
        [(0, 1), (0.001, 2), (0.999, 3), (1, 536_870_912)],
    ]
    for points in shapes {
        let table = SizeTable(
            zip(points, points.dropFirst()).map { .interpolated($0.1, $1.1, $0.0, $1.0) })
        var random = Xoshiro256PlusPlus(seed: 11)
        let sample = (0..<300_000).map { _ in table.size(at: random.nextUnit()) }
        let asked = GoodnessOfFit.kolmogorov(sample) { cumulative(points, $0) }
        let own = GoodnessOfFit.kolmogorov(sample) { table.cumulative($0) }
        #expect(asked < 1.95 && own < 1.95, "\(points)")
        for (p, value) in points.dropLast() {
            let found = table.value(at: p)
            #expect(abs(found - value) <= 1e-7 * max(1, value), "\(p) of \(points)")
        }
        let mean = zip(points, points.dropFirst()).reduce(0) { sum, segment in
            let ((p, low), (next, high)) = segment
            let logarithmic =
                low > 0 && high > low ? (high - low) / log(high / low) : (low + high) / 2
            return sum + (next - p) * logarithmic
        }
        let computed = table.mean
        #expect(abs(computed / mean - 1) < 1e-4, "mean of \(points)")
        for share in [0.05, 0.6, 0.97] {
            let (quantile, size) = (table.quantile(share), table.size(at: share))
            #expect(quantile == size, "\(share) of \(points)")
        }
    }
}

@Test func uniformSizesAreEquallyLikely() {
    let table = SizeTable([.uniform(5, 14, 0, 1)])
    var counts = [Int](repeating: 0, count: 10)
    var random = Xoshiro256PlusPlus(seed: 5)
    for _ in 0..<100_000 { counts[table.size(at: random.nextUnit()) - 5] += 1 }
    #expect(GoodnessOfFit.chiSquare(counts, .init(repeating: 0.1, count: 10)) < 4)
    let (least, most, mean) = (table.size(at: 0), table.size(at: 1.nextDown), table.mean)
    #expect(least == 5 && most == 14 && abs(mean - 9.5) < 1e-9)
}

@Test func discreteSizesHaveTheirWeights() {
    // Fractions that no guide entry starts at, and one much narrower than an entry.
    let widths = [0.3, 0.0007, 0.4993, 0.2]
    var segments: [SizeSegment] = []
    var lower = 0.0
    for (index, width) in widths.enumerated() {
        let upper = index == 3 ? 1 : lower + width
        segments.append(.constant(Double(index * 100), lower, upper))
        lower = upper
    }
    let table = SizeTable(segments)
    var counts = [Int](repeating: 0, count: 4)
    var random = Xoshiro256PlusPlus(seed: 5)
    for _ in 0..<1_000_000 { counts[table.size(at: random.nextUnit()) / 100] += 1 }
    #expect(GoodnessOfFit.chiSquare(counts, widths) < 4)
}

@Test func clampedSizesStayInside() {
    let table = SizeTable([.interpolated(1, 10_000, 0, 1)], clamp: 20...300)
    let ends = [table.size(at: 0), table.size(at: 1.nextDown)]
    let range = [table.smallest, table.largest]
    #expect(ends == [20, 300] && range == [20, 300])
}

@Test func scrambleIsABijection() {
    for count in (1...600).map(UInt64.init) + [1_023, 1_024, 1_025, 65_535, 65_537, 100_000] {
        for seed in [0, 1, 0xdead_beef_cafe_f00d] as [UInt64] {
            let scramble = KeyScramble(count: count, seed: seed)
            var seen = [Bool](repeating: false, count: Int(count))
            for rank in 0..<count {
                let key = scramble.key(ofRank: rank)
                #expect(key < count && !seen[Int(key)], "n \(count), seed \(seed), rank \(rank)")
                seen[Int(key)] = true
                #expect(scramble.rank(ofKey: key) == rank, "n \(count), seed \(seed)")
            }
        }
    }
    for count in [1 << 30, (1 << 40) + 12_345, 1 << 48] as [UInt64] {
        let scramble = KeyScramble(count: count, seed: 9)
        for rank in stride(from: 0, to: count, by: Int(count / 1_000)) {
            let key = scramble.key(ofRank: rank)
            #expect(key < count && scramble.rank(ofKey: key) == rank)
        }
    }
}

@Test func scrambleSpreadsThePopularKeys() {
    let scramble = KeyScramble(count: 1_000_000, seed: 4)
    var counts = [Int](repeating: 0, count: 50)
    for rank in 0..<10_000 as Range<UInt64> {
        counts[Int(scramble.key(ofRank: rank) / 20_000)] += 1
    }
    #expect(GoodnessOfFit.chiSquare(counts, .init(repeating: 0.02, count: 50)) < 4)
}
