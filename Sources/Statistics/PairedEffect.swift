// Inference about one number per round: usually the log-ratio of candidate to baseline.
//
// The rounds' effects are taken as a sample, symmetric about the true effect (which pairing within
// a round makes plausible: swapping the servers only changes the sign). Nothing else is assumed, no
// normality and no equal variances:
//
//   centre      Hodges–Lehmann: the median of all Walsh averages (xᵢ + xⱼ)/2, i ≤ j
//   interval    the Walsh averages between the signed-rank test's critical values
//   test        sign flips: how many of the 2ⁿ sign patterns give a sum as extreme as the observed
//   power       the smallest true effect that a sample of this spread and size would have shown
//
// Non-goals: deciding anything (Gate) and pairing rounds (Experiments).
//
// Credits: Hodges and Lehmann 1963; Hollander, Wolfe and Chicken, "Nonparametric Statistical
// Methods", ch. 3; Fisher, "The Design of Experiments", §21; Phipson and Smyth 2010.
import Distributions
import Foundation

/// A range that covers the true value with the stated probability.
public struct ConfidenceInterval: Equatable, Sendable {
    public var lower: Double
    public var upper: Double
    /// The probability of coverage, at least the one asked for: a discrete test does not hit it.
    public var confidence: Double

    public init(lower: Double, upper: Double, confidence: Double) {
        self.lower = lower
        self.upper = upper
        self.confidence = confidence
    }

    public var halfWidth: Double { (upper - lower) / 2 }
    /// Whether a value is in the interval, its ends included.
    public func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// The centre of a symmetric sample, as Hodges and Lehmann estimate it.
public enum HodgesLehmann {
    /// The median of the Walsh averages; nil without samples. 29 % of the samples may be
    /// arbitrarily wrong before it is.
    /// - Complexity: O(n² log n)
    public static func estimate(_ samples: [Double]) -> Double? { SignedRank(samples).centre }

    /// Fewer samples have no interval of 95 %.
    public static let leastSamples = 6

    /// The interval that inverts the signed-rank test; nil where the sample is too small for that
    /// confidence (95 % needs 6 samples, 99 % needs 8, 99.5 % needs 9).
    /// - Parameter confidence: two-sided, 0 … 1.
    public static func interval(
        _ samples: [Double], confidence: Double = 0.95
    ) -> ConfidenceInterval? {
        SignedRank(samples).interval(confidence: confidence)
    }
}

/// The test whether a symmetric sample is centred on 0, by flipping signs.
public enum SignFlipTest {
    /// Which departures from 0 count.
    public enum Alternative: Sendable {
        case twoSided, greater, less
    }

    public struct Outcome: Equatable, Sendable {
        /// Probability, without any effect, of a sum at least as extreme as the observed one.
        public var pValue: Double
        /// True when all sign patterns were counted, false when they were sampled.
        public var isExact: Bool
        /// Patterns looked at.
        public var patterns: Int
    }

    /// Up to here all 2ⁿ patterns are counted, by way of 2 · 2ⁿᐟ² sums: 2³⁰ take 5 ms.
    public static let exactLimit = 30
    /// Patterns drawn above it: p = 0.005 then has a relative standard error of 4.5 %.
    public static let defaultPatterns = 99_999

    /// Tests whether `samples` are centred on 0. Subtract a margin from each for another centre.
    ///
    /// Above ``exactLimit`` samples, p = (hits + 1) / (patterns + 1), which is valid (never too
    /// small on average) and never 0: Phipson and Smyth, "Permutation p-values should never be
    /// zero" (2010).
    /// - Complexity: O(n · 2ⁿᐟ²) up to 30 samples, else O(n · patterns): 5 ms for 50 samples.
    public static func run(
        _ samples: [Double], alternative: Alternative = .twoSided,
        patterns: Int = defaultPatterns, using random: inout some RandomNumberGenerator
    ) -> Outcome {
        let observed = samples.reduce(0, +)
        // Equal sums must count as equal whatever the order of their additions.
        let slack = 1e-9 * samples.reduce(0) { $0 + abs($1) }
        func isExtreme(_ sum: Double) -> Bool {
            switch alternative {
            case .twoSided: abs(sum) >= abs(observed) - slack
            case .greater: sum >= observed - slack
            case .less: sum <= observed + slack
            }
        }
        if samples.count <= exactLimit {
            let all = 1 << samples.count
            let sums = SignedSums(samples)
            let hits =
                switch alternative {
                case .greater: sums.count(atLeast: observed - slack)
                case .less: sums.count(atLeast: -observed - slack)
                // The two tails mirror each other; a sum of 0 is in both.
                case .twoSided:
                    abs(observed) <= slack
                        ? all : 2 * sums.count(atLeast: abs(observed) - slack)
                }
            return Outcome(pValue: Double(hits) / Double(all), isExact: true, patterns: all)
        }
        var hits = 0
        for _ in 0..<patterns where isExtreme(randomlyFlippedSum(samples, &random)) { hits += 1 }
        return Outcome(
            pValue: Double(hits + 1) / Double(patterns + 1), isExact: false, patterns: patterns)
    }

    /// All 2ⁿ sums of a sample under flipped signs, as the sums of its two halves: meeting in the
    /// middle counts them without listing them (Horowitz and Sahni 1974).
    private struct SignedSums {
        private let lower: [Double]
        private let upper: [Double]

        init(_ samples: [Double]) {
            let half = samples.count / 2
            lower = Self.sums(samples[..<half])
            upper = Self.sums(samples[half...])
        }

        /// Ascending.
        private static func sums(_ samples: ArraySlice<Double>) -> [Double] {
            var sums = [0.0]
            sums.reserveCapacity(1 << samples.count)
            for sample in samples {
                let known = sums
                for (index, sum) in known.enumerated() { sums[index] = sum - sample }
                sums += known.lazy.map { $0 + sample }
            }
            return sums.sorted()
        }

        /// Pairs of a lower and an upper sum that reach `limit`.
        func count(atLeast limit: Double) -> Int {
            var count = 0
            var first = upper.count
            for sum in lower {
                // As the lower sum grows, ever more of the upper ones reach the limit with it.
                while first > 0 && sum + upper[first - 1] >= limit { first -= 1 }
                count += upper.count - first
            }
            return count
        }
    }

    private static func randomlyFlippedSum(
        _ samples: [Double], _ random: inout some RandomNumberGenerator
    ) -> Double {
        var sum = 0.0
        var bits: UInt64 = 0
        for (index, sample) in samples.enumerated() {
            if index % 64 == 0 { bits = random.next() }
            // The bit becomes the sign bit: no branch that could be mispredicted.
            sum += Double(bitPattern: sample.bitPattern ^ (bits << 63))
            bits >>= 1
        }
        return sum
    }

    /// The smallest p that `count` samples can give, two-sided: below it nothing is significant.
    public static func smallestPValue(count: Int) -> Double {
        count > exactLimit ? 1 / Double(defaultPatterns + 1) : min(1, exp2(Double(1 - count)))
    }
}

/// What a sample was able to show.
public enum Power {
    /// The smallest true effect that a sample like this one would show with probability `power` in
    /// a two-sided test at level `alpha`: (t(1 − α/2) + t(power)) · s/√n, with n − 1 degrees of
    /// freedom. Nil where the sample is too small for the test to reach `alpha` at all.
    ///
    /// The formula is the t test's. For normal samples of 12 or more the sign-flip test has that
    /// power within two points (simulated; a test checks 12); with six it has 62 % instead of 80 %,
    /// because it can hardly reach 0.05 there. Outliers enlarge the answer: it errs on the safe
    /// side.
    public static func minimumDetectableEffect(
        _ samples: [Double], alpha: Double = 0.05, power: Double = 0.8
    ) -> Double? {
        guard let deviation = Descriptive.standardDeviation(samples),
            SignFlipTest.smallestPValue(count: samples.count) <= alpha
        else { return nil }
        let degrees = samples.count - 1
        let factor =
            StudentT.quantile(1 - alpha / 2, degrees: degrees)
            + StudentT.quantile(power, degrees: degrees)
        return factor * deviation / Double(samples.count).squareRoot()
    }

    /// What the deviation of normal samples is at most, with that confidence, where `count` of them
    /// scatter by `deviation`; nil of fewer than two. χ² by Wilson and Hilferty's normal
    /// approximation (1931), within 1 % from five samples on.
    public static func deviationBound(
        _ deviation: Double, count: Int, confidence: Double = 0.9
    ) -> Double? {
        guard count >= 2, deviation.isFinite else { return nil }
        let degrees = Double(count - 1)
        let spread = 2 / (9 * degrees)
        let root = 1 - spread + Normal.quantile(1 - confidence) * spread.squareRoot()
        guard root > 0 else { return nil }
        return deviation / (root * root * root).squareRoot()
    }

    /// The smallest true effect that the one-sided signed-rank test of "above `margin`" at level
    /// `alpha` would show with probability `power`, in a sample of this spread and size; nil where
    /// `count` samples cannot reach `alpha`. The test needs 1/0.955 of the t test's samples (its
    /// efficiency for normal ones: Hodges and Lehmann 1956).
    public static func detectable(
        beyond margin: Double, deviation: Double, count: Int, alpha: Double, power: Double = 0.8
    ) -> Double? {
        guard count >= 2, exp2(-Double(count)) <= alpha, alpha < 1 else { return nil }
        let factor =
            StudentT.quantile(1 - alpha, degrees: count - 1)
            + StudentT.quantile(power, degrees: count - 1)
        return margin + factor * deviation / (0.955 * Double(count)).squareRoot()
    }
}
