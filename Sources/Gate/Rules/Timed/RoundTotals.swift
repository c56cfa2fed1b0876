// What rounds come to in sums: the totals of a record by load, target and round. A verdict looks at
// them beside its tests; whether measuring goes on does not depend on them.
import RunRecord
import Statistics

struct RoundTotals {
    private var totals: [Load: [String: Sums]] = [:]

    private struct Load: Hashable {
        var workload: String?
        var conditions: Conditions
    }

    /// By round.
    private typealias Sums = [Int: RunRecord.Totals]

    init(_ record: RunRecord) {
        for round in record.rounds {
            guard let sums = round.totals else { continue }
            let load = Load(workload: round.workload, conditions: round.conditions ?? [:])
            totals[load, default: [:]][round.target, default: [:]][round.round] = sums
        }
    }

    /// The ratio of the loads' totals, candidate over baseline, more is worse; nil where no totals
    /// stand for the metric.
    func ratio(
        _ metric: String, _ loads: [Subject], _ rule: Rule, _ sides: Sides
    ) -> RatioOfTotals? {
        guard let parts = Self.parts(metric), let baseline = sides.baseline else { return nil }
        let found = loads.compactMap { subject -> (before: Sums, after: Sums)? in
            let load = Load(workload: subject.workload, conditions: subject.conditions ?? [:])
            guard let before = totals[load]?[baseline], let after = totals[load]?[sides.candidate]
            else { return nil }
            return (before, after)
        }
        guard let first = found.first else { return nil }
        let rounds = first.before.keys.sorted().compactMap { round -> [RatioOfTotals.Entry]? in
            let entries = found.compactMap { sides -> RatioOfTotals.Entry? in
                guard let before = sides.before[round].flatMap(parts),
                    let after = sides.after[round].flatMap(parts)
                else { return nil }
                return .init(before: before, after: after)
            }
            return entries.count == found.count ? entries : nil
        }
        return RatioOfTotals(rounds, isDifference: rule.isDifference)
    }

    private typealias Parts = (RunRecord.Totals) -> (above: Double, below: Double)?

    /// Numerator and denominator of a metric, so that more is worse.
    private static func parts(_ metric: String) -> Parts? {
        switch metric {
        case Metric.serverCPU.id:
            { sums in sums.serverCPUNanoseconds.map { (Double($0), Double(sums.ops)) } }
        case Metric.throughput.id:
            { (Double($0.nanoseconds - $0.machineNanoseconds), Double($0.ops)) }
        case Metric.stallShare.id:
            { (Double($0.stallNanoseconds), Double($0.nanoseconds)) }
        default: nil
        }
    }
}
