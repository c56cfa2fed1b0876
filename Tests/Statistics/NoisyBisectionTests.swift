// The noisy bisection finds the commit, and as rarely another one as it says.
import Distributions
import Foundation
import Statistics
import Testing

@Suite struct NoisyBisectionTests {
    /// One bisection as `hashmark bisect` does it: effect and scatter are estimated from rounds of
    /// the two ends, then rounds are spent where the bisection asks for them.
    private func run(
        commits: Int, shift: Double, scatter: Double, culprit: Int,
        _ random: inout SplitMix64
    ) -> (suspects: ClosedRange<Int>, rounds: Int) {
        func reading(_ effect: Double) -> Double {
            // One round in twenty is disturbed.
            let isDisturbed = Double.random(in: 0..<1, using: &random) < 0.05
            let draw = Normal.quantile(Double.random(in: 1e-9..<1, using: &random))
            return effect + draw * scatter * (isDisturbed ? 4 : 1)
        }
        let ends = (0..<20).map { _ in reading(log1p(shift)) }
        let effect = HodgesLehmann.estimate(ends)!
        let deviation = Descriptive.standardDeviation(ends)!
        var search = NoisyBisection(commits: commits, effect: effect, deviation: deviation)
        var rounds = 0
        while rounds < 500, let commit = search.next {
            search.add(reading(commit >= culprit ? log1p(shift) : 0), at: commit)
            rounds += 1
        }
        return (search.suspects, rounds)
    }

    @Test(arguments: [(16, 0.02), (16, 0.045), (64, 0.03)])
    func aShiftOfFivePercentIsFoundAtItsCommit(commits: Int, scatter: Double) {
        var random = SplitMix64(seed: 7)
        let searches = 400
        var wrong = 0
        var rounds = 0
        for _ in 0..<searches {
            let culprit = Int.random(in: 0..<commits, using: &random)
            let found = run(
                commits: commits, shift: 0.05, scatter: scatter, culprit: culprit, &random)
            if found.suspects != culprit...culprit { wrong += 1 }
            rounds += found.rounds
        }
        #expect(Double(wrong) / Double(searches) <= 0.05, "\(wrong) of \(searches)")
        // Rounds are minutes: it asks where it learns, and ends.
        #expect(Double(rounds) / Double(searches) < 80, "\(rounds) in \(searches)")
    }

    @Test func whatCannotBeMeasuredStaysAmongTheSuspects() {
        // 5 commits, the effect at 2; 1 and 2 do not build.
        var search = NoisyBisection(commits: 5, effect: 0.1, deviation: 0.001)
        search.skip(1)
        search.skip(2)
        var asked: Set<Int> = []
        while let commit = search.next, asked.count < 4 {
            asked.insert(commit)
            search.add(commit >= 2 ? 0.1 : 0, at: commit)
        }
        #expect(search.suspects == 1...3)
        #expect(search.confidence > NoisyBisection.enough)
        #expect(asked.isDisjoint(with: [1, 2, 4]))
    }

    @Test func theBadEndAloneIsTheCulpritWithoutAQuestion() {
        let search = NoisyBisection(commits: 1, effect: -0.2, deviation: 0.1)
        #expect(search.next == nil && search.suspects == 0...0)
    }

    @Test func oneDisturbedRoundDoesNotDecide() {
        var search = NoisyBisection(commits: 8, effect: 0.05, deviation: 0.01)
        search.add(3, at: 3)
        #expect(search.confidence < 0.2)
        #expect(search.next == 3)
    }
}
