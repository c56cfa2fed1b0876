// What an inconclusive run lacked, in minutes: rounds, launches and seeds that its open checks
// would have needed, at the pace and the scatter seen.
import Distributions
import Foundation
import Quantities
import RunRecord
import Statistics

/// What a run would have had to measure besides.
struct Shortage {
    /// Of both stages, with those that were measured; 0 where no number of rounds would help.
    var rounds = 0
    var roundsDone = 0
    var launches = 0
    var seeds = 0
}

extension TimedCheck {
    /// Rounds that settle an open check, and which way.
    struct Outlook {
        var rounds: Int
        var isRegression: Bool
    }

    /// What does not differ from nothing (at 2.5 % over its family) is taken as nothing, on its way
    /// to a pass; the rest as it was seen. One regression is a verdict: that check is to be settled
    /// in four of five runs. A pass is one of all: the family is to be.
    /// Nil where no number of rounds would settle it.
    var outlook: Outlook? {
        guard contradiction == nil, let centre = all.centre,
            let deviation = Descriptive.standardDeviation(readings.all), deviation > 0
        else { return nil }
        let family = Double(familySize)
        let differs = all.pValue(above: 0) * family <= 0.025
        let isRegression = differs && centre > margin
        // Nearer to the margin than a mean scatters may be by chance.
        let distance =
            differs ? max(abs(centre - margin), deviation / Double(all.count).squareRoot()) : margin
        let tail = isRegression ? level / family : 0.025
        let missed = isRegression ? 0.2 : 0.2 / family
        // The signed-rank test needs 1/0.955 of the normal test's rounds: Hodges and Lehmann 1956.
        let rounds =
            pow((Normal.quantile(1 - tail) + Normal.quantile(1 - missed)) * deviation / distance, 2)
            / 0.955
        return Outlook(
            rounds: Int(saturating: min(rounds, Self.mostRounds).rounded(.up)),
            isRegression: isRegression)
    }

    /// More than anybody waits for.
    private static let mostRounds = 1e6
}

extension Gate {
    /// - Parameters:
    ///   - open: timed checks without a decision, of sound rounds.
    ///   - fewest: rounds before which not all tests can reject.
    func shortage(
        _ open: [TimedCheck], fewest: Int?, _ record: RunRecord, _ spending: Spending
    ) -> Shortage {
        var shortage = Shortage()
        shortage.launches = max(0, policy.memoryLaunches - launches(record))
        if let seeds = seeds(record) { shortage.seeds = max(0, seeds.wanted - seeds.done) }
        guard policy.isTimed, comparesLive else { return shortage }
        guard spending.perRound != nil else {
            shortage.rounds = policy.rounds.screen + policy.rounds.least
            return shortage
        }
        shortage.roundsDone = open.map(\.readings.measured).max() ?? 0
        let outlooks = open.compactMap(\.outlook)
        // One regression that is confirmed is a verdict, whatever else is open.
        let settled =
            outlooks.filter(\.isRegression).map(\.rounds).min()
            ?? outlooks.map(\.rounds).max()
        let least = fewest ?? 0
        if settled != nil || !open.isEmpty && shortage.roundsDone < least {
            // What is enough on average may not have been: a quarter more then.
            shortage.rounds = max(
                settled ?? 0, least, Int((Double(shortage.roundsDone) * 1.25).rounded(.up)))
        }
        return shortage
    }

    /// How much more time would settle what is open, in minutes, and the flag that gives it.
    func timeAdvice(_ shortage: Shortage, _ spending: Spending) -> [String] {
        let usual = Forecast.usual(policy)
        let more =
            Double(max(0, shortage.rounds - shortage.roundsDone))
            * (spending.perRound ?? usual.secondsPerRound)
            + Double(shortage.launches) * (spending.perLaunch ?? usual.secondsPerLaunch)
            + Double(shortage.seeds) * (spending.perSeed ?? usual.secondsPerSeed)
        // What breaks off does not lack time.
        guard more > 0, !spending.brokeOff else { return [] }
        let time = "about \(Self.wholeMinutes(more)) min more"
        // A tenth in hand: rounds take a little more or less.
        let budget = "--budget \(Self.wholeMinutes((spending.spent + more) * 1.1))m"
        guard shortage.rounds > policy.rounds.cap else { return ["needs \(time): use \(budget)"] }
        return [
            "needs \(time), and more rounds than the policy's "
                + "`rounds: {cap: \(policy.rounds.cap)}`: write `cap: \(shortage.rounds)` there "
                + "and use \(budget), or take a quieter machine, or wider margins"
        ]
    }

    private static func wholeMinutes(_ seconds: Double) -> Int {
        Int(saturating: (seconds / 60).rounded(.up))
    }
}
