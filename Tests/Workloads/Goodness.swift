// Tests of fit. Seeds are fixed, so a failure is a defect and not a bad day.
import Foundation
import Statistics

enum Goodness {
    /// χ² of counts against probabilities as a normal deviate (Wilson and Hilferty's cube root):
    /// above 4 has a probability of 3 in 100,000. Bins expected to hold fewer than 20 are joined
    /// with their neighbours.
    static func chiSquare(_ counts: [Int], _ probabilities: [Double]) -> Double {
        let total = Double(counts.reduce(0, +))
        var sum = 0.0
        var bins = 0
        var (count, expected) = (0.0, 0.0)
        for (observed, probability) in zip(counts, probabilities) {
            count += Double(observed)
            expected += probability * total
            if expected >= 20 {
                sum += (count - expected) * (count - expected) / expected
                bins += 1
                (count, expected) = (0, 0)
            }
        }
        guard bins > 1 else { return 0 }
        let spread = 2 / (9 * Double(bins - 1))
        return (cbrt(sum / Double(bins - 1)) - 1 + spread) / spread.squareRoot()
    }

    /// Kolmogorov–Smirnov: √n times the largest distance between a sample of whole numbers and
    /// their distribution function. Above 1.95 has a probability of one in a thousand; less for
    /// discrete distributions.
    static func kolmogorov(_ sample: [Int], _ cumulative: (Int) -> Double) -> Double {
        var counts: [Int: Int] = [:]
        for size in sample { counts[size, default: 0] += 1 }
        var below = 0
        var distance = 0.0
        for (size, count) in counts.sorted(by: { $0.key < $1.key }) {
            below += count
            distance = max(
                distance, abs(Double(below) / Double(sample.count) - cumulative(size)))
        }
        return distance * Double(sample.count).squareRoot()
    }
}
