// Does a sample come from the distribution that it was asked to come from? Pearson's χ² for counts,
// Kolmogorov and Smirnov's distance for sizes.
import Foundation

public enum GoodnessOfFit {
    /// Expected count below which a class says too little by itself and is joined with its
    /// neighbours; the usual rule asks for 5, twice that keeps the far tail of p honest as well.
    private static let leastExpected = 10.0

    /// The probability that counts of these shares lie at least this far from them.
    ///
    /// - Parameters:
    ///   - counts: how often each class occurred.
    ///   - shares: of the classes, in the same order; they sum to 1.
    /// - Returns: p by Wilson and Hilferty's normal approximation of χ², 0 when a class of share 0
    ///   occurred, nil when there are not two classes to compare.
    public static func chiSquareP(counts: [UInt64], shares: [Double]) -> Double? {
        deviate(counts.map { Double($0) }, shares).map { 1 - Normal.cumulative($0) }
    }

    /// χ² of counts against shares as a normal deviate: above 4 has a probability of 3 in 100,000.
    /// Infinite when a class of share 0 occurred, 0 when there are not two classes to compare.
    public static func chiSquare(_ counts: [Int], _ shares: [Double]) -> Double {
        deviate(counts.map { Double($0) }, shares) ?? 0
    }

    private static func deviate(_ counts: [Double], _ shares: [Double]) -> Double? {
        precondition(counts.count == shares.count, "every class has a count and a share")
        if zip(counts, shares).contains(where: { $0 > 0 && $1 <= 0 }) { return .infinity }
        let total = counts.reduce(0, +)
        var classes: [(count: Double, expected: Double)] = []
        var joined = (count: 0.0, expected: 0.0)
        for (count, share) in zip(counts, shares) {
            joined.count += count
            joined.expected += share * total
            guard joined.expected >= leastExpected else { continue }
            classes.append(joined)
            joined = (0, 0)
        }
        guard !classes.isEmpty else { return nil }
        // What is left at the end is too little for a class of its own.
        classes[classes.count - 1].count += joined.count
        classes[classes.count - 1].expected += joined.expected
        let degrees = Double(classes.count - 1)
        guard degrees > 0 else { return nil }
        let chiSquare = classes.reduce(0.0) {
            $0 + ($1.count - $1.expected) * ($1.count - $1.expected) / $1.expected
        }
        let spread = 2 / (9 * degrees)
        return (cbrt(chiSquare / degrees) - 1 + spread) / spread.squareRoot()
    }

    /// Kolmogorov and Smirnov's distance: the largest difference between a sample of whole numbers,
    /// given as counts by number, and their distribution function; 0 … 1.
    public static func distance(
        _ counts: some Sequence<(key: Int, value: Int)>, _ cumulative: (Int) -> Double
    ) -> Double {
        let sorted = counts.sorted { $0.key < $1.key }
        let total = sorted.reduce(0) { $0 + $1.value }
        var below = 0
        var distance = 0.0
        for (size, count) in sorted {
            below += count
            distance = max(distance, abs(Double(below) / Double(total) - cumulative(size)))
        }
        return distance
    }
}
