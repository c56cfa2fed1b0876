// χ² against samples whose distribution is known.
import Distributions
import Testing

@Suite struct GoodnessOfFitTests {
    private func sample(_ shares: [Double], _ count: Int, seed: UInt64) -> [UInt64] {
        var random = Xoshiro256PlusPlus(seed: seed)
        var counts = [UInt64](repeating: 0, count: shares.count)
        for _ in 0..<count {
            var place = random.nextUnit()
            let index = shares.firstIndex { share in
                defer { place -= share }
                return place < share
            }
            counts[index ?? shares.count - 1] += 1
        }
        return counts
    }

    /// Under the hypothesis p is uniform: a tenth of all samples is below 0.1.
    @Test func pIsUniformWhereTheSharesAreRight() {
        let shares = [0.4, 0.3, 0.15, 0.1, 0.04, 0.01]
        let values = (0..<2_000).compactMap {
            GoodnessOfFit.chiSquareP(counts: sample(shares, 2_000, seed: $0), shares: shares)
        }
        #expect(values.count == 2_000)
        for level in [0.01, 0.1, 0.5, 0.9] {
            let share = Double(values.count { $0 < level }) / 2_000
            // Four standard deviations, and the approximation's own error.
            let spread = 4 * (level * (1 - level) / 2_000).squareRoot() + 0.005
            #expect(abs(share - level) < spread, "\(level): \(share)")
        }
    }

    /// Published: χ² = 11.07 with 5 degrees of freedom is p = 0.05, 15.09 is 0.01.
    @Test func agreesWithTables() throws {
        // Six classes of a million; two of them moved by d make χ² = 2 d² / 10⁶.
        for (chiSquare, p) in [(11.070, 0.05), (15.086, 0.01), (4.351, 0.5)] {
            let shift = (chiSquare * 500_000).squareRoot()
            let counts: [UInt64] = [1, -1, 0, 0, 0, 0].map {
                UInt64(1_000_000 + ($0 as Double) * shift)
            }
            let found = try #require(
                GoodnessOfFit.chiSquareP(counts: counts, shares: .init(repeating: 1 / 6, count: 6)))
            #expect(abs(found - p) < 0.002, "\(found) \(p)")
        }
    }

    @Test func wrongSharesAreFound() throws {
        let counts = sample([0.81, 0.17, 0.02], 50_000, seed: 1)
        let p = GoodnessOfFit.chiSquareP(counts: counts, shares: [0.8, 0.18, 0.02])
        #expect(try #require(p) < 1e-4)
        #expect(GoodnessOfFit.chiSquareP(counts: [99, 1], shares: [1, 0]) == 0)
    }

    @Test func oneClassSaysNothing() {
        #expect(GoodnessOfFit.chiSquareP(counts: [100], shares: [1]) == nil)
        #expect(GoodnessOfFit.chiSquareP(counts: [5, 4], shares: [0.5, 0.5]) == nil)
        #expect(GoodnessOfFit.chiSquareP(counts: [], shares: []) == nil)
    }
}
