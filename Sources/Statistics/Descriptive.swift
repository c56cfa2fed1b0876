// What a handful of numbers looks like: centre, spread, quantiles.
//
// Every function answers nil where it has no answer (no sample, one sample for a deviation, a
// centre of 0 for a ratio): a missing number is not 0. Input need not be sorted and must be finite.
import Foundation

/// Descriptive statistics of samples.
public enum Descriptive {
    /// The arithmetic mean; nil without samples.
    public static func mean(_ samples: [Double]) -> Double? {
        samples.isEmpty ? nil : samples.reduce(0, +) / Double(samples.count)
    }

    /// The middle sample; of an even number, the mean of the middle two.
    /// - Complexity: O(n log n)
    public static func median(_ samples: [Double]) -> Double? { quantile(samples, 0.5) }

    /// The value below which a share `p`, 0 … 1, of the samples lies, linear between the order
    /// statistics: type 7 of Hyndman and Fan ("Sample quantiles in statistical packages", 1996),
    /// the default of R and NumPy. With n samples sorted from x₀, h = (n − 1)·p:
    /// x_⌊h⌋ + (h − ⌊h⌋)·(x_⌊h⌋+1 − x_⌊h⌋).
    /// - Complexity: O(n log n)
    public static func quantile(_ samples: [Double], _ p: Double) -> Double? {
        precondition(0 <= p && p <= 1, "a quantile is asked for as a share, 0 to 1")
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        let position = Double(sorted.count - 1) * p
        let below = Int(position)
        let above = min(below + 1, sorted.count - 1)
        return sorted[below] + (position - Double(below)) * (sorted[above] - sorted[below])
    }

    /// The sample standard deviation (divisor n − 1); nil for fewer than two samples.
    public static func standardDeviation(_ samples: [Double]) -> Double? {
        guard samples.count >= 2, let mean = mean(samples) else { return nil }
        let squares = samples.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(samples.count - 1)).squareRoot()
    }

    /// Half the distance between the smallest and the largest sample over the median, as a share:
    /// the "±" beside a number in our tables. It hides no sample, which matters while there are
    /// few; nil for fewer than two.
    public static func relativeSpread(_ samples: [Double]) -> Double? {
        guard samples.count >= 2, let least = samples.min(), let most = samples.max(),
            let centre = median(samples), centre != 0
        else { return nil }
        return (most - least) / 2 / abs(centre)
    }

    /// e^r − 1: a log-ratio of 0.01 is a change of 1.005 %.
    public static func relativeChange(logRatio: Double) -> Double { expm1(logRatio) }
}
