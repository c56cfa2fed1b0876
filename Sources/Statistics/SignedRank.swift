// Wilcoxon's signed-rank test and what belongs to it, from one table of Walsh averages.
//
//     Walsh averages (xᵢ + xⱼ)/2, i ≤ j, sorted
//       median                       the centre (Hodges–Lehmann)
//       how many are above m         the statistic of the test "the centre is above m"
//       the k-th from either end     the interval of all m that the test does not reject
//
// So the test and the interval never disagree, ties included: an interval that lies above m and a
// p-value that does not reject m cannot be printed side by side. (A sign-flip test of sums has no
// such interval: outliers cost it its power and leave a rank interval as it is.)
//
// Credits: Wilcoxon 1945; Hodges and Lehmann 1963; Hollander, Wolfe and Chicken, "Nonparametric
// Statistical Methods", ch. 3.
import Distributions
import Foundation
import Synchronization

/// A sample, ready to be tested against any centre.
public struct SignedRank: Sendable {
    public let count: Int
    /// Ascending.
    private let averages: [Double]

    /// Up to here the null distribution is computed exactly; above, its normal approximation is
    /// right to four digits.
    static let exactLimit = 200

    /// - Complexity: O(n² log n)
    public init(_ samples: [Double]) {
        count = samples.count
        var averages: [Double] = []
        averages.reserveCapacity(count * (count + 1) / 2)
        for i in samples.indices {
            for j in i..<count { averages.append((samples[i] + samples[j]) / 2) }
        }
        averages.sort()
        self.averages = averages
    }

    /// The Hodges–Lehmann centre; nil without samples.
    public var centre: Double? {
        guard !averages.isEmpty else { return nil }
        let middle = averages.count / 2
        return averages.count % 2 == 1
            ? averages[middle] : (averages[middle - 1] + averages[middle]) / 2
    }

    /// The probability of a sample at least so far above `margin` where the true centre is there;
    /// 1 without samples. n samples reach 2⁻ⁿ at best.
    /// - Complexity: O(log n) once the distribution for `count` is known.
    public func pValue(above margin: Double) -> Double {
        // Averages equal to the margin speak against it: ties never help.
        let notAbove = averages.partitioningIndex { $0 > margin }
        return Self.probability(count: count, atMost: notAbove)
    }

    /// The same for a centre below `margin`.
    public func pValue(below margin: Double) -> Double {
        let below = averages.partitioningIndex { $0 >= margin }
        return Self.probability(count: count, atMost: averages.count - below)
    }

    /// All centres that neither one-sided test rejects at (1 − confidence)/2; nil where the sample
    /// is too small for that confidence.
    public func interval(confidence: Double = 0.95) -> ConfidenceInterval? {
        precondition(0 < confidence && confidence < 1, "a confidence lies between 0 and 1")
        let tail = (1 - confidence) / 2
        let critical: Int
        let attained: Double
        if count <= Self.exactLimit {
            let ranks = Self.distribution(count)
            guard let value = ranks.criticalValue(tail) else { return nil }
            (critical, attained) = (value, ranks.probability(atMost: value))
        } else {
            // The half is the correction for continuity; rounding down keeps the coverage.
            critical = Int(
                Self.mean(count) - 0.5 + Normal.quantile(tail) * Self.deviation(count))
            attained = tail
        }
        return ConfidenceInterval(
            lower: averages[critical], upper: averages[averages.count - 1 - critical],
            confidence: 1 - 2 * attained)
    }

    // MARK: the null distribution

    private static func probability(count: Int, atMost w: Int) -> Double {
        guard count > 0 else { return 1 }
        guard count > exactLimit else { return distribution(count).probability(atMost: w) }
        return Normal.cumulative((Double(w) + 0.5 - mean(count)) / deviation(count))
    }

    private static func mean(_ count: Int) -> Double { Double(count * (count + 1)) / 4 }

    private static func deviation(_ count: Int) -> Double {
        let n = Double(count)
        return (n * (n + 1) * (2 * n + 1) / 24).squareRoot()
    }

    /// Distributions by sample size: a gate asks for the same few again and again.
    private static let known = Mutex<[Int: WilcoxonSignedRank]>([:])

    private static func distribution(_ count: Int) -> WilcoxonSignedRank {
        known.withLock { known in
            if let found = known[count] { return found }
            let made = WilcoxonSignedRank(count: count)
            known[count] = made
            return made
        }
    }
}

extension Array where Element == Double {
    /// The first index of a sorted array at which `isBeyond` holds; it holds from there on.
    fileprivate func partitioningIndex(_ isBeyond: (Double) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBeyond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
