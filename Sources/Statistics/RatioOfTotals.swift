// The ratio of totals over rounds: ΣA/ΣB of one side against ΣA/ΣB of the other, with an interval.
//
// It is what a bill or a user sees, and what robust centres over rounds hide: a pause of a second
// in one round of ten moves no median and every total. One reading per cell and round; cells are
// not added up (their operations cost differently, so a sum would weigh the cells by how many
// happened to fit in), their log-ratios are averaged. The interval is the jackknife's over rounds:
// leaving out one round at a time says how much the answer hangs on single ones.
//
// Credits: Quenouille 1956; Tukey 1958; Efron and Tibshirani, "An Introduction to the Bootstrap",
// ch. 11.
import Foundation

public struct RatioOfTotals: Sendable, Equatable {
    /// Numerators and denominators of one cell in one round.
    public struct Entry: Sendable, Equatable {
        public var before: (above: Double, below: Double)
        public var after: (above: Double, below: Double)

        public init(
            before: (above: Double, below: Double), after: (above: Double, below: Double)
        ) {
            self.before = before
            self.after = after
        }

        public static func == (one: Entry, two: Entry) -> Bool {
            one.before == two.before && one.after == two.after
        }
    }

    /// Mean over the cells: of log-ratios, or of differences.
    public var estimate: Double
    /// Of the estimate, by the jackknife.
    public var standardError: Double
    public var rounds: Int

    /// - Parameters:
    ///   - rounds: for each round, an entry per cell, in the same order everywhere.
    ///   - isDifference: the ratios' difference instead of the logarithm of their ratio.
    /// - Returns: nil for fewer than three rounds, and where a sum is not positive.
    public init?(_ rounds: [[Entry]], isDifference: Bool = false) {
        guard rounds.count >= 3, let cells = rounds.first?.count, cells > 0,
            rounds.allSatisfy({ $0.count == cells })
        else { return nil }
        let sums = (0..<cells).map { cell in
            rounds.reduce(SIMD4<Double>()) { $0 + Self.vector($1[cell]) }
        }
        func value(without round: [Entry]?) -> Double? {
            var total = 0.0
            for cell in 0..<cells {
                let sum = round.map { sums[cell] - Self.vector($0[cell]) } ?? sums[cell]
                guard sum[1] > 0, sum[3] > 0 else { return nil }
                let (before, after) = (sum[0] / sum[1], sum[2] / sum[3])
                if isDifference {
                    total += after - before
                } else {
                    guard before > 0, after > 0 else { return nil }
                    total += log(after / before)
                }
            }
            return total / Double(cells)
        }
        guard let estimate = value(without: nil) else { return nil }
        let others = rounds.compactMap { value(without: $0) }
        guard others.count == rounds.count, let mean = Descriptive.mean(others) else { return nil }
        let n = Double(rounds.count)
        self.estimate = estimate
        self.rounds = rounds.count
        standardError =
            ((n - 1) / n * others.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    }

    private static func vector(_ entry: Entry) -> SIMD4<Double> {
        SIMD4(entry.before.above, entry.before.below, entry.after.above, entry.after.below)
    }

    /// Student's, with a degree of freedom less than there are rounds.
    public func interval(confidence: Double) -> ConfidenceInterval {
        let reach =
            standardError * StudentT.quantile(1 - (1 - confidence) / 2, degrees: rounds - 1)
        return ConfidenceInterval(
            lower: estimate - reach, upper: estimate + reach, confidence: confidence)
    }
}
