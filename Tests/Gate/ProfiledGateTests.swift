// A gate beside whose rounds stacks were sampled: what failed names its functions.
import Gate
import RunRecord
import Statistics
import Testing

/// Rounds with profiles: the candidate spins for 5 of 105 samples, the baseline does not.
private struct ProfiledMeasurer: OfflineMeasurer {
    var inner = SyntheticMeasurer(seed: 1)
    private var round = 0

    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double {
        if case .rounds(_, _, let count) = need {
            for _ in 0..<count {
                round += 1
                add("old", [Double(100 + round % 3), 0], total: 500_000, &record)
                add("new", [Double(100 + (round + 1) % 3), 5], total: 525_000, &record)
            }
        }
        return inner.answer(need, sides, &record)
    }

    private func add(
        _ target: String, _ weights: [Double], total: Double, _ record: inout RunRecord
    ) {
        if !record.profiles.contains(where: { $0.target == target }) {
            var profile = StackProfile(target: target, workload: "get", unit: .cpuNanoseconds)
            profile.frames = ["main", "get", "injectedSpin"].map { StackProfile.Frame($0) }
            profile.stacks = [[0, 1], [0, 2]]
            record.profiles.append(profile)
        }
        for index in record.profiles.indices where record.profiles[index].target == target {
            record.profiles[index].rounds.append(
                StackProfile.Round(weights: weights, operations: 1_000, total: total))
        }
    }
}

@Suite struct ProfiledGateTests {
    @Test func aRegressionNamesTheFunctionsThatMoved() throws {
        var measurer = ProfiledMeasurer()
        measurer.inner.cpuChange = 0.05
        let verdict = gate().run(with: &measurer).verdict
        #expect(verdict.exitCode == 2, "\(verdict.reasons)")
        let words = #/by function: injectedSpin \+24\.\d ns\/op/#
        let cpu = try #require(verdict.checks.first { $0.metric == Metric.serverCPU.id })
        #expect(cpu.reason.contains(words), "\(cpu.reason)")
        // Of all that was checked, that alone is about where time went.
        #expect(verdict.checks.count { $0.reason.contains("injectedSpin") } == 1)
        #expect(verdict.reasons.contains { $0.contains(words) }, "\(verdict.reasons)")
    }

    @Test func equalsNameNone() {
        var measurer = ProfiledMeasurer()
        let verdict = gate().run(with: &measurer).verdict
        #expect(verdict.exitCode == 0)
        #expect(!verdict.reasons.contains { $0.contains("injectedSpin") }, "\(verdict.reasons)")
    }

    /// Where no function's change is beyond chance, that is said.
    @Test func functionsThatDoNotStandOutAreNotNamed() {
        var one = StackProfile(target: "old", workload: "get", unit: .cpuNanoseconds)
        one.frames = [StackProfile.Frame("get")]
        one.stacks = [[0]]
        one.rounds = (0..<6).map { round in
            StackProfile.Round(weights: [1], operations: 10, total: round % 2 == 0 ? 100 : 110)
        }
        var other = one
        other.target = "new"
        other.rounds = (0..<6).map { round in
            StackProfile.Round(weights: [1], operations: 10, total: round % 3 == 0 ? 108 : 101)
        }
        var record = RunRecord(hashmarkVersion: "1", arguments: [], seed: 1)
        record.profiles = [one, other]
        let differences = record.differences(of: "new", from: "old")
        #expect(differences.count == 1)
        #expect(StackDifference.words(differences) == "none of 1 stands out")
        #expect(record.differences(of: "old", from: "new").count == 1)
        #expect(StackDifference.words(record.differences(of: "x", from: "old")) == nil)
        record.profiles[0].rounds.removeLast(5)
        #expect(
            StackDifference.words(record.differences(of: "new", from: "old"))
                == "one round cannot tell which moved")
    }
}
