// What earlier rules got wrong, by simulation: each rule as it was, in a few lines, beside the one
// that holds now. The old one must fail here, or the test shows nothing.
//
//   the margin outside of the test       theMarginIsInTheTest
//   too few rounds for the family        roundsDoNotEndBeforeTheFamilyCanDecide
//   the copy in the contrast             theUpperEndCoversWhateverLaunchesScatterBy
//   sums tested, ranks shown             anIntervalBeyondTheMarginIsARegression
//   shuffled rounds taken as independent intervalsOfResampledGatesHoldTheTrueShare (RoundPoolTests)
//   "could see" without the margin       whatCouldBeSeenIsSeen, gatesFindWhatTheySayTheyCouldSee
//   one slow round, screening alone      aSlowLaunchEndsNothing, aShortBudgetIsNotSpentOnScreening
import Distributions
import Foundation
import Gate
import RunRecord
import Statistics
import Testing

extension Xoshiro256PlusPlus {
    fileprivate mutating func normal() -> Double {
        (-2 * log(1 - nextUnit())).squareRoot() * cos(2 * .pi * nextUnit())
    }

    /// A launch's log time: normal, and one in so many far off.
    fileprivate mutating func launch(_ deviation: Double, off: Double, by size: Double) -> Double {
        deviation * normal() + (nextUnit() < off ? size : 0)
    }
}

@Suite struct EarlierRuleTests {
    private static let alpha = Policy().alpha

    /// Tests "differs at all" at α, then asks whether the centre lies beyond the margin: α holds at
    /// no change alone. 0.5 points below the margin it was red in a tenth of the gates.
    private func wasRegression(
        _ sample: [Double], margin: Double, _ random: inout Xoshiro256PlusPlus
    ) -> Bool {
        SignFlipTest.run(sample, using: &random).pValue <= Self.alpha
            && HodgesLehmann.estimate(sample)! > margin
    }

    @Test func theMarginIsInTheTest() {
        var random = Xoshiro256PlusPlus(seed: 2)
        for (truth, oldAtLeast) in [(0.02, 0.06), (0.025, 0.35)] {
            let trials = 400
            var (old, new) = (0, 0)
            for _ in 0..<trials {
                let sample = (0..<20).map { _ in truth + 0.02 * random.normal() }
                old += wasRegression(sample, margin: 0.025, &random) ? 1 : 0
                new += SignedRank(sample).pValue(above: 0.025) <= Self.alpha ? 1 : 0
            }
            #expect(Double(old) > oldAtLeast * Double(trials), "\(truth): \(old)")
            // 0.005 of 400 is 2; six or more have a probability of 1 in 60 at the margin.
            #expect(new <= 5, "\(truth): \(new)")
        }
    }

    /// Rounds ended with the twelfth, for all intervals were precise: twelve give p ≥ 2/4096, and
    /// Holm asks the first of twelve checks for 0.005/12.
    @Test func roundsDoNotEndBeforeTheFamilyCanDecide() {
        var random = Xoshiro256PlusPlus(seed: 3)
        let checks = (0..<12).map { _ in
            SignFlipTest.run((0..<12).map { _ in 0.1 + 0.012 * random.normal() }, using: &random)
                .pValue
        }
        #expect(checks.allSatisfy { $0 == 2.0 / 4096 })
        #expect(MultipleTesting.holm(checks).allSatisfy { $0 > Self.alpha })

        var model = RoundModel()
        model.cell = 0.012
        model.throughput = 0.012
        let row = SelfTest.modelled("", Policy(), model, .everyCell(0.1), gates: 20, seed: 7)
        #expect(row.regressions == 20, "\(row)")
    }

    /// With one launch in ten 8 % off, c − (a + b)/2 is lopsided: its upper end falls below the
    /// truth the oftener, the more rounds there are, and every such gate is a false pass.
    @Test func theUpperEndCoversWhateverLaunchesScatterBy() {
        for (rounds, oldAtLeast) in [(12, 0.03), (60, 0.05)] {
            var random = Xoshiro256PlusPlus(seed: UInt64(rounds))
            let trials = 2_000
            var (old, new) = (0, 0)
            for _ in 0..<trials {
                var (contrasts, pairs): ([Double], [Double]) = ([], [])
                for _ in 0..<rounds {
                    let sides = (0..<3).map { _ in random.launch(0.015, off: 0.1, by: 0.08) }
                    contrasts.append(sides[2] - (sides[0] + sides[1]) / 2)
                    pairs.append(sides[2] - sides[0])
                }
                old += SignedRank(contrasts).interval()!.upper < 0 ? 1 : 0
                new += SignedRank(pairs).interval()!.upper < 0 ? 1 : 0
            }
            #expect(Double(old) > oldAtLeast * Double(trials), "\(rounds): \(old)")
            // Three standard errors of 0.025 in 2,000.
            #expect(Double(new) < 0.0355 * Double(trials), "\(rounds): \(new)")
        }
    }

    /// A sign-flip test of sums loses its power to outlier rounds, the interval does not: a true
    /// +5 % was left open beside an interval that lay beyond the margin.
    @Test func anIntervalBeyondTheMarginIsARegression() {
        var random = Xoshiro256PlusPlus(seed: 5)
        let margin = 0.02
        let trials = 200
        var old = 0
        for _ in 0..<trials {
            let sample = (0..<20).map { _ in
                0.05 + 0.012 * random.normal()
                    + (random.nextUnit() < 0.1 ? (random.nextUnit() < 0.5 ? -0.4 : 0.4) : 0)
            }
            let ranks = SignedRank(sample)
            // Two-sided, so that its lower end is what the one-sided test at α does not reject.
            let interval = ranks.interval(confidence: 1 - 2 * Self.alpha)!
            let p = SignFlipTest.run(sample.map { $0 - margin }, using: &random).pValue
            old += interval.lower > margin && p > Self.alpha ? 1 : 0
            #expect((interval.lower > margin) == (ranks.pValue(above: margin) <= Self.alpha))
        }
        #expect(Double(old) > 0.1 * Double(trials), "\(old)")
    }

    /// "Could see" was the t test's answer for "differs at all" at α: without the margin, and
    /// without the other checks.
    @Test func whatCouldBeSeenIsSeen() throws {
        var random = Xoshiro256PlusPlus(seed: 7)
        let (margin, deviation, rounds) = (0.015, 0.013, 34)
        let level = Self.alpha / 7
        func found(_ effect: Double) -> Double {
            let trials = 500
            let hits = (0..<trials).count { _ in
                let sample = (0..<rounds).map { _ in effect + deviation * random.normal() }
                return SignedRank(sample).pValue(above: margin) <= level
            }
            return Double(hits) / Double(trials)
        }
        let sample = (0..<rounds).map { _ in deviation * random.normal() }
        let was = try #require(Power.minimumDetectableEffect(sample, alpha: Self.alpha))
        let now = try #require(
            Power.detectable(
                beyond: margin, deviation: deviation, count: rounds, alpha: level, power: 0.8))
        #expect(found(was) < 0.02, "\(was)")
        // Four standard errors of 0.8 in 500.
        #expect(abs(found(now) - 0.8) < 0.072, "\(now): \(found(now))")
    }

    /// What a gate prints as visible is what the next one finds, four times of five.
    @Test func gatesFindWhatTheySayTheyCouldSee() throws {
        let policy = timedPolicy()
        var measurer = ModelMeasurer(RoundModel(), .nothing, policy, seed: 4)
        let verdict = Gate(policy, sides).run(with: &measurer).verdict
        let cpu = try #require(
            verdict.checks.first { $0.metric == Metric.serverCPU.id && $0.cells != nil })
        let visible = try #require(cpu.detectable)
        #expect(visible > 0.018 && visible < 0.04, "\(visible)")
        let row = SelfTest.modelled(
            "", policy, RoundModel(), .everyCell(visible), gates: 40, seed: 8)
        #expect(row.regressions >= 24, "\(visible): \(row)")
    }

    // MARK: budgets

    /// A measurer whose first round takes longer: a server that fills its caches, or compiles.
    private struct SlowStart: OfflineMeasurer {
        var rounds: ModelMeasurer
        var first = 50.0

        mutating func answer(
            _ need: Need, _ sides: Sides, _ record: inout RunRecord
        ) -> Double {
            defer { first = 0 }
            return rounds.answer(need, sides, &record) / 5 + first
        }
    }

    /// The pace of one round was believed.
    private func wasGivenUp(after seconds: Double, _ policy: Policy) -> Bool {
        (policy.budgetSeconds - seconds) / seconds < Double(policy.rounds.least - 1)
    }

    /// Eleven more rounds of 52 s are more than the budget: the run ended, 68 of 120 s unused.
    @Test func aSlowLaunchEndsNothing() throws {
        var policy = timedPolicy()
        policy.budgetSeconds = 120
        #expect(wasGivenUp(after: 52, policy))
        var measurer = SlowStart(
            rounds: ModelMeasurer(RoundModel(), .everyCell(0.1), policy, seed: 1))
        let (verdict, record) = Gate(policy, sides).run(with: &measurer)
        #expect(verdict.exitCode == 2, "\(verdict.reasons)")
        #expect(try #require(verdict.basis).spentSeconds > 100)
        #expect(Set(record.rounds.map(\.round)).count >= 24)
    }

    /// Twenty rounds were screened, and only the rounds after these decided: a budget for twenty
    /// left none.
    @Test func aShortBudgetIsNotSpentOnScreening() {
        var policy = timedPolicy()
        policy.budgetSeconds = 205
        var measurer = ModelMeasurer(RoundModel(), .everyCell(0.094), policy, seed: 1)
        let (verdict, record) = Gate(policy, sides).run(with: &measurer)
        func rounds(_ stage: String) -> Int {
            Set(record.rounds.filter { $0.stage == stage }.map(\.round)).count
        }
        #expect(rounds("screen") + rounds("confirm") - 20 < policy.rounds.least)
        #expect(rounds("confirm") >= policy.rounds.least)
        #expect(verdict.exitCode == 2, "\(verdict.reasons)")
    }
}
