// What a gate says before it starts: how long it will take, and what it will be able to see.
//
// Both come from the runner's certificate (`gate selftest`) where there is one for this machine,
// else from what such machines usually show, and the text says which. The gate itself works with
// what it measures, never with a forecast.
import Foundation
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

    /// Seen on a guest with two CPUs and no performance counters.
    public static let usual = Forecast(
        secondsPerRound: 3, secondsPerLaunch: 2, secondsPerSeed: 12,
        scatter: [Metric.serverCPU.id: 0.015, Metric.throughput.id: 0.035], isCertified: false)

    /// Lines for a person: time, and the smallest change that each timed check would confirm.
    public func lines(_ policy: Policy, comparesLive: Bool) -> [String] {
        let fixed =
            Double(policy.memoryLaunches) * secondsPerLaunch
            + (policy.isSimulated ? Double(policy.simulated.screen) * secondsPerSeed : 0)
        let isTimed = policy.isTimed && comparesLive
        let least =
            fixed + (isTimed ? Double(policy.rounds.screen) * secondsPerRound : 0)
        let source =
            isCertified
            ? "by this runner's certificate" : "as usual; `hashmark gate selftest` finds out"
        var lines = [
            "about \(time(least)), at most \(time(policy.budgetSeconds)) (\(source))"
        ]
        if least > policy.budgetSeconds {
            lines.append(
                "the budget is probably too short for that: use --budget "
                    + "\(Int((least * 1.2 / 60).rounded(.up)))m")
        }
        guard isTimed else { return lines }
        let rounds = Int((policy.budgetSeconds - fixed) / secondsPerRound)
        let confirming = min(policy.rounds.cap, rounds) - policy.rounds.screen
        for rule in policy.rules where rule.kind == .timed {
            guard let scatter = scatter[rule.metric], confirming >= policy.rounds.least else {
                continue
            }
            let visible = Self.visible(rule, scatter, rounds: confirming, policy)
            lines.append(
                "\(Metric.named(rule.metric)?.title ?? rule.metric): a change of "
                    + String(format: "%.1f %%", visible * 100)
                    + " for the worse is found in 9 of 10 runs with \(confirming) confirming rounds"
            )
        }
        return lines
    }

    /// The change, as a share, whose centre lies beyond the margin in 9 of 10 runs. The sign-flip
    /// test at α is the lesser hurdle wherever the margin exceeds its minimum detectable effect.
    static func visible(
        _ rule: Rule, _ scatter: Double, rounds: Int, _ policy: Policy
    ) -> Double {
        let error = scatter / Double(rounds).squareRoot()
        let beyond = log1p(rule.margin) + Normal.quantile(0.9) * error
        let significant = (Normal.quantile(1 - policy.alpha / 2) + Normal.quantile(0.9)) * error
        return Descriptive.relativeChange(logRatio: max(beyond, significant))
    }

    private func time(_ seconds: Double) -> String {
        seconds < 90 ? "\(Int(seconds.rounded(.up))) s" : String(format: "%.1f min", seconds / 60)
    }
}
