// What rounds say about themselves while they run: numbers that make sense, and the first rates.
import Experiments
import Progress
import Testing

/// A log on which every line is due.
private final class Log: ProgressSurface {
    var columns: Int? { nil }
    private(set) var lines: [String] = []
    private var seconds: UInt64 = 0

    func draw(_ line: String) {}
    func erase() {}
    func note(_ line: String) { lines.append(line) }

    func recorder() -> Recorder {
        let bar = ProgressBar(
            on: self,
            now: {
                self.seconds += 3
                return self.seconds * 1_000_000_000
            })
        bar.start("compare")
        return Recorder(arguments: [], seed: 7, progress: bar)
    }
}

@Suite struct RoundProgressTests {
    private static func rounds(_ change: (inout RoundPlan) -> Void) throws -> InterleavedRounds {
        try ScriptedRounds([("a", Script()), ("b", Script())]).rounds(nil, change)
    }

    /// The numbers of the rounds that were told.
    private static func told(_ log: Log, _ between: String) -> Set<String> {
        Set(
            log.lines.compactMap { line in
                line.firstMatch(of: #/get: round (\d+ of .*?\d+)/#).map { String($0.1) }
            }.filter { $0.contains(between) })
    }

    @Test func roundsAreNumberedWithinTheirPlan() throws {
        let log = Log()
        var rounds = try Self.rounds { $0.rounds = 3 }
        try rounds.run(log.recorder())
        #expect(Self.told(log, " of ") == ["1 of 3", "2 of 3", "3 of 3"])
        #expect(log.lines.allSatisfy { $0.hasPrefix("compare · get: round ") })
        #expect(log.lines.allSatisfy { !$0.contains("per core") }, "nobody asked for rates")
    }

    @Test func thoseThatGoOnCountingAreOfAll() throws {
        let log = Log()
        var rounds = try Self.rounds {
            $0.rounds = 2
            $0.firstRound = 14
        }
        rounds.roundsInAll = 14
        rounds.stage = "confirm"
        try rounds.run(log.recorder())
        #expect(Self.told(log, " of ") == ["15 of 15", "16 of 16"])
        #expect(log.lines.contains { $0.contains("get: round 15 of 15 (confirm)") })
    }

    @Test func aBudgetSaysAboutHowMany() throws {
        let log = Log()
        var rounds = try Self.rounds {
            $0.rounds = .max
            $0.warmUpNanoseconds = 0
            $0.budgetNanoseconds = 140_000_000
        }
        try rounds.run(log.recorder())
        #expect(Self.told(log, " of about ") == ["1 of about 1", "2 of about 3", "3 of about 3"])
    }

    @Test func theFirstRoundTellsItsRates() throws {
        let log = Log()
        var rounds = try Self.rounds { $0.rounds = 2 }
        rounds.tellsFirstRound = true
        try rounds.run(log.recorder())
        let rates = log.lines.filter { $0.contains("per core") }
        #expect(
            rates == [
                "a  get  2.00 M/s per core, 1.00 M/s (round 1)",
                "b  get  2.00 M/s per core, 1.00 M/s (round 1)",
            ])
    }

    @Test func aPlanHasAForecast() throws {
        let one = try Self.rounds { $0.rounds = 1 }.expectedSeconds
        let four = try Self.rounds { $0.rounds = 4 }.expectedSeconds
        #expect(one > 0 && four == 4 * one)
        let budget = try Self.rounds { $0.budgetNanoseconds = 90_000_000_000 }.expectedSeconds
        #expect(budget == 90)
    }
}
