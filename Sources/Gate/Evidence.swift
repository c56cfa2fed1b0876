// What a record holds about one metric on both sides, in the order in which it was measured.
//
// A gate measures in batches. Each adds its results to the record, so one metric may have several
// results that differ in nothing; their samples follow one another. A result without samples is a
// sample itself. Rounds of the two stages differ in the condition `stage`.
import RunRecord

/// Which rounds may decide: a suspicion and its confirmation never share data.
public enum Stage: String, Sendable, CaseIterable {
    case screen, confirm

    /// The condition's name in results.
    public static let condition = "stage"
}

/// Whose readings are compared; labels of targets.
public struct Sides: Sendable, Equatable {
    /// Nil where only stored numbers stand against the candidate.
    public var baseline: String?
    public var candidate: String
    /// The baseline's own copy.
    public var sentinel: String?

    public init(baseline: String?, candidate: String, sentinel: String?) {
        self.baseline = baseline
        self.candidate = candidate
        self.sentinel = sentinel
    }

    /// Whose results a stored baseline's readings are in the record.
    public static let storedLabel = "stored"
    /// The label of the baseline's copy.
    public static let sentinelLabel = "sentinel"
}

/// Identifies what is judged: one check. Results that differ in the stage alone are its parts.
struct Subject: Hashable {
    var metric: String
    var workload: String?
    /// Of timed metrics; nil for counted ones, which are read over all conditions (a curve over the
    /// number of entries) or have the same.
    var conditions: Conditions?
}

extension RunRecord.Result {
    /// The conditions of the check that it belongs to.
    var checkConditions: Conditions {
        conditions.filter { $0.key != Stage.condition }
    }
}

extension RunRecord {
    /// Subjects of gated and advisory rules, in the record's order.
    func subjects(_ policy: Policy, _ kinds: Set<Rule.Kind>) -> [Subject] {
        var seen: Set<Subject> = []
        return results.compactMap { result in
            guard let rule = policy.rule(for: result.metric), kinds.contains(rule.kind) else {
                return nil
            }
            // What has stages has rounds, and what has rounds has cells.
            let subject = Subject(
                metric: result.metric, workload: result.workload,
                conditions: result.conditions[Stage.condition] == nil
                    ? nil : result.checkConditions)
            return seen.insert(subject).inserted ? subject : nil
        }
    }

    func results(_ subject: Subject, of target: String?) -> [Result] {
        results.filter {
            $0.target == target && $0.metric == subject.metric && $0.workload == subject.workload
                && (subject.conditions == nil || $0.checkConditions == subject.conditions)
        }
    }

    /// Readings one after the other; nil where a round gave none.
    func samples(_ subject: Subject, of target: String?) -> [Double?] {
        results(subject, of: target).flatMap { $0.samples.isEmpty ? [$0.value] : $0.samples }
    }

    /// Why a subject has no reading on a side; nil where it has one.
    func absence(_ subject: Subject, of target: String?) -> String? {
        let found = results(subject, of: target)
        guard !found.contains(where: { $0.value != nil }) else { return nil }
        return found.compactMap(\.reason).first ?? "it was not measured"
    }

    /// A check with what all rules fill in alike.
    func check(_ subject: Subject, _ sides: Sides, rule: String) -> Check {
        let known = Metric.named(subject.metric)
        let any = results(subject, of: sides.candidate).first
        return Check(
            metric: subject.metric, unit: any?.unit ?? known?.unit ?? .ratio,
            better: any?.better ?? known?.better ?? .lower,
            kind: any?.kind ?? known?.kind ?? .exact,
            workload: subject.workload, rule: rule, status: .inconclusive, reason: "")
    }
}

extension RunRecord.Check {
    /// `server CPU of get-16x64 P16`, `server CPU over 8 loads`.
    var title: String {
        let name = Metric.named(metric)?.title ?? metric
        if let cells { return "\(name) over \(cells) loads" }
        return name + (load.map { " of \($0)" } ?? "")
    }
}
