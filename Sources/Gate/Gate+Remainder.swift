// What a gate that is under way will probably still measure, for the time that progress says is
// left. The gate itself never works with it.
import RunRecord

/// What is still to be measured, the next need included.
public struct Remainder: Sendable, Equatable {
    public var launches = 0
    public var seeds = 0
    /// Rounds of both stages with those that were measured, and those alone.
    public var rounds = 0
    public var roundsDone = 0
    /// All of it, within the budget.
    public var seconds = 0.0
    /// The next need alone.
    public var secondsOfNeed = 0.0
}

extension Gate {
    /// - Parameters:
    ///   - need: what is measured next.
    ///   - forecast: what things cost that were not measured yet.
    public func remainder(
        from need: Need, _ record: RunRecord, _ spending: Spending, _ forecast: Forecast
    ) -> Remainder {
        let perLaunch = spending.perLaunch ?? forecast.secondsPerLaunch
        let perSeed = spending.perSeed ?? forecast.secondsPerSeed
        let perRound = max(spending.perRound ?? forecast.secondsPerRound, 1e-3)
        var left = Remainder()
        left.launches = max(0, policy.memoryLaunches - launches(record))
        if let seeds = seeds(record) { left.seeds = max(0, seeds.wanted - seeds.done) }
        var next = 0
        switch need {
        case .memory: left.secondsOfNeed = perLaunch
        case .simulated: left.secondsOfNeed = perSeed
        case .rounds(_, let first, let count):
            left.roundsDone = first
            left.secondsOfNeed = perRound * Double(count)
            next = first + count
        }
        let counting = Double(left.launches) * perLaunch + Double(left.seeds) * perSeed
        if policy.isTimed && comparesLive {
            // As many as a gate without a doubt takes, unless it has gone on already.
            let usual = min(policy.rounds.screen + policy.rounds.least, policy.rounds.cap)
            let affordable = (spending.left - counting) / perRound
            let room = left.roundsDone + Int(min(max(affordable, 0), 1e6))
            left.rounds = max(min(usual, room), next)
        }
        let rounds = Double(left.rounds - left.roundsDone) * perRound
        let needed = max(counting + rounds, left.secondsOfNeed)
        left.seconds = max(min(needed, spending.left), 0)
        return left
    }
}
