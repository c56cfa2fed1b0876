// Profiles of several launches become one: the same functions, whatever order each launch had.
import RunRecord
import Testing

@Suite struct ProfileAppendingTests {
    private static func profile(
        _ frames: [String], _ stacks: [[Int]], _ weights: [Double], total: Double = 100
    ) -> StackProfile {
        var profile = StackProfile(target: "a", workload: "get", unit: .cpuNanoseconds)
        profile.frames = frames.map { StackProfile.Frame($0) }
        profile.stacks = stacks
        profile.rounds = [StackProfile.Round(weights: weights, operations: 10, total: total)]
        return profile
    }

    @Test func stacksAreMatchedByTheirFunctions() {
        var all = Self.profile(["main", "get"], [[0], [0, 1]], [1, 3])
        all.append(Self.profile(["get", "set", "main"], [[2, 1], [2, 0], [2]], [5, 6, 7]))
        #expect(all.frames.map(\.function) == ["main", "get", "set"])
        #expect(all.stacks == [[0], [0, 1], [0, 2]])
        #expect(all.rounds.map(\.weights) == [[1, 3], [7, 6, 5]])
        #expect(all.rounds.map(\.total) == [100, 100] && all.operations == 20)
    }

    @Test func qualityIsOfAll() {
        var one = Self.profile(["main"], [[0]], [1], total: 100)
        one.quality.samples = 10
        one.quality.lost = 1
        one.quality.sampledShare = 1
        one.quality.remarks = ["2.5 % of the stacks are cut", "sampled by a timer"]
        var other = Self.profile(["main"], [[0]], [1], total: 300)
        other.quality.samples = 15
        other.quality.complete = 9
        other.quality.sampledShare = 0.6
        other.quality.remarks = [
            "sampled by a timer", "12.5 % of the stacks are cut", "no kernel here",
        ]
        one.append(other)
        #expect(one.quality.samples == 25 && one.quality.lost == 1 && one.quality.complete == 9)
        #expect(abs((one.quality.sampledShare ?? 0) - 0.7) < 1e-12)
        // Each once, of the launch in which it was worst.
        #expect(
            one.quality.remarks == [
                "12.5 % of the stacks are cut", "sampled by a timer", "no kernel here",
            ])
    }
}
