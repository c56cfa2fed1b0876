// One timed check: its test, its interval, and what follows from them.
//
//   regression     the one-sided signed-rank test rejects "no worse than the margin", adjusted by
//                  Holm for the family, at the family's share of α; of a single cell, the rounds
//                  after screening show it by themselves, too
//   pass           the 95 % interval (of the same test) ends below the margin, and the totals do
//                  not contradict it
//   inconclusive   else
//
// The centre is robust: it says what a typical round shows. What happens in few rounds is in the
// totals. A check whose totals are worse than its margin, or worse than its centre by more than
// they scatter, never passes: some rounds differ, and they belong to the candidate as much as the
// others.
import Foundation
import RunRecord
import Statistics

struct TimedCheck {
    let readings: TimedReadings
    /// As a log-ratio, or a difference.
    let margin: Double
    /// All rounds.
    let all: SignedRank
    /// Nil where the metric has none.
    var totals: RatioOfTotals?
    /// Belongs to the checks that are tested first, on all rounds: pooled, or of a single load.
    let isPooled: Bool
    /// Of a cell: the screening rounds ask for fresh ones.
    var isSuspect = false
    /// Adjusted for the family; nil where it is not tested.
    var pValue: Double?
    /// Adjusted for the family: that it is better by more than the margin.
    var improvement = 1.0
    /// The family's level and size: its first is tested at level/size.
    var level = 1.0
    var familySize = 1

    init(_ readings: TimedReadings, isPooled: Bool, isAlone: Bool = false) {
        self.readings = readings
        self.isPooled = isPooled
        let rule = readings.rule
        let whole = rule.marginAbsolute ?? rule.margin
        let limit = isPooled && !isAlone ? whole : rule.cellMargin ?? whole
        // A share for the worse is a larger step on the way down: throughput −5 % is log(1/0.95).
        margin =
            rule.isDifference ? limit : readings.better == .lower ? log1p(limit) : -log1p(-limit)
        all = SignedRank(readings.all)
    }

    var subject: Subject { readings.subject }

    /// Half-width of the interval over the margin; infinite where there is none.
    var imprecision: Double {
        all.interval().map { $0.halfWidth / max(margin, 1e-12) }
            ?? .infinity
    }

    /// Why the totals forbid a pass; nil where they do not.
    var contradiction: RatioOfTotals? {
        guard let totals, let centre = all.centre else { return nil }
        let isWorse = totals.estimate > margin
        let differs = totals.interval(confidence: Self.totalsConfidence).lower > centre
        return isWorse || differs ? totals : nil
    }

    /// Of the totals' interval, two-sided: one check in 200 is contradicted by chance at most.
    static let totalsConfidence = 0.99

    var isRegression: Bool {
        guard let pValue, pValue <= level else { return false }
        return isPooled || repeats
    }

    /// Whether the rounds after screening show the change by themselves.
    private var repeats: Bool {
        SignedRank(readings.confirm).centre.map { $0 > margin } ?? false
    }

    func isPass(_ policy: Policy) -> Bool {
        guard all.count >= policy.rounds.least, let interval = all.interval() else { return false }
        return interval.upper < margin && contradiction == nil
    }

    var isImprovement: Bool { improvement <= level }
}
