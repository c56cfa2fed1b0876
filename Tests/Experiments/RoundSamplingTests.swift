// Rounds whose stacks are sampled, on made-up servers: figures of slices without the sampler, the
// samples of slices of their own, and what is said of samples that are missing.
import Experiments
import Profiling
import RunRecord
import Testing

@Suite struct RoundSamplingTests {
    /// Four slices of 5 ms on each server, beside the four that are measured.
    private static var sampling: StackSampling {
        var sampling = StackSampling()
        sampling.loadNanoseconds = 20_000_000
        return sampling
    }

    /// CPU time of 500 ns in slices that are measured, and of 900 in those that are sampled.
    private static var disturbed: Script {
        var script = Script()
        script.cpu = { $0 < 4 ? 500 : 900 }
        return script
    }

    private static func profile(
        _ script: ScriptedRounds, _ label: String, _ workload: String = "get"
    ) throws -> StackProfile {
        try #require(
            script.record.profiles.first { $0.target == label && $0.workload == workload })
    }

    @Test func figuresAreOfSlicesWithoutTheSampler() throws {
        let script = ScriptedRounds([("a", Self.disturbed), ("b", Self.disturbed)])
        let failure = try script.run { $0.sampling = Self.sampling }
        #expect(failure == nil)
        #expect(script.totals("a").map(\.ops) == [20_000])
        #expect(script.value(.serverCPU, "a") == 500 && script.value(.serverCPU, "b") == 500)
        let slices = try #require(script.record.rounds.first { $0.target == "a" }).slices
        #expect(slices.count == 4)
        let profile = try Self.profile(script, "a")
        #expect(profile.rounds.map(\.operations) == [20_000])
        #expect(profile.rounds.map(\.total) == [18_000_000])
        #expect(profile.rounds.map(\.weights) == [[45, 135]])
        #expect(script.record.phases.map(\.name).filter { $0 == "sample" }.count == 1)
    }

    @Test func sampledSlicesTakeTurnsBehindTheOthers() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        _ = try script.run { $0.sampling = Self.sampling }
        let kinds = script.journal.entries.filter { [.sample, .slice].contains($0.kind) }.map(
            \.kind)
        #expect(kinds.prefix(8).allSatisfy { $0 == .slice })
        let pairs = (0..<8).flatMap { _ in [Journal.Kind.sample, .slice] }
        #expect(Array(kinds.dropFirst(8)) == pairs)
        let turns = script.journal.labels(.sample)
        let (first, second) = (turns[0], turns[1])
        #expect(Set(turns) == ["a", "b"])
        #expect(turns == [first, second, second, first, first, second, second, first])
    }

    /// What sampling costs: one of two equal servers is sampled while it is measured.
    @Test func oneMayBeSampledWhileItIsMeasured() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Self.disturbed)])
        let failure = try script.run {
            $0.rounds = 2
            $0.sampling = Self.sampling
            $0.sampling?.measured = "b"
        }
        #expect(failure == nil)
        // No slices but those that are measured, each of b's in a window.
        #expect(script.journal.labels(.slice).count == 16)
        #expect(script.journal.labels(.sample) == [String](repeating: "b", count: 8))
        #expect(script.totals("b").map(\.ops) == [20_000, 20_000])
        #expect(script.value(.serverCPU, "b") == 500)
        let profile = try Self.profile(script, "b")
        #expect(script.record.profiles.count == 1)
        #expect(profile.rounds.map(\.operations) == [20_000, 20_000])
        #expect(profile.rounds.map(\.total) == [10_000_000, 10_000_000])
    }

    @Test func withoutItNothingIsSampled() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        _ = try script.run()
        #expect(script.journal.labels(.sample).isEmpty && script.record.profiles.isEmpty)
    }

    /// The first is the one that the others are compared with, whoever was launched first.
    @Test func roundsComeTogetherInTheOrderOfTheTargets() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        _ = try script.run {
            $0.rounds = 5
            $0.sampling = Self.sampling
        }
        let profiles = script.record.profiles
        #expect(profiles.map(\.target) == ["a", "b"])
        #expect(profiles.allSatisfy { $0.rounds.count == 5 && $0.frames.count == 2 })
        #expect(profiles.allSatisfy { $0.quality.samples == 500 && $0.quality.sampledShare == 1 })
    }

    @Test func theBaselinesCopyIsNotSampled() throws {
        let script = ScriptedRounds([("a", Script()), ("copy", Script()), ("b", Script())])
        var rounds = try script.rounds { $0.sampling = Self.sampling }
        rounds.sentinel = "copy"
        #expect(script.run(&rounds) == nil)
        #expect(Set(script.journal.labels(.sample)) == ["a", "b"])
    }

    @Test func loadsOfOneWorkloadHaveProfilesOfTheirOwn() throws {
        let script = ScriptedRounds([("a", Script()), ("b", Script())])
        let workload = try ScriptedRounds.workload()
        var rounds = try script.rounds(
            [
                RoundCell(workload, pipeline: 1), RoundCell(workload, pipeline: 16),
                RoundCell(workload, pipeline: 1, openLoopShare: 0.7),
            ]
        ) { $0.sampling = Self.sampling }
        #expect(script.run(&rounds) == nil)
        #expect(script.record.profiles.count == 4)
        // By the cells' weights, 3 to 5, in slices of 5 ms.
        #expect(try Self.profile(script, "a", "get P1").rounds.map(\.operations) == [10_000])
        #expect(try Self.profile(script, "a", "get P16").rounds.map(\.operations) == [10_000])
    }

    /// All that it was sent counts where a server's growth is per request.
    @Test func sampledRequestsAreRequests() throws {
        var leaking = Script()
        leaking.leak = 32
        let script = ScriptedRounds([("a", leaking), ("b", Script())])
        _ = try script.run { $0.sampling = Self.sampling }
        #expect(script.value(.memoryPerOperation, "a") == 32)
    }

    @Test func aServerThatCannotBeSampledIsMeasuredAllTheSame() throws {
        var closed = Script()
        closed.unsampled = .notAllowed(7)
        var remote = Script()
        remote.isLocal = false
        let script = ScriptedRounds([("a", closed), ("b", remote), ("c", Script())])
        let failure = try script.run { $0.sampling = Self.sampling }
        #expect(failure == nil)
        #expect(script.warns("its stacks could not be sampled: process 7", "a"))
        #expect(script.warns("its process is not on this machine", "b"))
        #expect(script.record.warnings.allSatisfy { !$0.remedy.isEmpty })
        #expect(script.record.profiles.map(\.target) == ["c"])
        #expect(script.value(.serverCPU, "a") == 500)
    }

    @Test func whereStacksAreAllThatIsWantedItEndsTheRun() throws {
        var closed = Script()
        closed.unsampled = .notAllowed(7)
        let script = ScriptedRounds([("a", closed)])
        let failure = try script.run {
            $0.sampling = Self.sampling
            $0.sampling?.isRequired = true
        }
        #expect(failure?.kind == .setUp)
        #expect(failure?.description.hasPrefix("a: process 7 may not be sampled") == true)
    }

    @Test func aWrongAnswerInASampledSliceIsFound() throws {
        var wrong = Script()
        var slices = 0
        wrong.spoil = { sample in
            slices += 1
            if slices > 4 { sample.answers.wrong = 1 }
        }
        let script = ScriptedRounds([("a", wrong)])
        let failure = try script.run { $0.sampling = Self.sampling }
        #expect(failure?.kind == .invalid)
        #expect(script.record.incidents.map(\.kind) == [.wrongValues])
    }

    // MARK: what is missing

    private static func recorder(
        _ change: (inout StackProfile.Quality) -> Void
    ) -> Recorder {
        let recorder = Recorder(arguments: [], seed: 1, quiet: true)
        var profile = StackProfile(target: "a", unit: .cpuNanoseconds)
        profile.quality.samples = 1_000
        profile.quality.sampledShare = 0.99
        change(&profile.quality)
        recorder.add(profile)
        recorder.doubtProfiles()
        return recorder
    }

    @Test func lostAndMissingSamplesAreWarnedOf() throws {
        #expect(Self.recorder { _ in }.record.warnings.isEmpty)
        let lost = Self.recorder { $0.lost = 3 }.record.warnings
        #expect(lost.count == 1 && lost[0].cause.hasPrefix("the kernel dropped 3 samples"))
        let few = Self.recorder { $0.sampledShare = 0.4 }.record.warnings
        #expect(few.count == 1 && few[0].cause.contains("are 40 % of what its CPU time makes"))
        #expect(few[0].target == "a")
    }

    @Test func noSampleIsNoMeasurement() throws {
        try Self.recorder { _ in }.requireSamples()
        let none = Self.recorder { $0.samples = 0 }
        #expect(throws: ExperimentFailure.self) { try none.requireSamples() }
    }
}
