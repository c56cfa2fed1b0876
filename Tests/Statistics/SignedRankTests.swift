// The signed-rank test and its interval: closed forms, and the level that it holds.
import Distributions
import Foundation
import Statistics
import Testing

private func gaussian(_ random: inout Xoshiro256PlusPlus) -> Double {
    (-2 * log(1 - random.nextUnit())).squareRoot() * cos(2 * .pi * random.nextUnit())
}

@Suite struct SignedRankTests {
    @Test func smallSamplesHaveClosedForms() {
        #expect(SignedRank([]).pValue(above: 0) == 1 && SignedRank([]).centre == nil)
        #expect(SignedRank([1]).pValue(above: 0) == 0.5)
        #expect(SignedRank([1, 2, 3, 4, 5]).pValue(above: 0) == 1.0 / 32)
        #expect(SignedRank([1, 2, 3, 4, 5]).pValue(below: 0) == 1)
        // One of five against, the smallest: 2 of 32 patterns.
        #expect(SignedRank([-1, 2, 3, 4, 5]).pValue(above: 0) == 2.0 / 32)
        // What equals the margin speaks against it.
        #expect(SignedRank([1, 1, 1, 1]).pValue(above: 1) == 1)
    }

    /// The interval is what the tests do not reject: sums and ranks disagreed over outliers.
    @Test func theIntervalIsTheTestsOwn() {
        var random = Xoshiro256PlusPlus(seed: 5)
        for count in 6...40 {
            let sample = (0..<count).map { _ in
                gaussian(&random) + (random.nextUnit() < 0.1 ? 20 : 0)
            }
            let ranks = SignedRank(sample)
            let interval = ranks.interval()!
            let tail = (1 - interval.confidence) / 2 + 1e-12
            #expect(ranks.pValue(above: interval.lower - 1e-9) <= tail)
            #expect(ranks.pValue(above: interval.lower + 1e-9) > tail)
            #expect(ranks.pValue(below: interval.upper + 1e-9) <= tail)
            #expect(ranks.pValue(below: interval.upper - 1e-9) > tail)
        }
    }

    /// A true effect of the margin is "above" it in α of samples.
    @Test func theLevelHoldsAtTheMargin() {
        var random = Xoshiro256PlusPlus(seed: 6)
        let trials = 4_000
        let hits = (0..<trials).count { _ in
            SignedRank((0..<20).map { _ in 2 + gaussian(&random) }).pValue(above: 2) <= 0.05
        }
        #expect(abs(Double(hits) / Double(trials) - 0.049) < 0.012, "\(hits)")
    }

    @Test func binomialIntervalsAreTheTextbooks() {
        let none = Binomial.interval(0, of: 14, confidence: 0.95)
        #expect(none.lower == 0 && abs(none.upper - 0.2316) < 1e-4)
        let some = Binomial.interval(5, of: 10, confidence: 0.95)
        #expect(abs(some.lower - 0.1871) < 1e-4 && abs(some.upper - 0.8129) < 1e-4)
        #expect(Binomial.interval(0, of: 0, confidence: 0.95).upper == 1)
    }

    /// One round in ten with ten times the cost: the ratio of totals sees it, a centre does not.
    @Test func ratiosOfTotalsSeeWhatIsRare() throws {
        let rounds = (0..<40).map { round in
            [
                RatioOfTotals.Entry(
                    before: (100, 100), after: (round % 10 == 0 ? 1_000 : 100, 100))
            ]
        }
        let ratio = try #require(RatioOfTotals(rounds))
        #expect(abs(ratio.estimate - log(1.9)) < 1e-9)
        #expect(ratio.interval(confidence: 0.95).lower > 0)
        #expect(RatioOfTotals(Array(rounds.prefix(2))) == nil)
        #expect(RatioOfTotals([[.init(before: (0, 1), after: (1, 1))]]) == nil)
    }
}
