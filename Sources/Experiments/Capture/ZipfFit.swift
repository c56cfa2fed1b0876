// From the requests of each key to a popularity of the format: uniform, or Zipf with an offset.
//
// The share of the requests that the r most popular keys get is held against the model's at ranks
// 1, 2, 4, 8 … down to the last key with ten requests: below that, counts say more about chance
// than about popularity (of equally popular keys with one request each on average, the luckiest 1 %
// get 4 %). The fit minimises the largest difference, a Kolmogorov–Smirnov distance over ranks.
import Distributions
import Glibc

public struct FittedPopularity: Sendable, Equatable {
    public let popularity: Popularity
    /// Largest difference of the shares of the top ranks that were looked at; nil where none could.
    public let distance: Double?
    /// Share of the hottest key in the sample.
    public let hottest: Double

    /// Ten: a key's count is then off by a third, and its neighbours in rank are few.
    private static let leastRequests = 10

    /// - Parameters:
    ///   - counts: requests of each key that was looked at.
    ///   - fraction: share of all keys that these are, 0 < fraction ≤ 1.
    ///   - requests: of all those keys together.
    public init(counts: [Int], fraction: Double = 1) {
        let sorted = counts.sorted(by: >)
        let total = Double(sorted.reduce(0, +))
        let keys = Double(sorted.count) / fraction
        hottest = total > 0 ? Double(sorted.first ?? 0) / total : 0
        var points: [(rank: Double, share: Double)] = []
        var sum = 0
        var next = 1
        for (index, count) in sorted.enumerated() {
            guard count >= Self.leastRequests else { break }
            sum += count
            if index + 1 == next {
                points.append((Double(index + 1) / fraction, Double(sum) / total))
                next *= 2
            }
        }
        guard points.count >= 3, keys > 1 else {
            popularity = .uniform
            distance = nil
            return
        }
        func worst(_ alpha: Double, _ offset: Double) -> Double {
            let whole = RankMass.upTo(keys, alpha, offset)
            return points.reduce(0) {
                max($0, abs(RankMass.upTo($1.rank, alpha, offset) / whole - $1.share))
            }
        }
        var best = (alpha: 0.0, offset: 0.0, error: worst(0, 0))
        func tryOut(_ alpha: Double, _ offset: Double) {
            guard alpha >= 0.05, alpha <= 3, offset >= 0 else { return }
            let error = worst(alpha, offset)
            if error < best.error { best = (alpha, offset, error) }
        }
        for step in 1...56 {
            for offset in [0.0, 1, 3, 10, 30, 100, 300, 1_000] {
                tryOut(Double(step) * 0.05, offset)
            }
        }
        var (step, factor) = (0.025, 1.6)
        for _ in 0..<24 {
            let (alpha, offset) = (best.alpha, best.offset)
            for shift in [-step, 0, step] {
                for scaled in [offset / factor, offset, offset * factor, offset < 1 ? 0 : offset] {
                    tryOut(alpha + shift, scaled)
                }
            }
            (step, factor) = (step * 0.8, 1 + (factor - 1) * 0.85)
        }
        distance = best.error
        let alpha = (best.alpha * 1e4).rounded() / 1e4
        popularity =
            alpha == 0
            ? .uniform : .zipf(alpha: alpha, offset: (best.offset * 100).rounded() / 100)
    }
}

/// Σ (k + q)^−α for k = 1 … n: 256 terms exactly, the rest by the midpoint rule, whose relative
/// error there is below 1e-5.
private enum RankMass {
    static func upTo(_ last: Double, _ alpha: Double, _ offset: Double) -> Double {
        let exact = 256.0
        var sum = 0.0
        var k = min(last.rounded(), exact)
        while k >= 1 {
            sum += pow(k + offset, -alpha)
            k -= 1
        }
        guard last > exact else { return sum }
        let (from, to) = (log(exact + 0.5 + offset), log(last + 0.5 + offset))
        let slope = 1 - alpha
        let span = slope * (to - from)
        let factor = abs(span) < 1e-9 ? to - from : expm1(span) / slope
        return sum + exp(slope * from) * factor
    }
}
