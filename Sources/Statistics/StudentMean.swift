// The mean of a small sample that is about normal, by Student's t.
//
// For sums and means of many small things, as the samples that a profiler took in a round: there
// it keeps its level with few rounds, where a percentile bootstrap is too narrow. Numbers with
// outliers, as those of a busy machine, have `SignedRank`.
import Foundation

public struct StudentMean: Sendable, Equatable {
    public let mean: Double
    /// Of the mean.
    public let standardError: Double
    public let degrees: Int

    /// Nil for fewer than two samples.
    public init?(_ samples: [Double]) {
        guard let mean = Descriptive.mean(samples),
            let deviation = Descriptive.standardDeviation(samples)
        else { return nil }
        self.mean = mean
        standardError = deviation / Double(samples.count).squareRoot()
        degrees = samples.count - 1
    }

    /// - Parameter quantile: of Student's t at the upper end, computed once for many means.
    public func interval(quantile: Double) -> ClosedRange<Double> {
        let reach = standardError * quantile
        return mean - reach...mean + reach
    }

    /// Two-sided, of a true mean of 0. Samples that are all alike leave no doubt.
    public var pValue: Double {
        guard standardError > 0 else { return mean == 0 ? 1 : 0 }
        return min(1, 2 * StudentT.cumulative(-abs(mean) / standardError, degrees: degrees))
    }
}
