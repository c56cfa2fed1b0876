// What `gate selftest` found out about a runner: how often it would raise a false alarm, what it
// catches, how much its rounds scatter, and what they cost. Stored, so that a gate can say before
// it starts what it will be able to see.
import Foundation
import Quantities
import RunRecord
import Statistics

public struct Certificate: Codable, Equatable, Sendable {
    public static let schema = "hashmark.certificate/2"

    /// Gates of one kind and how they ended.
    public struct Row: Codable, Equatable, Sendable {
        /// What was injected: `nothing`, `CPU +3 %`, `+8 B per entry`.
        public var change: String
        /// `live` servers, rounds `resampled` from live ones, or `modelled` ones.
        public var how: String
        public var regressions = 0
        public var passes = 0
        public var inconclusive = 0
        /// Of resampled gates, how many have no round in common; nil where all are independent.
        public var disjoint: Int?

        /// The share of regressions that `regressions` of `gates` speak for: Clopper and Pearson's
        /// 95 % interval, on the gates that are worth something by themselves.
        public var interval: ConfidenceInterval {
            let worth = min(disjoint ?? gates, gates)
            let share = gates > 0 ? Double(regressions) / Double(gates) : 0
            return Binomial.interval(
                Int((share * Double(worth)).rounded()), of: worth, confidence: 0.95)
        }

        public init(change: String, how: String) {
            self.change = change
            self.how = how
        }

        public var gates: Int { regressions + passes + inconclusive }

        /// What the change of a row begins with that has none.
        public static let nothing = "nothing"

        /// As a record keeps it.
        public var recorded: RunRecord.Certificate.Row {
            let interval = self.interval
            return RunRecord.Certificate.Row(
                change: change, isHarmless: change.hasPrefix(Self.nothing), origin: how,
                regressions: regressions, passes: passes, inconclusive: inconclusive,
                worth: disjoint ?? gates, lower: interval.lower, upper: interval.upper)
        }

        /// Counts a verdict in by its status.
        public mutating func count(_ verdict: RunRecord.Verdict) {
            switch verdict.status {
            case .regression: regressions += 1
            case .inconclusive: inconclusive += 1
            case .pass, .improvement: passes += 1
            }
        }
    }

    public var schema = Certificate.schema
    public var environment: EnvironmentFingerprint
    /// UTC.
    public var startedAt: String
    public var target: String
    /// Name and hash of the policy that it speaks for.
    public var policy: String
    public var policyHash: String
    public var budgetSeconds: Double
    public var rounds: Int
    public var hours: [String]
    public var secondsPerRound: Double
    /// Standard deviation of what the rounds test without any change, by metric: of the mean over
    /// all loads, and of one.
    public var scatter: [String: Double]
    public var cellScatter: [String: Double]
    public var rows: [Row]

    public init(
        _ pool: RoundPool, _ policy: Policy, candidate: String, startedAt: String, rows: [Row]
    ) {
        environment = pool.environment
        self.startedAt = startedAt
        target = pool.spellings.first ?? ""
        self.policy = policy.name
        policyHash = policy.contentHash
        budgetSeconds = policy.budgetSeconds
        rounds = pool.rounds.count
        hours = pool.hours
        secondsPerRound = pool.secondsPerRound
        (cellScatter, scatter) = pool.scatter(of: candidate, policy)
        self.rows = rows
    }

    /// Why it certifies nothing; nil where it does.
    public var shortage: String? {
        let empty = rows.filter { $0.gates == 0 || $0.disjoint == 0 }
        guard !empty.isEmpty else { return nil }
        let budget = Int(saturating: budgetSeconds)
        return "\(rounds) rounds are too few for a single gate of \(budget) s "
            + "(\(empty.map(\.change).joined(separator: ", ")): 0 gates)"
    }

    /// Whether it was made on a machine like this one, for this target and policy.
    public func holds(
        on environment: EnvironmentFingerprint, target: String, policy: Policy
    ) -> Bool {
        self.environment.comparisonKey == environment.comparisonKey && self.target == target
            && self.policy == policy.name && policyHash == policy.contentHash
    }

    /// What a gate of its target by that policy will take and see.
    public func forecast(_ policy: Policy) -> Forecast {
        var forecast = Forecast.usual(policy, target: target)
        forecast.secondsPerRound = secondsPerRound
        forecast.scatter = scatter
        forecast.isCertified = true
        return forecast
    }

    /// As the record of the self-test keeps it.
    public var recorded: RunRecord.Certificate {
        RunRecord.Certificate(
            target: target, policy: policy, policyHash: policyHash, budgetSeconds: budgetSeconds,
            rounds: rounds, hours: hours.count, secondsPerRound: secondsPerRound,
            scatter: scatter, rows: rows.map(\.recorded))
    }

    /// The file: keys in order, a line end behind it.
    /// - Throws: where it cannot be written as JSON.
    public func json() throws(RunRecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(self) + [UInt8(ascii: "\n")]
        } catch {
            throw RunRecordError(
                cause: "the certificate cannot be written as JSON",
                remedy: "run the self-test again")
        }
    }

    /// More gates than a self-test runs of a kind. Their interval is summed up one by one.
    private static let mostGates = 1_000_000

    public init(json: Data, name: String) throws(RunRecordError) {
        let remedy = "write it again with `hashmark gate selftest`"
        try NumberBounds.check(json, name: name, remedy: remedy)
        guard let found = try? JSONDecoder().decode(Certificate.self, from: json),
            found.schema == Self.schema
        else {
            throw RunRecordError(
                cause: "\(name) is damaged, or no certificate as this version writes them",
                remedy: remedy)
        }
        for row in found.rows {
            let counts = [row.regressions, row.passes, row.inconclusive, row.disjoint ?? 0]
            guard counts.allSatisfy((0...Self.mostGates).contains) else {
                throw RunRecordError(
                    cause: "\(name) has a number of gates out of bounds at \"\(row.change)\"",
                    remedy: remedy)
            }
        }
        self = found
    }
}
