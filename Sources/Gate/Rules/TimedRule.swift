// The two-stage rule for what scatters: throughput and CPU time per operation.
//
// A round's reading is the log-ratio of the candidate to the baseline, turned so that more is
// worse. Where the baseline's copy ran along, the two of them make one baseline: less scatter for
// the same time. The copy against the baseline is a reading too, of what is not there.
//
//   screen    all timed checks of the run, sign-flip tests, Benjamini–Hochberg at q:
//               rejected, for the worse        → suspect
//               else interval below the margin → pass, no more rounds
//               else                           → open
//   confirm   fresh rounds for suspects and open checks, until their intervals are precise or the
//             cap or the budget is reached: never until something is significant
//   decide    on the confirming rounds alone: rejected by Holm at α and centre beyond the margin
//               → regression
//             interval below the margin (suspects: of the confirming rounds; others: of all)
//               → pass
//             else → inconclusive
//
// Credits: the two stages after Benjamini and Hochberg 1995 and Holm 1979; ClickHouse's performance
// tests confirm by fresh runs, too; "stop by precision" after Kruschke, "Doing Bayesian Data
// Analysis", ch. 13.
import Foundation
import RunRecord
import Statistics

struct TimedCheck {
    let subject: Subject
    let rule: Rule
    let better: Metric.Better
    /// Log-ratios, more is worse.
    var screen: [Double] = []
    var confirm: [Double] = []
    /// Of the copy against the baseline, both stages.
    var sentinel: [Double] = []
    /// Rounds that were measured, with or without a reading on every side.
    var measured = 0

    var all: [Double] { screen + confirm }
    var margin: Double { log1p(rule.margin) }

    /// Filled in by ``screen(_:_:)``.
    var isSuspect = false
    var isCleared = false

    init(_ subject: Subject, _ rule: Rule, _ record: RunRecord, _ sides: Sides) {
        self.subject = subject
        self.rule = rule
        better = record.results(subject, of: sides.candidate).first?.better ?? .lower
        for stage in Stage.allCases {
            let candidate = record.samples(subject, of: sides.candidate, stage: stage)
            let baseline = record.samples(subject, of: sides.baseline, stage: stage)
            let copy = record.samples(subject, of: sides.sentinel, stage: stage)
            measured += candidate.count
            for round in 0..<min(candidate.count, baseline.count) {
                guard let after = candidate[round], let before = baseline[round],
                    before > 0, after > 0
                else { continue }
                var ratio = log(after / before)
                if sides.sentinel != nil {
                    guard round < copy.count, let again = copy[round], again > 0 else { continue }
                    ratio = log(after) - (log(before) + log(again)) / 2
                    sentinel.append(worse(log(again / before)))
                }
                if stage == .screen {
                    screen.append(worse(ratio))
                } else {
                    confirm.append(worse(ratio))
                }
            }
        }
    }

    private func worse(_ ratio: Double) -> Double { better == .lower ? ratio : -ratio }

    /// The readings that may show the check harmless.
    var passing: [Double] { isSuspect ? confirm : all }

    /// Half-width of the interval that the check waits for, in margins.
    var imprecision: Double {
        HodgesLehmann.interval(isSuspect ? confirm : all).map { $0.halfWidth / margin } ?? .infinity
    }

    /// Screens all checks together.
    static func screen(_ checks: inout [TimedCheck], _ policy: Policy) {
        let adjusted = MultipleTesting.benjaminiHochberg(checks.map { pValue($0.screen) })
        for index in checks.indices {
            let centre = HodgesLehmann.estimate(checks[index].screen) ?? 0
            checks[index].isSuspect = adjusted[index] <= policy.screenQ && centre > 0
            checks[index].isCleared = checks[index].isBelowMargin(checks[index].screen)
        }
    }

    func isBelowMargin(_ readings: [Double]) -> Bool {
        HodgesLehmann.interval(readings).map { $0.upper < margin } ?? false
    }

    /// Two-sided; 1 without readings. The patterns that are drawn above 20 rounds come from a fixed
    /// seed: the same record always gives the same verdict.
    static func pValue(_ readings: [Double]) -> Double {
        var random = SplitMix64(seed: 1)
        return readings.isEmpty ? 1 : SignFlipTest.run(readings, using: &random).pValue
    }
}

extension TimedCheck {
    /// Judges all checks of a run.
    /// - Parameter trouble: why a workload's rounds are not sound; nil where they are.
    static func judge(
        _ checks: [TimedCheck], _ policy: Policy, _ record: RunRecord, _ sides: Sides,
        trouble: (String?) -> String?
    ) -> [RunRecord.Check] {
        let family = checks.filter { !$0.isClearedByScreening && !$0.confirm.isEmpty }
        let adjusted = MultipleTesting.holm(family.map { pValue($0.confirm) })
        return checks.map { check in
            let p = family.firstIndex { $0.subject == check.subject }.map { adjusted[$0] }
            var judged = check.described(record, sides, policy, p)
            let (status, reason) =
                record.absence(check.subject, of: sides.candidate).map { reason in
                    record.absence(check.subject, of: sides.baseline) != nil
                        ? (.unmeasured, reason)
                        : (.inconclusive, "the candidate gave none: \(reason)")
                } ?? trouble(check.subject.workload).map { (.inconclusive, $0) }
                ?? check.decision(policy, p)
            judged.status = status
            judged.reason = reason
            return judged
        }
    }

    var isClearedByScreening: Bool { isCleared && !isSuspect }

    private func decision(
        _ policy: Policy, _ p: Double?
    ) -> (RunRecord.Check.Status, String) {
        let margin = RunRecord.Check.percent(rule.margin)
        if let p, p <= policy.alpha, confirm.count >= policy.rounds.least,
            let centre = HodgesLehmann.estimate(confirm), centre > self.margin
        {
            return (
                .regression,
                "worse by \(magnitude(centre)) in \(confirm.count) confirming rounds, "
                    + "more than the margin of \(margin.dropFirst())"
            )
        }
        let readings = passing
        guard readings.count >= policy.rounds.least,
            let interval = HodgesLehmann.interval(readings)
        else {
            let what = isSuspect ? "suspected by screening, but only" : "only"
            return (
                .inconclusive,
                "\(what) \(readings.count) \(isSuspect ? "confirming " : "")rounds; "
                    + "\(policy.rounds.least) decide: give it a larger --budget"
            )
        }
        let range =
            "95 % interval \(shown(interval.lower)) … \(shown(interval.upper)), "
            + "\(readings.count) rounds"
        guard interval.upper < self.margin else {
            return (
                .inconclusive,
                "neither shown worse nor shown within \(margin.dropFirst()): \(range); "
                    + "give it a larger --budget, or a quieter machine"
            )
        }
        if interval.upper < 0, let centre = HodgesLehmann.estimate(readings),
            centre < -self.margin, p ?? Self.pValue(readings) <= policy.alpha
        {
            return (.improvement, "better by \(magnitude(centre)): \(range)")
        }
        return (.pass, "within \(margin.dropFirst()): \(range)")
    }

    /// A worse-is-more log-ratio as the metric's own change.
    private func shown(_ ratio: Double) -> String { RunRecord.Check.percent(change(ratio)) }

    /// The size of a log-ratio, without its sign.
    private func magnitude(_ ratio: Double) -> String {
        String(format: "%.1f %%", abs(change(ratio)) * 100)
    }

    private func change(_ ratio: Double) -> Double {
        Descriptive.relativeChange(logRatio: better == .lower ? ratio : -ratio)
    }

    private func described(
        _ record: RunRecord, _ sides: Sides, _ policy: Policy, _ p: Double?
    ) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: rule.kind.rawValue)
        func median(_ target: String?) -> Double? {
            Descriptive.median(record.samples(subject, of: target).compactMap(\.self))
        }
        check.baselineValue = median(sides.baseline)
        check.candidateValue = median(sides.candidate)
        check.margin = rule.margin
        check.fill(passing.isEmpty ? all : passing, sign: better == .lower ? 1 : -1, policy)
        check.pValue = p ?? check.pValue
        return check
    }

    /// The baseline against its copy: flagged checks of a workload spoil its timed checks.
    static func judgeSentinel(
        _ checks: [TimedCheck], _ policy: Policy, _ record: RunRecord, _ sides: Sides
    ) -> [RunRecord.Check] {
        guard let sentinel = sides.sentinel else { return [] }
        let measured = checks.filter { !$0.sentinel.isEmpty }
        let adjusted = MultipleTesting.holm(measured.map { pValue($0.sentinel) })
        return zip(measured, adjusted).map { check, p in
            let against = Sides(baseline: sides.baseline, candidate: sentinel, sentinel: nil)
            var judged = record.check(check.subject, against, rule: "sentinel")
            judged.fill(check.sentinel, sign: check.better == .lower ? 1 : -1, policy)
            judged.pValue = p
            judged.status = p <= policy.alpha ? .inconclusive : .pass
            judged.reason =
                p <= policy.alpha
                ? "the baseline differs from its own copy by "
                    + RunRecord.Check.percent(judged.effect ?? 0)
                    + ": something besides the servers changed; run again on a quieter machine"
                : "the baseline and its own copy agree"
            return judged
        }
    }
}

extension RunRecord.Check {
    /// Centre, interval and power from worse-is-more log-ratios.
    mutating func fill(_ readings: [Double], sign: Double, _ policy: Policy) {
        pairs = readings.count
        effect = HodgesLehmann.estimate(readings).map {
            Descriptive.relativeChange(logRatio: sign * $0)
        }
        if let interval = HodgesLehmann.interval(readings) {
            let ends = [interval.lower, interval.upper].map {
                Descriptive.relativeChange(logRatio: sign * $0)
            }
            lower = ends.min()
            upper = ends.max()
        }
        detectable = Power.minimumDetectableEffect(readings, alpha: policy.alpha)
            .map(Descriptive.relativeChange)
    }
}
