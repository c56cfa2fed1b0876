// Error rates of the gate on recorded rounds: thousands of gates in seconds, each on a stretch of
// rounds that live servers gave on this machine. Stretches overlap, so the rates are worth no more
// than the gates that have no round in common; rows say how many those are.
//
// Only timed checks are resampled: counts repeat, and nothing can be learnt from drawing them
// again.
import Distributions
import RunRecord

public struct SelfTest: Sendable {
    public var policy: Policy
    public var pool: RoundPool
    /// Labels in the pool: whose readings stand for an unchanged candidate, and for the copy.
    public var candidate: String
    public var copy: String

    /// - Parameter policy: of which the timed rules are tried.
    public init(_ policy: Policy, _ pool: RoundPool, candidate: String, copy: String) {
        self.policy = policy
        self.policy.rules = policy.rules.filter { rule in
            rule.kind == .timed && pool.columns.contains { rule.matches($0.metric) }
        }
        self.pool = pool
        self.candidate = candidate
        self.copy = copy
    }

    /// Rounds that a gate takes at most.
    public var roundsPerGate: Int {
        let affordable = policy.budgetSeconds / max(pool.secondsPerRound, 1e-3)
        return Int(min(Double(policy.rounds.cap), affordable))
    }

    /// Hours of the pool with rounds enough for a gate.
    public var usableHours: [String] {
        pool.hours.filter { hour in
            pool.rounds.count { $0.hour == hour } >= max(roundsPerGate, policy.rounds.least)
        }
    }

    /// Gates that have no round in common: what any number of resampled gates is worth.
    public var disjointGates: Int {
        usableHours.reduce(0) { sum, hour in
            sum + pool.rounds.count { $0.hour == hour } / max(roundsPerGate, 1)
        }
    }

    /// Runs `gates` gates, each on a stretch of rounds of one hour.
    /// - Parameters:
    ///   - slowDown: extra CPU time per operation, as a share; throughput falls as a server that is
    ///     the bottleneck would have it. Nil: the readings as they are.
    ///   - label: whose readings stand for the candidate, instead of the unchanged one's.
    public func row(
        _ change: String, gates: Int, slowDown: Double? = nil, label: String? = nil,
        seed: UInt64
    ) -> Certificate.Row {
        var row = Certificate.Row(change: change, how: "resampled")
        row.disjoint = disjointGates
        var random = SplitMix64(seed: seed)
        let hours = usableHours
        guard !hours.isEmpty else { return row }
        let gate = Gate(
            policy, Sides(baseline: "baseline", candidate: "candidate", sentinel: "sentinel"))
        var shift: [String: Double] = [:]
        if let slowDown {
            shift[Metric.serverCPU.id] = slowDown
            shift[Metric.throughput.id] = -slowDown / (1 + slowDown)
        }
        for _ in 0..<gates {
            var measurer = PoolMeasurer(
                pool, hour: hours.randomElement(using: &random)!, count: roundsPerGate,
                candidate: label ?? candidate, copy: copy, shift: shift, using: &random)
            row.count(gate.run(with: &measurer).verdict)
        }
        return row
    }

    /// Slow-downs that are tried, as shares.
    public static let slowDowns = [0.01, 0.02, 0.03, 0.05, 0.1]
}
