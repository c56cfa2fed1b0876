// Student's t on differences of rounds: against printed values, at its level where nothing changed,
// and seeing what did.
import Distributions
import RunRecord
import Statistics
import Testing

@Suite struct StackDifferenceTests {
    @Test func studentsMeanAsPrinted() throws {
        let student = try #require(StudentMean([1, 2, 3, 4, 5]))
        let interval = student.interval(quantile: StudentT.quantile(0.975, degrees: 4))
        // 3 ± 2.776 · √0.5.
        #expect(abs(interval.lowerBound - 1.0368) < 1e-3)
        #expect(abs(interval.upperBound - 4.9632) < 1e-3 && student.degrees == 4)
        #expect(abs(student.pValue - 0.0132356) < 1e-6)
        #expect(StudentMean([7]) == nil && StudentMean([]) == nil)
        #expect(StudentMean([0, 0])?.pValue == 1 && StudentMean([2, 2])?.pValue == 0)
    }

    // MARK: simulation

    /// Samples of functions, each with its mean a round; one launch may be slower than another as a
    /// whole.
    private func profile(
        _ target: String, _ means: [Double], rounds: Int, _ random: inout Xoshiro256PlusPlus
    ) -> StackProfile {
        var profile = StackProfile(target: target, workload: "get", unit: .cpuNanoseconds)
        profile.frames = means.indices.map { .init("f\($0)", binary: "server") }
        profile.stacks = means.indices.map { [$0] }
        for _ in 0..<rounds {
            let launch = 1 + 0.05 * normal(&random)
            let weights = means.map { mean in
                // Counts of samples: their variance is their mean.
                max(0, mean * launch + (mean * launch).squareRoot() * normal(&random))
            }
            profile.rounds.append(
                .init(
                    weights: weights, operations: 1_000,
                    total: weights.reduce(0, +) * 1_000))
        }
        return profile
    }

    /// The sum of twelve uniform numbers less six is nearly a normal one.
    private func normal(_ random: inout Xoshiro256PlusPlus) -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + random.nextUnit() }
    }

    private let means = [600.0, 250, 200, 160, 120, 100, 80, 60, 50, 40, 30, 20]

    @Test func twoOfTheSameAlarmAtTheStatedRate() throws {
        var random = Xoshiro256PlusPlus(seed: 11)
        var distinct = 0
        var looked = 0
        var marked = 0
        let repetitions = 150
        for _ in 0..<repetitions {
            let one = profile("a", means, rounds: 8, &random)
            let other = profile("b", means, rounds: 8, &random)
            let difference = try #require(StackDifference(baseline: one, candidate: other))
            looked += difference.functions.count
            distinct += difference.distinctCount
            if difference.functions.contains(where: \.isMarked) { marked += 1 }
        }
        // 1,800 intervals of 95 %, those of a launch together; and 5 % of the repetitions at most
        // have a mark.
        #expect(looked == repetitions * means.count)
        let rate = Double(distinct) / Double(looked)
        #expect(rate > 0.02 && rate < 0.09, "\(rate)")
        #expect(Double(marked) / Double(repetitions) < 0.11, "\(marked)")
    }

    /// 100 ns more in one function of 200, beside a total that goes up and down by more than that.
    @Test func whatChangedIsMarkedAndNothingElse() throws {
        var random = Xoshiro256PlusPlus(seed: 5)
        let one = profile("a", means, rounds: 16, &random)
        var changed = means
        changed[2] += 100
        let other = profile("b", changed, rounds: 16, &random)
        let difference = try #require(StackDifference(baseline: one, candidate: other))
        let first = try #require(difference.functions.first { $0.name.text == "f2" })
        #expect(first.isMarked && first.change.isDistinct)
        let interval = try #require(first.change.interval)
        #expect(interval.contains(first.change.size) && interval.lowerBound > 50)
        #expect(interval.upperBound < 150)
        #expect(difference.functions.count(where: \.isMarked) == 1)
        #expect(difference.rounds == 16 && difference.baseline == "a")
        #expect(difference.candidate == "b" && difference.workload == "get")
    }

    // MARK: pairing

    @Test func whatVanishedHasItsChange() throws {
        var random = Xoshiro256PlusPlus(seed: 1)
        let one = profile("a", [100, 50], rounds: 4, &random)
        var other = profile("b", [100, 50], rounds: 4, &random)
        other.frames[1].function = "new"
        let difference = try #require(StackDifference(baseline: one, candidate: other))
        let byName = Dictionary(
            uniqueKeysWithValues: difference.functions.map { ($0.name.text, $0.change) })
        #expect(byName["f1"]?.candidate == 0 && byName["new"]?.baseline == 0)
        #expect((byName["f1"]?.size ?? 0) < -30 && (byName["new"]?.size ?? 0) > 30)
        let sizes = difference.functions.map { abs($0.change.size) }
        #expect(sizes == sizes.sorted(by: >))
    }

    @Test func onlyRoundsOfBothCount() throws {
        var random = Xoshiro256PlusPlus(seed: 2)
        var one = profile("a", [100], rounds: 3, &random)
        let other = profile("b", [100], rounds: 5, &random)
        one.rounds[1].operations = nil
        let difference = try #require(StackDifference(baseline: one, candidate: other))
        #expect(difference.rounds == 2)
        one.rounds = [one.rounds[0]]
        let single = try #require(StackDifference(baseline: one, candidate: other))
        #expect(single.functions.allSatisfy { $0.change.interval == nil && !$0.isMarked })
        one.rounds = []
        #expect(StackDifference(baseline: one, candidate: other) == nil)
    }

    @Test func differentThingsAreNotCompared() {
        var random = Xoshiro256PlusPlus(seed: 3)
        let one = profile("a", [100], rounds: 3, &random)
        var load = one
        load.workload = "set"
        #expect(StackDifference(baseline: one, candidate: load) == nil)
        var unit = one
        unit.unit = .instructions
        #expect(StackDifference(baseline: one, candidate: unit) == nil)
    }
}
