// Bytes and allocations per entry: counted, so no test is needed, only agreement.
//
// Each launch gives a curve over the number of entries. A table that doubles a little earlier moves
// single points by a tenth and means nothing by it, so what is compared is the mean over the curve,
// whose log-spaced counts span a doubling.
//
//   exact     every launch of the candidate against every launch of the baseline: all pairs beyond
//             the margin → regression; none → pass; some → inconclusive
//   median    resident memory scatters: medians beyond the margin and no overlap between launches
//             → regression; medians within it → pass
import Quantities
import RunRecord
import Statistics

struct CurveCheck {
    let subject: Subject
    let rule: Rule
    /// A launch's curve: number of entries → reading.
    private var baseline: [[ConditionValue: Double]]
    private var candidate: [[ConditionValue: Double]]

    init(
        _ subject: Subject, _ rule: Rule, _ record: RunRecord, _ sides: Sides, stored: RunRecord?
    ) {
        self.subject = subject
        self.rule = rule
        candidate = Self.curves(subject, record, sides.candidate)
        baseline =
            stored.map { stored in
                stored.targets.first.map { Self.curves(subject, stored, $0.label) } ?? []
            } ?? Self.curves(subject, record, sides.baseline)
    }

    /// The launches' curves, in order. Points are told apart by the number of entries.
    private static func curves(
        _ subject: Subject, _ record: RunRecord, _ target: String?
    ) -> [[ConditionValue: Double]] {
        var launches: [[ConditionValue: Double]] = []
        for (point, results) in Dictionary(
            grouping: record.results(subject, of: target), by: { $0.conditions["entries"] })
        {
            guard let point else { continue }
            let samples = results.flatMap { $0.samples.isEmpty ? [$0.value] : $0.samples }
            for (launch, sample) in samples.enumerated() {
                while launches.count <= launch { launches.append([:]) }
                launches[launch][point] = sample
            }
        }
        return launches.filter { !$0.isEmpty }
    }

    func judge(_ policy: Policy, _ record: RunRecord, _ sides: Sides) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: rule.kind.rawValue)
        if let reason = record.absence(subject, of: sides.candidate) {
            check.status = baseline.isEmpty ? .unmeasured : .inconclusive
            check.reason = baseline.isEmpty ? reason : "the candidate gave none: \(reason)"
            return check
        }
        // Only points that every launch has: one missing point would shift the mean.
        let points = (baseline + candidate).map { Set($0.keys) }
            .reduce(nil) { (all: Set<ConditionValue>?, keys) in all?.intersection(keys) ?? keys }
        guard let points, !points.isEmpty, !baseline.isEmpty, !candidate.isEmpty else {
            check.reason =
                baseline.isEmpty
                ? "the baseline has no such reading; measure it again, or store it again"
                : "the curves have no number of entries in common; use the same policy for both"
            return check
        }
        func means(_ curves: [[ConditionValue: Double]]) -> [Double] {
            curves.map { curve in
                points.map { curve[$0]! }.reduce(0, +) / Double(points.count)
            }
        }
        let before = means(baseline)
        let after = means(candidate)
        guard let from = Descriptive.median(before), let to = Descriptive.median(after), from != 0
        else {
            check.reason = "the baseline's reading is 0, and nothing can be a share of it"
            return check
        }
        let margin = max(rule.marginAbsolute ?? 0, rule.margin * abs(from))
        check.baselineValue = from
        check.candidateValue = to
        check.effect = to / from - 1
        check.margin = margin / abs(from)
        check.pairs = min(before.count, after.count)
        let needed = rule.kind == .median ? Rule.medianLaunches : policy.memory.launches
        // Stored numbers were launches once; the candidate's must be.
        guard after.count >= needed else {
            check.reason = "only \(after.count) of \(needed) launches; give it a larger --budget"
            return check
        }
        (check.status, check.reason) = decision(
            before, after, from, to, margin, check.better == .lower ? 1 : -1, points.count)
        return check
    }

    private func decision(
        _ before: [Double], _ after: [Double], _ from: Double, _ to: Double, _ margin: Double,
        _ sign: Double, _ points: Int
    ) -> (RunRecord.Check.Status, String) {
        let differences = after.flatMap { to in before.map { sign * (to - $0) } }
        let by = (to < from ? "" : "+") + (to - from).grouped(3)
        let shift = "\(by) on the mean over \(points) points"
        let limit = "the margin of \(margin.significant(3))"
        let change = sign * (to - from)
        let isBeyond: Bool
        switch rule.kind {
        case .median: isBeyond = change > margin && differences.allSatisfy { $0 > 0 }
        default: isBeyond = differences.allSatisfy { $0 > margin }
        }
        if isBeyond { return (.regression, "\(shift) in every launch, beyond \(limit)") }
        let isWithin =
            rule.kind == .median ? change <= margin : differences.allSatisfy { $0 <= margin }
        guard isWithin else {
            return (
                .inconclusive,
                "launches do not agree on whether \(shift) is beyond \(limit); run again"
            )
        }
        if change < -margin && differences.allSatisfy({ $0 < 0 }) {
            return (.improvement, "\(shift)")
        }
        return (.pass, "\(shift), within \(limit)")
    }
}
