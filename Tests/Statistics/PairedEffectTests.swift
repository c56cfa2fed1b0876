// Sign flips and signed ranks on textbooks' data, against printed results.
import Distributions
import Foundation
import Statistics
import Testing

@Suite struct PairedEffectTests {
    /// Darwin's maize: heights of crossed less self-fertilised plants of 15 pairs, in 1/8 inch.
    private let maize: [Double] = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    /// Hamilton's depression scores after less before a tranquillizer, nine patients.
    private let depression: [Double] = zip(
        [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
        [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30]
    ).map { $0 - $1 }

    private var random = Xoshiro256PlusPlus(seed: 42)

    /// Fisher (The Design of Experiments, §21) counted 863 of the 32,768 patterns on either side.
    @Test mutating func fishersCountOfTheMaize() {
        let outcome = SignFlipTest.run(maize, using: &random)
        #expect(outcome.isExact && outcome.patterns == 32_768)
        #expect(outcome.pValue == 1726.0 / 32_768)
        let greater = SignFlipTest.run(maize, alternative: .greater, using: &random)
        #expect(greater.pValue == 863.0 / 32_768)
        let less = SignFlipTest.run(maize, alternative: .less, using: &random)
        #expect(less.pValue == (32_768.0 - 835) / 32_768)
    }

    @Test mutating func smallSamplesHaveClosedForms() {
        #expect(SignFlipTest.run([], using: &random).pValue == 1)
        #expect(SignFlipTest.run([5], using: &random).pValue == 1)
        #expect(SignFlipTest.run([1, 2, 3], using: &random).pValue == 0.25)
        #expect(SignFlipTest.run([0, 0, 0, 0], using: &random).pValue == 1)
        // Equal sums in another order of additions are equal: 0.1 + 0.2 + 0.3 against 0.3 + …
        let tenths = [0.1, 0.2, 0.3, -0.6, 0.7]
        #expect(SignFlipTest.run(tenths, using: &random).pValue == 18.0 / 32)
        let all = [Double](repeating: 1, count: 12)
        #expect(SignFlipTest.run(all, using: &random).pValue == 2.0 / 4096)
        #expect(SignFlipTest.smallestPValue(count: 12) == 2.0 / 4096)
    }

    /// Counting by halves agrees with looking at every pattern, ties and zeros included.
    @Test mutating func countingByHalvesIsExact() {
        for count in 1...9 {
            let samples = (0..<count).map { _ in Double(Int.random(in: -3...4, using: &random)) }
            let observed = samples.reduce(0, +)
            var hits = (greater: 0, twoSided: 0)
            for pattern in 0..<1 << count {
                let sum = samples.enumerated().reduce(0) {
                    $0 + (pattern >> $1.offset & 1 == 1 ? -$1.element : $1.element)
                }
                hits.greater += sum >= observed ? 1 : 0
                hits.twoSided += abs(sum) >= abs(observed) ? 1 : 0
            }
            let all = Double(1 << count)
            let greater = SignFlipTest.run(samples, alternative: .greater, using: &random)
            #expect(greater.pValue == Double(hits.greater) / all, "\(samples)")
            #expect(
                SignFlipTest.run(samples, using: &random).pValue == Double(hits.twoSided) / all,
                "\(samples)")
        }
    }

    @Test mutating func sampledPatternsAgreeWithCountedOnes() {
        // 15 pairs and 20 that change nothing: too many to count, the same p by construction.
        let padded = maize + [Double](repeating: 0, count: 20)
        let outcome = SignFlipTest.run(padded, using: &random)
        #expect(!outcome.isExact)
        // Four standard errors of a share of 0.0527 in 99,999 draws.
        #expect(abs(outcome.pValue - 1726.0 / 32_768) < 0.0029)
        var again = Xoshiro256PlusPlus(seed: 7)
        var once = Xoshiro256PlusPlus(seed: 7)
        #expect(
            SignFlipTest.run(padded, patterns: 999, using: &again)
                == SignFlipTest.run(padded, patterns: 999, using: &once))
        let far = [Double](repeating: 1, count: 31)
        #expect(SignFlipTest.run(far, patterns: 999, using: &random).pValue == 0.001)
    }

    /// Hollander, Wolfe and Chicken, examples 3.3 and 3.4: −0.46, and (−0.786, −0.010) at 96.1 %.
    @Test func hodgesLehmannOfTheDepressionScores() {
        #expect(abs(HodgesLehmann.estimate(depression)! + 0.46) < 1e-9)
        let interval = HodgesLehmann.interval(depression, confidence: 0.96)!
        #expect(abs(interval.lower + 0.786) < 1e-9)
        #expect(abs(interval.upper + 0.010) < 1e-9)
        #expect(abs(interval.confidence - 0.961) < 5e-4)
    }

    @Test func smallSamplesHaveNoInterval() {
        #expect(HodgesLehmann.estimate([]) == nil && HodgesLehmann.interval([]) == nil)
        #expect(HodgesLehmann.estimate([7]) == 7)
        for (count, confidence) in [(6, 0.95), (8, 0.99), (9, 0.995)] {
            let samples = (1...count).map(Double.init)
            #expect(HodgesLehmann.interval(samples.dropLast(), confidence: confidence) == nil)
            let interval = HodgesLehmann.interval(samples, confidence: confidence)
            #expect(interval?.lower == 1 && interval?.upper == Double(count), "\(count)")
            #expect(interval!.contains(2) && !interval!.contains(0.5))
        }
    }

    @Test func normalApproximationContinuesTheExactInterval() {
        var random = Xoshiro256PlusPlus(seed: 9)
        let many = (0..<201).map { _ in gaussian(&random) }
        let exact = HodgesLehmann.interval(Array(many.prefix(200)))!
        let approximate = HodgesLehmann.interval(many)!
        #expect(abs(exact.halfWidth / approximate.halfWidth - 1) < 0.02)
    }

    /// Intervals cover the truth as often as they say: normal, heavy-tailed, flat samples.
    @Test func coverage() {
        var random = Xoshiro256PlusPlus(seed: 2026)
        let shapes: [(String, (inout Xoshiro256PlusPlus) -> Double)] = [
            ("normal", { gaussian(&$0) }),
            ("Laplace", { log($0.nextUnit() + 1e-300) * ($0.next() & 1 == 0 ? 1 : -1) }),
            ("uniform", { $0.nextUnit() - 0.5 }),
        ]
        for (name, draw) in shapes {
            for count in [6, 12, 25] {
                let trials = 2000
                var covered = 0
                var promised = 0.0
                for _ in 0..<trials {
                    let samples = (0..<count).map { _ in 3 + draw(&random) }
                    let interval = HodgesLehmann.interval(samples)!
                    covered += interval.contains(3) ? 1 : 0
                    promised = interval.confidence
                }
                // Four standard errors of a share near 0.95 in 2000 trials.
                #expect(
                    abs(Double(covered) / Double(trials) - promised) < 0.0195, "\(name) \(count)")
                #expect(promised >= 0.95, "\(count)")
            }
        }
    }

    @Test func detectableEffectIsDetectedAsOftenAsItSays() {
        #expect(Power.minimumDetectableEffect([1]) == nil)
        #expect(Power.minimumDetectableEffect([1, 2, 3, 4, 5]) == nil)
        #expect(Power.minimumDetectableEffect([1, 2, 3, 4, 5, 6]) != nil)
        #expect(Power.minimumDetectableEffect([1, 2, 3, 4, 5, 6], alpha: 0.01) == nil)
        // s = 1, n = 10: (2.262 + 0.883)/√10.
        let unit = [-1.0, 1, -1, 1, -1, 1, -1, 1, -1, 1].map { $0 * 0.9.squareRoot() }
        #expect(abs(Power.minimumDetectableEffect(unit)! - 0.9946) < 5e-4)

        var random = Xoshiro256PlusPlus(seed: 77)
        let trials = 1500
        var found = 0
        // The effect that a sample of 12 with σ = 1 should show in 80 % of trials.
        let effect =
            (StudentT.quantile(0.975, degrees: 11) + StudentT.quantile(0.8, degrees: 11))
            / 12.0.squareRoot()
        for _ in 0..<trials {
            let samples = (0..<12).map { _ in effect + gaussian(&random) }
            found += SignFlipTest.run(samples, using: &random).pValue <= 0.05 ? 1 : 0
        }
        #expect(abs(Double(found) / Double(trials) - 0.8) < 0.05)
    }

    /// χ² of tables at 10 %: 4.168 with 9 degrees of freedom, 11.651 with 19, 63.380 with 79.
    @Test func aScatterIsAtMostItsBound() throws {
        for (count, chiSquare) in [(10, 4.168), (20, 11.651), (80, 63.380)] {
            let exact = 0.03 * (Double(count - 1) / chiSquare).squareRoot()
            let bound = try #require(Power.deviationBound(0.03, count: count))
            #expect(abs(bound / exact - 1) < 0.01, "\(count): \(bound)")
        }
        #expect(Power.deviationBound(0.03, count: 1) == nil)
        #expect(Power.deviationBound(.infinity, count: 10) == nil)
    }
}

/// A standard normal number, by Box and Muller.
private func gaussian(_ random: inout Xoshiro256PlusPlus) -> Double {
    (-2 * log(1 - random.nextUnit())).squareRoot() * cos(2 * .pi * random.nextUnit())
}
