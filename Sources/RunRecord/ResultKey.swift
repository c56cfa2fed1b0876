// What a result is of. Results of one key are the same thing measured again, and results whose keys
// differ in the target alone are compared.

public struct ResultKey: Hashable, Sendable {
    public var metric: String
    /// Nil where it does not matter whose result it is.
    public var target: String?
    public var workload: String?
    public var conditions: Conditions

    /// The key without the target: what is compared.
    public var ofAnyTarget: ResultKey {
        var key = self
        key.target = nil
        return key
    }
}

extension RunRecord.Result {
    public var key: ResultKey {
        ResultKey(metric: metric, target: target, workload: workload, conditions: conditions)
    }
}
