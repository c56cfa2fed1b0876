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

    /// Lines for a person: time, and the smallest change that each check over all loads would show.
    public func lines(_ policy: Policy, comparesLive: Bool) -> [String] {
        let least = leastSeconds(policy, comparesLive: comparesLive)
        let isTimed = policy.isTimed && comparesLive
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
                    + "\(Int((least * 1.2 / 60).rounded(.up)))m")
        }
        guard isTimed else { return lines }
        let rounds = min(
            policy.rounds.cap,
            Int((policy.budgetSeconds - fixedSeconds(policy)) / secondsPerRound))
        let family = policy.rules.count { $0.kind == .timed }
        for rule in policy.rules where rule.kind == .timed && !rule.isDifference {
            guard let scatter = scatter[rule.metric],
                let visible = Power.detectable(
                    beyond: log1p(rule.margin), deviation: scatter, count: rounds,
                    alpha: policy.pooledAlpha / Double(family), power: 0.9)
            else { continue }
            lines.append(
                "\(Metric.named(rule.metric)?.title ?? rule.metric): a change of "
                    + Descriptive.relativeChange(logRatio: visible).percent()
                    + " for the worse over all loads is found in 9 of 10 runs with \(rounds) rounds"
            )
        }
        return lines
    }
}
