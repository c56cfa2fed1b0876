// What a gate says before it starts: how long it will take, and what it will be able to see.
//
// Both come from the runner's certificate (`gate selftest`) where there is one for this machine,
// else from what such machines usually show, and the text says which. The gate itself works with
// what it measures, never with a forecast.
import Foundation
import Quantities
import RunRecord
import Statistics

public struct Forecast: Sendable, Equatable {
    /// Time of a round with three servers, in s.
    public var secondsPerRound: Double
    public var secondsPerLaunch: Double
    public var secondsPerSeed: Double
    /// Standard deviation of the rounds' log-ratios, by metric.
    public var scatter: [String: Double]
    /// True where a certificate of this runner says so.
    public var isCertified: Bool

    public init(
        secondsPerRound: Double, secondsPerLaunch: Double, secondsPerSeed: Double,
        scatter: [String: Double], isCertified: Bool
    ) {
        self.secondsPerRound = secondsPerRound
        self.secondsPerLaunch = secondsPerLaunch
        self.secondsPerSeed = secondsPerSeed
        self.scatter = scatter
        self.isCertified = isCertified
    }

    /// Assumed where nothing is known: of the rounds' loads 3 and 4 % each, over eight of them.
    ///
    /// Besides its loads a round launches and fills three servers, in a second, and drives the open
    /// loop on each: 11.4 s by the default policy, in A/A gates of 34 rounds on a guest of two
    /// cores.
    /// - Parameter target: its spelling; the reference server tells when it has settled, and of
    ///   others it takes a second or two for every count of entries on each side.
    public static func usual(_ policy: Policy, target: String? = nil) -> Forecast {
        let isOurs = target?.hasPrefix("ref:") == true
        let perCount = isOurs ? 0.1 : 3.5
        let besides = policy.openLoop == nil ? 1 : 2.4
        return Forecast(
            secondsPerRound: 3 * policy.rounds.seconds + besides,
            secondsPerLaunch: perCount * Double(policy.memory.entries.count), secondsPerSeed: 12,
            scatter: [Metric.serverCPU.id: 0.013, Metric.throughput.id: 0.016],
            isCertified: false)
    }

    /// How long a gate without a doubt takes, in s.
    public func leastSeconds(_ policy: Policy, comparesLive: Bool) -> Double {
        let isTimed = policy.isTimed && comparesLive
        let fewest = isTimed ? policy.rounds.screen + policy.rounds.least : 0
        return fixedSeconds(policy) + Double(fewest) * secondsPerRound
    }

    /// Of what is counted.
    private func fixedSeconds(_ policy: Policy) -> Double {
        let seeds = policy.isSimulated ? policy.simulated.screen : 0
        return Double(policy.memoryLaunches) * secondsPerLaunch + Double(seeds) * secondsPerSeed
    }

    /// Rounds that the budget has time for, within the policy's cap.
    public func rounds(_ policy: Policy) -> Int {
        let affordable = (policy.budgetSeconds - fixedSeconds(policy)) / max(secondsPerRound, 1e-3)
        return min(policy.rounds.cap, Int(min(max(affordable, 0), 1e6)))
    }

    /// The smallest change for the worse over all loads that 9 of 10 runs of the whole budget find,
    /// as a share; nil where the scatter is not known or the rounds are too few, and of rules that
    /// compare no rounds' ratios.
    public func visible(_ rule: Rule, _ policy: Policy) -> Double? {
        guard rule.kind == .timed, !rule.isDifference,
            let deviation = scatter.filter({ rule.matches($0.key) }).values.max()
        else { return nil }
        let family = policy.rules.count { $0.kind == .timed }
        return Power.detectable(
            beyond: log1p(rule.margin), deviation: deviation, count: rounds(policy),
            alpha: policy.pooledAlpha / Double(max(family, 1)), power: 0.9
        ).map { Descriptive.relativeChange(logRatio: $0) }
    }

    /// Lines for a person: time, and the smallest change that each check over all loads would show.
    public func lines(_ policy: Policy, comparesLive: Bool) -> [String] {
        let lines = timeLines(policy, comparesLive: comparesLive)
        guard policy.isTimed && comparesLive else { return lines }
        let rounds = self.rounds(policy)
        return lines
            + policy.rules.compactMap { rule in
                visible(rule, policy).map { visible in
                    "\(Metric.named(rule.metric)?.title ?? rule.metric): a change of "
                        + visible.percent() + " for the worse over all loads is found in 9 of "
                        + "10 runs with \(rounds) rounds"
                }
            }
    }

    /// How long it takes, and whether the budget has as much.
    public func timeLines(_ policy: Policy, comparesLive: Bool) -> [String] {
        let least = leastSeconds(policy, comparesLive: comparesLive)
        let source =
            isCertified
            ? "by this runner's certificate" : "as usual; `hashmark gate selftest` finds out"
        var lines = [
            "about \(Gate.minutes(least)), at most \(Gate.minutes(policy.budgetSeconds)) "
                + "(\(source))"
        ]
        if least > policy.budgetSeconds {
            lines.append(
                "the budget is probably too short for that: use --budget "
                    + "\(Int(saturating: (least * 1.2 / 60).rounded(.up)))m")
        }
        return lines
    }
}
