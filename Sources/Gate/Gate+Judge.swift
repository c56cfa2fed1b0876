// A recorded gate judged again, from the record alone: by the policy that it holds, or by another.
import RunRecord
import StrictYAML

extension Gate {
    /// - Parameters:
    ///   - name: the record's file, in messages.
    ///   - policy: instead of the record's own.
    /// - Throws: where the record is no gate's, or was measured differently than rules now mean.
    public static func judge(
        _ record: RunRecord, name: String, policy other: Policy? = nil
    ) throws -> RunRecord.Verdict {
        guard let old = record.verdict, let basis = old.basis else {
            throw RunRecordError(
                cause: record.verdict == nil
                    ? "\(name) is no gate's record"
                    : "\(name) was written before records held their policy",
                remedy: "give the run.json of a gate of this version")
        }
        var policy = try other ?? Policy(yaml: Array(basis.policy.utf8), file: "\(name): policy")
        if other == nil { policy.contentHash = old.policyHash }
        let foreign = record.results.contains {
            policy.rule(for: $0.metric)?.kind == .timed && $0.conditions[Stage.condition] != nil
                && !Estimator.isOfRounds($0.conditions)
        }
        if foreign {
            throw RunRecordError(
                cause: "\(name) holds medians of slices, not totals of rounds",
                remedy: "measure again: the two do not compare")
        }
        var gate = Gate(
            policy,
            Sides(baseline: old.baseline, candidate: old.candidate, sentinel: old.sentinel))
        gate.acceptances = try AcceptanceFile.read(
            Array(basis.acceptances.utf8), file: "\(name): acceptances")
        gate.today = basis.today
        gate.tellsImprovement = basis.tellsImprovement
        return gate.verdict(record, Spending(basis))
    }
}
