// All timed checks of a run: what is tested first, what is suspected, and when rounds end.
//
//   pooled    one check per metric over all cells (and metrics that have one load only): where the
//             power is. Which they are is said before anything is measured, so nothing was selected
//             and all rounds may be used. Holm at `pooled_share` of α.
//   cells     every load of the rules that have a `cell_margin`, also on all rounds and all of them
//             in the family, so nothing was selected here either: Holm at the rest of α. Beside
//             that the change must repeat: the rounds after screening, by themselves, have their
//             centre beyond the margin. Deciding on those rounds alone (screening picks suspects,
//             Holm over these) holds α as well, but throws a third of the rounds away.
//   screening the first rounds name suspects (one-sided, Benjamini–Hochberg at `screen_q`), which
//             want `rounds.least` rounds more: it spends rounds and decides nothing.
//
// The two families share α by Bonferroni: a run with nothing worse than its margins is red in at
// most α of all runs, whatever depends on what.
//
// Rounds end by precision, the cap or the budget; never by what they show, and never by precision
// before the tests can reject: n rounds give p ≥ 2⁻ⁿ.
//
// Credits: Holm 1979; Benjamini and Hochberg 1995; ClickHouse's performance tests confirm by fresh
// runs; "stop by precision" after Kruschke, "Doing Bayesian Data Analysis", ch. 13.
import RunRecord
import Statistics

struct TimedFamilies {
    var pooled: [TimedCheck] = []
    var cells: [TimedCheck] = []
    let policy: Policy

    /// - Parameter sums: nil where the only question is whether rounds go on.
    init(_ index: RoundIndex, _ sums: RoundTotals?, _ policy: Policy, _ sides: Sides) {
        self.policy = policy
        var metrics: [String] = []
        var loads: [String: [TimedReadings]] = [:]
        for column in index.timed {
            guard let rule = column.rule else { continue }
            let metric = column.subject.metric
            if loads[metric] == nil { metrics.append(metric) }
            loads[metric, default: []].append(index.readings(column, rule, sides))
        }
        func totals(_ check: TimedCheck, _ subjects: [Subject]) -> RatioOfTotals? {
            sums?.ratio(check.subject.metric, subjects, check.readings.rule, sides)
        }
        for metric in metrics {
            let parts = loads[metric]!
            let isAlone = parts.count == 1
            var whole = TimedCheck(
                isAlone ? parts[0] : index.pooled(parts), isPooled: true, isAlone: isAlone)
            whole.totals = totals(whole, parts.map(\.subject))
            pooled.append(whole)
            guard !isAlone, parts[0].rule.cellMargin != nil else { continue }
            for part in parts {
                var cell = TimedCheck(part, isPooled: false)
                cell.totals = totals(cell, [part.subject])
                cells.append(cell)
            }
        }
        screen()
        if sums != nil { test() }
    }

    /// What neither side was ever read for is not tested and not waited for.
    private static func isRead(_ check: TimedCheck) -> Bool { check.all.count > 0 }

    private mutating func screen() {
        let read = cells.indices.filter { !cells[$0].readings.screen.isEmpty }
        let adjusted = MultipleTesting.benjaminiHochberg(
            read.map { SignedRank(cells[$0].readings.screen).pValue(above: 0) })
        for (index, p) in zip(read, adjusted) { cells[index].isSuspect = p <= policy.screenQ }
    }

    private mutating func test() {
        pooled = Self.tested(pooled, pooled.map(Self.isRead), pooledLevel)
        cells = Self.tested(cells, cells.map(Self.isRead), policy.cellAlpha)
    }

    /// Without cells, nothing has the rest of α.
    private var pooledLevel: Double { cells.isEmpty ? policy.alpha : policy.pooledAlpha }

    private static func tested(
        _ checks: [TimedCheck], _ isTested: [Bool], _ level: Double
    ) -> [TimedCheck] {
        var checks = checks
        let family = checks.indices.filter { isTested[$0] }
        let worse = MultipleTesting.holm(
            family.map { checks[$0].all.pValue(above: checks[$0].margin) })
        for (index, p) in zip(family, worse) { checks[index].pValue = p }
        let better = MultipleTesting.holm(
            checks.map { $0.all.pValue(below: -$0.margin) })
        for index in checks.indices {
            checks[index].improvement = better[index]
            checks[index].level = level
            checks[index].familySize = max(family.count, 1)
        }
        return checks
    }

    // MARK: when rounds end

    private var suspects: Int { cells.count(where: \.isSuspect) }

    /// Rounds of both stages before which not all tests can reject.
    func fewest(screened: Int) -> Int {
        let total = max(
            Policy.fewestRounds(checks: pooled.count(where: Self.isRead), alpha: pooledLevel),
            Policy.fewestRounds(checks: cells.count(where: Self.isRead), alpha: policy.cellAlpha),
            policy.rounds.least)
        return suspects > 0 ? max(total, screened + policy.rounds.least) : total
    }

    /// Whether more rounds would say more.
    func isOpen(screened: Int, confirmed: Int) -> Bool {
        let checks = (pooled + cells).filter(Self.isRead)
        guard !checks.isEmpty else { return false }
        if screened + confirmed < fewest(screened: screened) { return true }
        return checks.contains { $0.imprecision > policy.rounds.precision }
    }

    /// Screening rounds where `affordable` rounds are left in all: of few, the confirming stage
    /// keeps what it needs.
    static func screening(_ policy: Policy, affordable: Int) -> Int {
        min(policy.rounds.screen, max(leastScreen, affordable - policy.rounds.least))
    }

    /// With five rounds, p = 1/32 at best: enough to be suspected at q = 0.5 among sixteen.
    private static let leastScreen = 5
}
