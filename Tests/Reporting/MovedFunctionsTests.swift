// Functions that moved, where a run is read: beside a comparison's effects, and as many in its
// tables as were asked for.
import Reporting
import RunRecord
import Testing

@Suite struct MovedFunctionsTests {
    /// Eight rounds in which the second target spins for 5 of 105 samples.
    private static func record(_ verb: String) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "1", arguments: ["hashmark", verb], seed: 1)
        record.targets = ["old", "new"].map { .init(label: $0, spelling: "ref:valkey-9.1") }
        for (target, spins) in [("old", 0.0), ("new", 5)] {
            record.results.append(
                .init(.serverCPU, target: target, workload: "get", value: 500 + 5 * spins))
            var profile = StackProfile(target: target, workload: "get", unit: .cpuNanoseconds)
            profile.frames = ["main", "get", "injectedSpin"].map { StackProfile.Frame($0) }
            profile.stacks = [[0, 1], [0, 2]]
            profile.rounds = (0..<8).map { round in
                // 500 ns per operation are not the spinning.
                let weight = Double(100 + round % 3)
                return StackProfile.Round(
                    weights: [weight, spins], operations: 1_000,
                    total: 500_000 * (weight + spins) / weight)
            }
            record.profiles.append(profile)
        }
        return record
    }

    @Test func theMechanismOfAComparisonNamesThem() throws {
        let record = Self.record("compare")
        let words = #/functions: injectedSpin \+24\.\d ns\/op/#
        let mechanism = Comparison(record, baseline: "old").mechanism(of: "new")
        #expect(mechanism?.contains(words) == true, "\(mechanism ?? "none")")
        let text = RunReading(record).text()
        #expect(text.contains(words), "\(text)")
        #expect(text.contains("new against old, get: functions by CPU time"))
        #expect(record.markdownSummary().contains(words))
        var unsampled = record
        unsampled.profiles = []
        #expect(Comparison(unsampled, baseline: "old").mechanism(of: "new") == nil)
    }

    /// A comment names what moved, with its interval; what did not is folded away.
    @Test(arguments: ["compare", "gate"]) func aCommentTellsWhichStandOut(_ verb: String) throws {
        var record = Self.record(verb)
        if verb == "gate" { record.verdict = judgedRecord().verdict }
        let text = record.markdownSummary()
        let heading = "**new against old, get: functions by CPU time**"
        let fold = try #require(
            text.firstRange(of: "<details><summary>Functions that do not stand out</summary>"))
        let (before, behind) = (text[..<fold.lowerBound], text[fold.upperBound...])
        #expect(before.contains(heading) && behind.contains(heading), "\(text)")
        #expect(before.contains(#/\| injectedSpin \|/#) && !before.contains("| get |  |"))
        #expect(behind.contains("| get |  |"), "\(text)")
        record.profiles = []
        #expect(!record.markdownSummary().contains("functions by CPU time"))
    }

    /// Counts have no scatter: what stands out is large.
    @Test func countsThatMovedStandOutByTheirSize() throws {
        var record = Self.record("compare")
        for index in record.profiles.indices {
            record.profiles[index].unit = .lastLevelReadMisses
            record.profiles[index].rounds = [
                .init(weights: [400, index == 0 ? 0 : 100], operations: 100, total: 400)
            ]
            record.profiles[index].rounds[0].total += index == 0 ? 0 : 100
        }
        let text = record.markdownSummary()
        let fold = try #require(text.firstRange(of: "Functions that do not stand out"))
        #expect(text[..<fold.lowerBound].contains("| injectedSpin |"), "\(text)")
        #expect(text[..<fold.lowerBound].contains("counted by a model, which repeats"))
        #expect(text[fold.upperBound...].contains("| get |"))
    }

    @Test func asManyAsWereAskedForAreTold() {
        var record = Self.record("profile")
        record.profiles.removeFirst()
        #expect(RunReading(record).text().contains("injectedSpin"))
        let short = RunReading(record, functions: 1).text()
        #expect(short.contains("new, get: functions by CPU time"))
        #expect(!short.contains("injectedSpin"), "\(short)")
    }
}
