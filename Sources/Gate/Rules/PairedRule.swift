// Simulated counts, paired by the seed that both sides pin: hashes and requests are the same on
// both, so what differs is the code.
//
//   first seeds   none beyond the margin → pass; any → fresh seeds
//   fresh seeds   all beyond the margin, same sign → regression
//                 none, or the interval of all seeds below the margin → pass
//                 else inconclusive
import Foundation
import Quantities
import RunRecord
import Statistics

struct PairedCheck {
    let subject: Subject
    let rule: Rule
    private let better: Metric.Better
    /// Log-ratios by seed, more is worse.
    let readings: [Double]
    private let values: (before: Double?, after: Double?)
    private let hasBaseline: Bool
    /// Seeds that a stored baseline has; nil beside a live one.
    private let storedSeeds: Int?

    init(
        _ subject: Subject, _ rule: Rule, _ record: RunRecord, _ sides: Sides, stored: RunRecord?
    ) {
        self.subject = subject
        self.rule = rule
        better = record.results(subject, of: sides.candidate).first?.better ?? .lower
        let after = record.samples(subject, of: sides.candidate)
        let before =
            stored.map { stored in
                stored.targets.first.map { stored.samples(subject, of: $0.label) } ?? []
            } ?? record.samples(subject, of: sides.baseline)
        let sign = better == .lower ? 1.0 : -1
        readings = zip(before, after).compactMap { before, after in
            guard let before, let after, before > 0, after > 0 else { return nil }
            return sign * log(after / before)
        }
        values = (
            Descriptive.median(before.compactMap(\.self)),
            Descriptive.median(after.compactMap(\.self))
        )
        hasBaseline = values.before != nil
        storedSeeds = stored == nil ? nil : before.count
    }

    private var margin: Double { log1p(rule.margin) }

    /// Seeds that the check still wants.
    func wanted(_ policy: Policy) -> Int {
        let screen = min(policy.simulated.screen, limit)
        guard readings.count >= screen else { return screen }
        return readings.prefix(screen).contains { $0 > margin }
            ? min(policy.simulated.seeds, limit) : screen
    }

    /// No seed can be compared that the stored baseline lacks.
    private var limit: Int { storedSeeds ?? .max }

    func judge(_ policy: Policy, _ record: RunRecord, _ sides: Sides) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: rule.kind.rawValue)
        if let reason = record.absence(subject, of: sides.candidate) {
            check.status = hasBaseline ? .inconclusive : .unmeasured
            check.reason = hasBaseline ? "the candidate gave none: \(reason)" : reason
            return check
        }
        check.baselineValue = values.before
        check.candidateValue = values.after
        check.margin = rule.margin
        // Seeds are few and their differences are no noise: no power is claimed for them.
        let sign = better == .lower ? 1.0 : -1
        check.pairs = readings.count
        check.effect = HodgesLehmann.estimate(readings).map {
            Descriptive.relativeChange(logRatio: sign * $0)
        }
        if let interval = HodgesLehmann.interval(readings) {
            let ends = [interval.lower, interval.upper].map {
                Descriptive.relativeChange(logRatio: sign * $0)
            }
            (check.lower, check.upper) = (ends.min(), ends.max())
        }
        (check.status, check.reason) = decision(policy, check)
        return check
    }

    private func decision(
        _ policy: Policy, _ check: RunRecord.Check
    ) -> (RunRecord.Check.Status, String) {
        guard hasBaseline else {
            return (.inconclusive, "the baseline has no such reading; measure it again")
        }
        let wanted = wanted(policy)
        if let storedSeeds, storedSeeds <= policy.simulated.screen,
            readings.contains(where: { $0 > margin })
        {
            return (
                .inconclusive,
                "\((check.effect ?? 0).changeText): the stored baseline has "
                    + "\(storedSeeds) seeds, and a suspicion needs \(policy.simulated.seeds); "
                    + "store it again with --save-baseline, or give --baseline beside it"
            )
        }
        guard readings.count >= wanted else {
            return (
                .inconclusive,
                "only \(readings.count) of \(wanted) seeds; give it a larger --budget"
            )
        }
        let by = (check.effect ?? 0).changeText
        let limit = rule.margin.percent()
        let fresh = readings.dropFirst(policy.simulated.screen)
        if !fresh.isEmpty && readings.allSatisfy({ $0 > margin }) {
            return (.regression, "\(by), beyond \(limit) with each of \(readings.count) seeds")
        }
        let interval = HodgesLehmann.interval(readings)
        if readings.allSatisfy({ $0 <= margin }) || interval.map({ $0.upper < margin }) == true {
            if readings.allSatisfy({ $0 < -margin }) {
                return (.improvement, "\(by) with each of \(readings.count) seeds")
            }
            return (.pass, "\(by), within \(limit), \(readings.count) seeds")
        }
        return (
            .inconclusive,
            "\(by): beyond \(limit) with some of \(readings.count) seeds and not with others; "
                + "list more seeds in the policy"
        )
    }
}
