// What k of n say about a share.
//
// Credits: Clopper and Pearson 1934.
import Distributions
import Foundation

public enum Binomial {
    /// P(X ≤ k) of n draws with share `p`.
    public static func cumulative(_ k: Int, of n: Int, _ p: Double) -> Double {
        guard k >= 0 else { return 0 }
        guard k < n, p > 0 else { return 1 }
        guard p < 1 else { return 0 }
        var sign: Int32 = 0
        let logFactorial = { (m: Int) in lgamma_r(Double(m) + 1, &sign) }
        return min(
            1,
            (0...k).reduce(0) { sum, i in
                sum
                    + exp(
                        logFactorial(n) - logFactorial(i) - logFactorial(n - i)
                            + Double(i) * log(p) + Double(n - i) * log1p(-p))
            })
    }

    /// All shares that k of n do not reject, at (1 − confidence)/2 on either side: it covers at
    /// least as often as it says. Of nothing, 0 … 1.
    public static func interval(_ k: Int, of n: Int, confidence: Double) -> ConfidenceInterval {
        let tail = (1 - confidence) / 2
        let lower = k == 0 ? 0 : Bisection.edge(0, 1) { 1 - cumulative(k - 1, of: n, $0) < tail }
        let upper = k >= n ? 1 : Bisection.edge(0, 1) { cumulative(k, of: n, $0) > tail }
        return ConfidenceInterval(lower: lower, upper: upper, confidence: confidence)
    }
}
