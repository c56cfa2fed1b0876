// How far a sample is from the distribution it was drawn from.
import Foundation

public enum GoodnessOfFit {
    /// Bins expected to hold fewer are joined with their neighbours: below this χ² is not χ².
    private static let leastExpected = 20.0

    /// χ² of counts against probabilities as a normal deviate (Wilson and Hilferty's cube root):
    /// above 4 has a probability of 3 in 100,000. 0 where fewer than two bins are left.
    public static func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
        let total = Double(counts.reduce(0, +))
        var sum = 0.0
        var bins = 0
        var (count, expected) = (0.0, 0.0)
        func square() -> Double { (count - expected) * (count - expected) / expected }
        for (observed, probability) in zip(counts, probabilities) {
            count += Double(observed)
            expected += probability * total
            if expected >= leastExpected {
                sum += square()
                bins += 1
                (count, expected) = (0, 0)
            }
        }
        if expected > 0 && count > 0 && expected >= 1 {
            sum += square()
            bins += 1
        }
        guard bins > 1 else { return 0 }
        let spread = 2 / (9 * Double(bins - 1))
        return (cbrt(sum / Double(bins - 1)) - 1 + spread) / spread.squareRoot()
    }

    /// Kolmogorov and Smirnov's distance: the largest difference between a sample of whole numbers
    /// and their distribution function, 0 … 1.
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

    /// √n times the distance of a sample. Above 1.95 has a probability of one in a thousand; less
    /// for discrete distributions.
    public static func kolmogorov(_ sample: [Int], _ cumulative: (Int) -> Double) -> Double {
        var counts: [Int: Int] = [:]
        for size in sample { counts[size, default: 0] += 1 }
        return distance(counts.map { (key: $0.key, value: $0.value) }, cumulative)
            * Double(sample.count).squareRoot()
    }
}
