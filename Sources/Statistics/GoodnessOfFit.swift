// Do counts come from the distribution that they were asked to come from? Pearson's χ².
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
        precondition(counts.count == shares.count, "every class has a count and a share")
        if zip(counts, shares).contains(where: { $0 > 0 && $1 <= 0 }) { return 0 }
        let total = Double(counts.reduce(0, +))
        var classes: [(count: Double, expected: Double)] = []
        var joined = (count: 0.0, expected: 0.0)
        for (count, share) in zip(counts, shares) {
            joined.count += Double(count)
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
        let z = (cbrt(chiSquare / degrees) - 1 + spread) / spread.squareRoot()
        return 1 - Normal.cumulative(z)
    }
}
