// The distributions that inference here needs besides the normal one: Student's t and Wilcoxon's
// signed rank.
import Distributions
import Foundation

/// Student's t distribution.
public enum StudentT {
    /// P(T ≤ t) with `degrees` of freedom.
    public static func cumulative(_ t: Double, degrees: Int) -> Double {
        let nu = Double(degrees)
        // Abramowitz and Stegun 26.5.27: the two tails together are I_x(ν/2, 1/2), x = ν/(ν + t²).
        let tail = 0.5 * regularizedBeta(nu / (nu + t * t), nu / 2, 0.5)
        return t < 0 ? tail : 1 - tail
    }

    /// The t with P(T ≤ t) = p, 0 < p < 1.
    public static func quantile(_ p: Double, degrees: Int) -> Double {
        precondition(0 < p && p < 1 && degrees >= 1, "a quantile exists between 0 and 1")
        // One degree of freedom has the widest tails: P(T > 10⁶) is 3·10⁻⁷ there.
        return Bisection.edge(-1e6, 1e6) { cumulative($0, degrees: degrees) < p }
    }

    /// I_x(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8), evaluated with Lentz's
    /// method as modified by Thompson and Barnett (1986).
    private static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        // The fraction converges fast below the mean only; above it the complement does.
        guard x <= (a + 1) / (a + b + 2) else { return 1 - regularizedBeta(1 - x, b, a) }
        let logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
        let tiny = 1e-300  // keeps Lentz's ratios from dividing by 0
        var c = 1.0
        var d = 1 / max(1 - (a + b) * x / (a + 1), tiny)
        var fraction = d
        for step in 1...500 {
            let m = Double(step)
            let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
            let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            var change = 1.0
            for term in [even, odd] {
                d = 1 + term * d
                d = 1 / (abs(d) < tiny ? tiny : d)
                c = 1 + term / c
                c = abs(c) < tiny ? tiny : c
                change = c * d
                fraction *= change
            }
            if abs(change - 1) < 1e-15 { break }
        }
        return exp(logFront) * fraction / a
    }

    private static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)  // lgamma itself writes to a global
    }
}

/// The null distribution of Wilcoxon's signed-rank statistic: the sum of the ranks 1 … n that a
/// fair coin each makes positive.
public struct WilcoxonSignedRank: Sendable {
    /// `cumulative[w]` = P(W ≤ w).
    private let cumulative: [Double]

    /// The exact distribution for `count` untied differences.
    /// - Complexity: O(n³): 4 ms for 200.
    public init(count: Int) {
        var probability = [1.0]
        for rank in 0..<count {
            // Each rank joins the sum with probability one half.
            var next = [Double](repeating: 0, count: probability.count + rank + 1)
            for (sum, share) in probability.enumerated() {
                next[sum] += share / 2
                next[sum + rank + 1] += share / 2
            }
            probability = next
        }
        var total = 0.0
        cumulative = probability.map { share in
            total += share
            return total
        }
    }

    /// P(W ≤ w).
    public func probability(atMost w: Int) -> Double {
        // A sum of many terms can end a rounding error above 1.
        w < 0 ? 0 : min(1, cumulative[min(w, cumulative.count - 1)])
    }

    /// The largest w with P(W ≤ w) ≤ p: the critical value of a one-sided test at level p. Nil
    /// where even w = 0 is likelier.
    public func criticalValue(_ p: Double) -> Int? {
        // The sum of many halves can end a rounding error above an exact p.
        let count = cumulative.prefix { $0 <= p * (1 + 1e-12) }.count
        return count == 0 ? nil : count - 1
    }
}
