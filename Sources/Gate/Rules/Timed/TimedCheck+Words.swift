// A timed check as the record keeps it, with the sentence that a person reads.
import Quantities
import RunRecord
import Statistics

extension TimedCheck {
    private var sign: Double { readings.better == .lower ? 1 : -1 }

    /// - Parameters:
    ///   - trouble: why the metric's rounds are not sound; nil where they are.
    ///   - absence: why there is no reading; nil where there are some.
    func judged(
        _ record: RunRecord, _ policy: Policy, _ sides: Sides, trouble: String?, absence: String?
    ) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: Rule.Kind.timed.rawValue)
        check.conditions = subject.conditions ?? [:]
        check.cells = readings.cells > 1 ? readings.cells : nil
        check.isDifference = readings.rule.isDifference
        let passes = isPass(policy)
        fill(&check, all, record, sides)
        if let absence {
            check.status = .unmeasured
            check.reason = absence
        } else if let trouble {
            check.reason = trouble
        } else if isRegression {
            check.status = .regression
            check.reason = regressionWords(check, all)
        } else if passes {
            check.status = isImprovement ? .improvement : .pass
            check.reason =
                (isImprovement ? "better by \(size(all.centre ?? 0)): " : "within \(limit): ")
                + range(check, all)
        } else {
            check.reason = openWords(check, all)
        }
        return check
    }

    /// The baseline's copy against it, where `self` is the candidate's check of that metric.
    func judgedSentinel(
        _ ranks: SignedRank, _ p: Double, _ policy: Policy, _ record: RunRecord, _ sides: Sides
    ) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: "sentinel")
        check.conditions = subject.conditions ?? [:]
        check.cells = readings.cells > 1 ? readings.cells : nil
        check.isDifference = readings.rule.isDifference
        check.pairs = ranks.count
        check.effect = ranks.centre.map(change)
        if let interval = ranks.interval() { (check.lower, check.upper) = ends(interval) }
        check.pValue = p
        check.status = p <= policy.alpha ? .inconclusive : .pass
        check.reason =
            p <= policy.alpha
            ? "the baseline differs from its own copy by \(signed(check.effect ?? 0)): something "
                + "besides the servers changed; run again on a quieter machine"
            : "the baseline and its own copy agree"
        return check
    }

    private func fill(
        _ check: inout RunRecord.Check, _ shown: SignedRank, _ record: RunRecord, _ sides: Sides
    ) {
        check.pairs = shown.count
        check.margin = readings.rule.isDifference ? margin : abs(change(margin))
        check.effect = shown.centre.map(change)
        if let interval = shown.interval() { (check.lower, check.upper) = ends(interval) }
        check.pValue = pValue
        check.detectable = detectable.map { abs(change($0)) }
        if let totals {
            let (lower, upper) = ends(totals.interval(confidence: 0.95))
            check.totals = .init(effect: change(totals.estimate), lower: lower, upper: upper)
        }
        guard readings.cells == 1 else { return }
        // The level is the baseline's own; the candidate's follows from the effect, for the two
        // medians differ by what their rounds have in common as well.
        let level = Descriptive.median(
            record.samples(subject, of: sides.baseline).compactMap(\.self))
        check.baselineValue = level
        check.candidateValue = level.flatMap { level in
            check.effect.map { readings.rule.isDifference ? level + $0 : level * (1 + $0) }
        }
    }

    /// The smallest change that these rounds would have shown as a regression in 8 of 10 runs.
    private var detectable: Double? {
        let sample = readings.all
        guard let deviation = Descriptive.standardDeviation(sample) else { return nil }
        return Power.detectable(
            beyond: margin, deviation: deviation, count: sample.count,
            alpha: level / Double(familySize))
    }

    // MARK: numbers

    /// A worse-is-more reading as the metric's own change.
    private func change(_ reading: Double) -> Double {
        readings.rule.isDifference
            ? sign * reading : Descriptive.relativeChange(logRatio: sign * reading)
    }

    private func ends(_ interval: ConfidenceInterval) -> (Double, Double) {
        let ends = [change(interval.lower), change(interval.upper)].sorted()
        return (ends[0], ends[1])
    }

    private func size(_ reading: Double) -> String {
        let size = abs(change(reading))
        guard readings.rule.isDifference else { return size.percent() }
        return RunRecord.Check.amount(size, Metric.named(subject.metric)?.unit ?? .ratio)
    }

    private func signed(_ change: Double) -> String {
        readings.rule.isDifference
            ? (change < 0 ? "−" : "+")
                + RunRecord.Check.amount(
                    abs(change), Metric.named(subject.metric)?.unit ?? .ratio)
            : change.changeText
    }

    private var limit: String { "the margin of \(size(margin))" }

    private func range(_ check: RunRecord.Check, _ shown: SignedRank) -> String {
        let rounds = shown.count == 1 ? "1 round" : "\(shown.count) rounds"
        guard let lower = check.lower, let upper = check.upper else { return rounds }
        return "95 % interval \(signed(lower)) … \(signed(upper)), \(rounds)"
    }

    // MARK: sentences

    private func regressionWords(_ check: RunRecord.Check, _ shown: SignedRank) -> String {
        let chance = max(pValue ?? 1, 1e-9)
        let odds = Int(saturating: 1 / chance)
        return "worse by \(size(shown.centre ?? 0)), more than \(limit): "
            + range(check, shown)
            + "; by chance in less than 1 of \(min(odds, 1_000_000)) runs; " + onsetWords
    }

    private func openWords(_ check: RunRecord.Check, _ shown: SignedRank) -> String {
        if let contradiction, let interval = all.interval(), interval.upper < margin {
            return "some rounds differ: a typical one shows \(signed(change(all.centre ?? 0))), "
                + "the totals of all \(signed(change(contradiction.estimate))) "
                + "(\(reach(contradiction))); something rare costs the candidate more"
        }
        let seen = "\(signed(check.effect ?? 0)), " + range(check, shown)
        return isSuspect
            ? "suspected, not confirmed: \(seen), margin \(size(margin))"
            : "neither beyond nor within \(limit): \(seen)"
    }

    private func reach(_ totals: RatioOfTotals) -> String {
        let (lower, upper) = ends(totals.interval(confidence: Self.totalsConfidence))
        return "99 % interval \(signed(lower)) … \(signed(upper))"
    }

    /// Since when in this run: a change that was not there from the start is told.
    private var onsetWords: String {
        let values = readings.all
        let beyond = values.count { $0 > margin }
        let share = "beyond the margin in \(beyond) of \(values.count) rounds"
        guard let onset = Onset.find(values), onset.before < margin, onset.after > margin else {
            return "since the first round, \(share)"
        }
        return "since round \(onset.round + 1) of \(values.count) "
            + "(before it \(signed(change(onset.before))), after it "
            + "\(signed(change(onset.after))))"
    }

}

/// Where a series of rounds steps up.
enum Onset {
    /// The split that explains most of the scatter; nil where no step is larger than what scatters.
    /// - Returns: the first round after the step, and the medians on both sides.
    static func find(
        _ values: [Double]
    ) -> (round: Int, before: Double, after: Double)? {
        // Three rounds on a side: fewer are outliers.
        guard values.count >= 6, let mean = Descriptive.mean(values) else { return nil }
        let all = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        var best: (round: Int, explained: Double)?
        var sum = values.prefix(2).reduce(0) { $0 + $1 - mean }
        for split in 3...(values.count - 3) {
            sum += values[split - 1] - mean
            let (n, m) = (Double(split), Double(values.count - split))
            let explained = sum * sum * (1 / n + 1 / m)
            if explained > best?.explained ?? 0 { best = (split, explained) }
        }
        // Five deviations of a mean: a split chosen among many is seldom that clear by chance.
        guard let best, all > 0,
            best.explained > 25 * (all - best.explained) / Double(values.count - 2),
            let before = Descriptive.median(Array(values.prefix(best.round))),
            let after = Descriptive.median(Array(values.dropFirst(best.round)))
        else { return nil }
        return (best.round, before, after)
    }
}

extension RunRecord.Check {
    /// A size in the metric's unit, as people write it.
    static func amount(_ value: Double, _ unit: Metric.Unit) -> String {
        switch unit {
        case .ratio: value.pointsText
        case .nanoseconds:
            if Nanoseconds.value(value, in: .milliseconds) >= 1 {
                "\(Nanoseconds.value(value, in: .milliseconds).fixed(1)) ms"
            } else {
                "\(Nanoseconds.value(value, in: .microseconds).fixed(1)) µs"
            }
        default: "\(value.significant(3)) \(unit.rawValue)"
        }
    }
}
