// The Zipf sampler against its masses, over small and astronomical numbers of keys.
import Distributions
import Foundation
import Testing

/// Bins of ranks: one by one up to 16, then ever wider, up to `count`.
private func edges(_ count: UInt64) -> [UInt64] {
    var edges: [UInt64] = [0]
    while edges.last! < count {
        let last = edges.last!
        edges.append(min(count, last < 16 ? last + 1 : last + last / 4))
    }
    return edges
}

/// Σ (k + q)^−α over first < k ≤ last: term by term up to a million, then the integral with its
/// first Euler–Maclaurin correction.
private func mass(_ first: UInt64, _ last: UInt64, _ alpha: Double, _ offset: Double) -> Double {
    let direct = min(last, max(first, 1_000_000))
    var sum = 0.0
    for k in stride(from: direct, to: first, by: -1) { sum += pow(Double(k) + offset, -alpha) }
    guard last > direct else { return sum }
    func height(_ x: Double) -> Double { pow(x + offset, -alpha) }
    let (a, b) = (Double(direct) + offset, Double(last) + offset)
    let integral =
        alpha == 1 ? log(b / a) : (pow(b, 1 - alpha) - pow(a, 1 - alpha)) / (1 - alpha)
    return sum + integral + (height(Double(last)) - height(Double(direct))) / 2
}

@Test(
    "Zipf against exact sums",
    arguments: [0.3, 0.8, 0.99, 0.9999995, 1, 1.0000002, 1.001, 1.2117, 1.7, 2.7])
func zipfFits(alpha: Double) {
    for count in [1, 2, 3, 10, 1_000, 1_000_000, 1_000_000_000] as [UInt64] {
        for offset in [0.0, 10, 1_000.5] where count > 1 || offset == 0 {
            let zipf = Zipf(count: count, alpha: alpha, offset: offset)
            let bins = edges(count)
            let weights = zip(bins, bins.dropFirst()).map { mass($0, $1, alpha, offset) }
            let total = weights.reduce(0, +)
            var counts = [Int](repeating: 0, count: weights.count)
            var random = Xoshiro256PlusPlus(seed: 7)
            for _ in 0..<200_000 {
                let rank = zipf.draw(&random)
                // binary search: the bin with edges[i] <= rank < edges[i + 1]
                var (low, high) = (0, weights.count)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if bins[middle] <= rank { low = middle } else { high = middle }
                }
                counts[low] += 1
            }
            let deviation = GoodnessOfFit.chiSquare(counts, weights.map { $0 / total })
            #expect(deviation < 4, "α \(alpha), n \(count), q \(offset)")
            let top = max(1, count / 100)
            #expect(
                abs(zipf.share(ofTop: top) / (mass(0, top, alpha, offset) / total) - 1) < 1e-6,
                "share, α \(alpha), n \(count), q \(offset)")
        }
    }
}

@Test func zipfOfLargeExponentsStaysInRange() {
    for (alpha, offset) in [(10.0, 0.0), (0.0, 0.0), (5, 1e6), (0.5, 1e9)] {
        let zipf = Zipf(count: 1 << 48, alpha: alpha, offset: offset)
        var random = Xoshiro256PlusPlus(seed: 1)
        for _ in 0..<10_000 { #expect(zipf.draw(&random) < 1 << 48) }
    }
}
