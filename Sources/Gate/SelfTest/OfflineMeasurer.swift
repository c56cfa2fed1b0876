// What answers a gate's needs without servers: recorded rounds drawn again, or synthetic
// ones. The gate cannot tell, so its error rates can be counted over thousands of runs.
import RunRecord

public protocol OfflineMeasurer {
    /// Adds the results of `need` to the record. Returns the time it would have taken, in s.
    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double
}

extension Gate {
    /// Runs the gate on a measurer until it has its verdict.
    public func run(
        with measurer: inout some OfflineMeasurer
    ) -> (verdict: RunRecord.Verdict, record: RunRecord) {
        var record = RunRecord(
            hashmarkVersion: RunRecord.hashmarkVersion, arguments: [], seed: 0)
        var spending = Spending(total: policy.budgetSeconds)
        while true {
            switch step(record, spending) {
            case .verdict(let verdict): return (verdict, record)
            case .measure(let need):
                let seconds = measurer.answer(need, sides, &record)
                spending.spent += seconds
                spending.add(seconds, for: need)
            }
        }
    }
}
