// The differences that a record's profiles hold.
import RunRecord

extension RunRecord {
    /// What a candidate's CPU time is spent on otherwise than a baseline's, load by load.
    public func differences(of candidate: String, from baseline: String?) -> [StackDifference] {
        profiles.filter { $0.target == candidate && $0.unit == .cpuNanoseconds }.compactMap { own in
            let before = profiles.first {
                $0.target == baseline && $0.workload == own.workload && $0.unit == own.unit
            }
            return before.flatMap { StackDifference(baseline: $0, candidate: own) }
        }
    }
}
