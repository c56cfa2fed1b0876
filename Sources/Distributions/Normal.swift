// The standard normal distribution, and the inverse of any distribution function.
//
// Quantiles come from the distribution function by bisection: 60 halvings cost microseconds, need
// no table of coefficients, and cannot be subtly wrong where the function itself is right.
import Foundation

/// The standard normal distribution.
public enum Normal {
    /// P(Z ≤ z).
    public static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The z with P(Z ≤ z) = p, 0 < p < 1.
    public static func quantile(_ p: Double) -> Double {
        precondition(0 < p && p < 1, "a quantile exists between 0 and 1")
        // P(Z < −38) is the smallest that a Double holds.
        return Bisection.edge(-38, 38) { cumulative($0) < p }
    }
}

/// Where a monotone condition changes.
public enum Bisection {
    /// The point of [low, high] where `isBelow` turns from true to false.
    public static func edge(_ low: Double, _ high: Double, _ isBelow: (Double) -> Bool) -> Double {
        var (low, high) = (low, high)
        // Each step halves the interval: 100 steps leave less than the last bit of 10⁶, and most
        // ends have no number between them sooner.
        for _ in 0..<100 {
            let middle = (low + high) / 2
            guard low < middle && middle < high else { break }
            if isBelow(middle) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}
