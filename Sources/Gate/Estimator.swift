// What numbers of rounds are made from, which results say as a condition: records of other
// estimators are not judged by the same rules.
import RunRecord

/// What a timed number of a round is.
public enum Estimator {
    /// The condition's name in results.
    public static let condition = "estimator"
    /// Totals of the round: CPU time over operations, operations over time.
    public static let total: ConditionValue = "total"
    /// Latencies on a schedule, of slices from which the machine took next to nothing.
    public static let undisturbed: ConditionValue = "undisturbed"

    /// Whether a number is one of whole rounds, as rules mean them.
    static func isOfRounds(_ conditions: Conditions?) -> Bool {
        let estimator = conditions?[condition]
        return estimator == total || estimator == undisturbed
    }
}
