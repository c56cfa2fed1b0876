// Change points: where they are, how rarely noise has one, how often a change of 5 % is found.
import Distributions
import Statistics
import Testing

@Suite struct ChangePointTests {
    private func noise(
        _ count: Int, _ random: inout SplitMix64, outliers: Double = 0
    ) -> [Double] {
        (0..<count).map { _ in
            let draw = Normal.quantile(Double.random(in: 1e-9..<1, using: &random))
            return draw * (Double.random(in: 0..<1, using: &random) < outliers ? 5 : 1)
        }
    }

    @Test(arguments: [(30, 0.0), (30, 0.05), (12, 0.0)])
    func noiseRarelyHasOne(count: Int, outliers: Double) {
        var random = SplitMix64(seed: 11)
        let histories = 1_000
        let alarms = (0..<histories).count { _ in
            !ChangePoints.find(noise(count, &random, outliers: outliers)).isEmpty
        }
        #expect(alarms <= 30, "\(alarms) of \(histories)")
        #expect(alarms > 0, "a test that never errs finds nothing either")
    }

    @Test func aChangeOfFivePercentIsFoundAtItsRelease() {
        var random = SplitMix64(seed: 12)
        let histories = 200
        let found = (0..<histories).count { _ in
            let readings = noise(30, &random).enumerated().map { index, draw in
                100 * (1 + 0.02 * draw + (index >= 15 ? 0.05 : 0))
            }
            let points = ChangePoints.find(readings)
            return points.contains { abs($0 - 15) <= 2 }
        }
        #expect(found >= 185, "\(found) of \(histories)")
    }

    @Test func stepsAreFoundExactly() {
        let steps = [1, 5, 3].flatMap { level in (0..<10).map { Double(level * 100 + $0 % 3) } }
        #expect(ChangePoints.find(steps) == [10, 20])
        #expect(ChangePoints.find(steps) == ChangePoints.find(steps))
    }

    @Test func nothingIsFoundWhereThereIsNothing() {
        #expect(ChangePoints.find([]).isEmpty)
        #expect(ChangePoints.find([1, 2, 3, 4, 5]).isEmpty)
        #expect(ChangePoints.find(Array(repeating: 7, count: 50)).isEmpty)
        // One odd release is no change of level.
        var odd = (0..<30).map { Double($0 % 4) }
        odd[17] = 1_000
        #expect(ChangePoints.find(odd).isEmpty)
    }
}
