// Levels of servers that took turns on a machine that drifts.
import Foundation
import Statistics
import Testing

@Suite struct AlternatedReadingsTests {
    /// Readings that are exactly the pass's level times the server's share give exactly the shares.
    @Test func aProductIsTakenApart() {
        let passes = [100.0, 400, 110, 90, 130].map { level in [1.0, 1.25, 0.5].map { level * $0 } }
        let levels = AlternatedReadings.levels(passes)
        #expect(abs(levels[1] / levels[0] - 1.25) < 1e-12)
        #expect(abs(levels[2] / levels[0] - 0.5) < 1e-12)
        #expect(abs(levels[0] - 110) < 1e-9, "the middle level, and the first server's share of it")
    }

    @Test func ofTwoServersTheRatioIsTheMedianOfThePassesRatios() {
        let passes = [[10.0, 11], [20, 20], [35, 42], [7, 7.7], [50, 10]]
        let levels = AlternatedReadings.levels(passes)
        #expect(abs(levels[1] / levels[0] - 1.1) < 1e-12)
        let swapped = AlternatedReadings.levels(passes.map { [$0[1], $0[0]] })
        #expect(abs(swapped[0] - levels[1]) < 1e-9 && abs(swapped[1] - levels[0]) < 1e-9)
    }

    @Test func aServerAloneHasItsMedian() {
        #expect(abs(AlternatedReadings.levels([[3], [9], [4]])[0] - 4) < 1e-12)
        #expect(AlternatedReadings.levels([]).isEmpty)
    }

    @Test func driftIsSplitIntoCommonAndOwn() throws {
        // Everything slows by half in the later passes; the second server by another fifth.
        let passes = [[10.0, 20], [10, 20], [15, 36], [15, 36]]
        let common = try #require(AlternatedReadings.commonDrift(passes))
        #expect(abs(common - (1.5 * 1.2.squareRoot() - 1)) < 1e-12)
        let own = AlternatedReadings.ownDrift(passes)
        #expect(abs(try #require(own[1]) - (1.2.squareRoot() - 1)) < 1e-12)
        #expect(abs(try #require(own[0]) - (1 / 1.2.squareRoot() - 1)) < 1e-12)
        #expect(AlternatedReadings.commonDrift([[1, 2]]) == nil)
    }

    /// What pairing is for: a level that wanders (10 % a pass) under readings that scatter by 5 %.
    @Test func wanderingLevelsScatterTheRatioLess() throws {
        var random = SplitMix64(seed: 11)
        func normal() -> Double {
            let u = Double(random.next() >> 11) * 0x1p-53
            let v = Double(random.next() >> 11) * 0x1p-53
            return (-2 * log(1 - u)).squareRoot() * cos(2 * .pi * v)
        }
        var paired: [Double] = []
        var unpaired: [Double] = []
        for _ in 0..<400 {
            var level = 0.0
            let passes = (0..<32).map { _ -> [Double] in
                level += 0.1 * normal()
                return [exp(level + 0.05 * normal()), exp(level + 0.05 * normal())]
            }
            let levels = AlternatedReadings.levels(passes)
            paired.append(log(levels[1] / levels[0]))
            unpaired.append(
                try #require(
                    Descriptive.logRatioOfMedians(
                        candidate: passes.map { $0[1] }, baseline: passes.map { $0[0] })))
        }
        let scatter = try #require(Descriptive.standardDeviation(paired))
        // The median of 32 differences that scatter by √2·5 %: √(π/2/32)·√2·0.05 = 1.57 %.
        #expect(abs(scatter - 0.0157) < 0.0016, "\(scatter)")
        #expect(try #require(Descriptive.standardDeviation(unpaired)) > 1.5 * scatter)
        #expect(abs(try #require(Descriptive.mean(paired))) < 4 * scatter / 20)
    }
}
