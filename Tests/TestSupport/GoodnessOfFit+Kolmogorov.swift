// Kolmogorov's statistic of a sample, for tests of what draws one.
import Distributions

extension GoodnessOfFit {
    /// √n times the distance of a sample. Above 1.95 has a probability of one in a thousand; less
    /// for discrete distributions.
    public static func kolmogorov(_ sample: [Int], _ cumulative: (Int) -> Double) -> Double {
        var counts: [Int: Int] = [:]
        for size in sample { counts[size, default: 0] += 1 }
        return distance(counts.map { (key: $0.key, value: $0.value) }, cumulative)
            * Double(sample.count).squareRoot()
    }
}
