// Many metrics, one verdict: p-values adjusted for how many there are.
//
// An adjusted p-value is the smallest level at which the procedure would still reject that
// hypothesis, so "adjusted ≤ level" is the decision, in the order in which the p-values came.
//
// Credits: Holm 1979; Benjamini and Hochberg 1995.

/// Adjustment of p-values for multiplicity.
public enum MultipleTesting {
    /// Holm's step-down: adjusted ≤ α rejects with a probability of any false rejection ≤ α,
    /// whatever the dependence. - Complexity: O(m log m)
    public static func holm(_ pValues: [Double]) -> [Double] {
        var adjusted = pValues
        var largest = 0.0
        for (rank, index) in order(pValues).enumerated() {
            // The smallest faces m hypotheses, the next m − 1, and none passes before a smaller.
            largest = max(largest, min(1, pValues[index] * Double(pValues.count - rank)))
            adjusted[index] = largest
        }
        return adjusted
    }

    /// Benjamini and Hochberg's step-up: adjusted ≤ q rejects with an expected share of false
    /// rejections ≤ q, for independent or positively dependent metrics. - Complexity: O(m log m)
    public static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
        var adjusted = pValues
        var smallest = 1.0
        for (rank, index) in order(pValues).enumerated().reversed() {
            smallest = min(smallest, pValues[index] * Double(pValues.count) / Double(rank + 1))
            adjusted[index] = smallest
        }
        return adjusted
    }

    private static func order(_ pValues: [Double]) -> [Int] {
        precondition(
            pValues.allSatisfy { 0 <= $0 && $0 <= 1 }, "p-values lie between 0 and 1")
        return pValues.indices.sorted { pValues[$0] < pValues[$1] }
    }
}
