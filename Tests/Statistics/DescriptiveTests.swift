// Centres, spreads and quantiles against closed forms.
import Foundation
import Statistics
import Testing

@Suite struct DescriptiveTests {
    private let samples = [4.0, 1, 3, 2]

    @Test func centreAndSpread() {
        #expect(Descriptive.mean(samples) == 2.5 && Descriptive.median(samples) == 2.5)
        #expect(Descriptive.median([3, 1, 2]) == 2)
        // Σ(x − 2.5)² = 5, over n − 1 = 3.
        #expect(Descriptive.standardDeviation(samples) == (5.0 / 3).squareRoot())
        #expect(Descriptive.relativeSpread([90, 100, 110]) == 0.1)
    }

    /// R 4.3: quantile(c(1, 2, 3, 4, 10), c(.1, .25, .5, .9)), type 7.
    @Test func quantilesAreOfType7() {
        let samples = [10.0, 4, 2, 3, 1]
        for (p, value) in [(0.0, 1.0), (0.1, 1.4), (0.25, 2), (0.5, 3), (0.9, 7.6), (1, 10)] {
            #expect(abs(Descriptive.quantile(samples, p)! - value) < 1e-12, "\(p)")
        }
    }

    @Test func noAnswerIsNil() {
        #expect(Descriptive.mean([]) == nil && Descriptive.median([]) == nil)
        #expect(Descriptive.standardDeviation([1]) == nil)
        #expect(Descriptive.relativeSpread([1]) == nil)
    }

    @Test func logRatios() {
        #expect(abs(Descriptive.relativeChange(logRatio: log(1.05)) - 0.05) < 1e-15)
    }
}
