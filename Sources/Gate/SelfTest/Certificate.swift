// What `gate selftest` found out about a runner: how often it would raise a false alarm, what it
// catches, how much its rounds scatter, and what they cost. Stored, so that a gate can say before
// it starts what it will be able to see.
import Foundation
import RunRecord

public struct Certificate: Codable, Equatable, Sendable {
    public static let schema = "hashmark.certificate/1"

    /// Gates of one kind and how they ended.
    public struct Row: Codable, Equatable, Sendable {
        /// What was injected: `nothing`, `CPU +3 %`, `+8 B per entry`.
        public var change: String
        /// `live` servers, or rounds `resampled` from live ones.
        public var how: String
        public var regressions = 0
        public var passes = 0
        public var inconclusive = 0

        public init(change: String, how: String) {
            self.change = change
            self.how = how
        }

        public var gates: Int { regressions + passes + inconclusive }

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
    public var workload: String
    public var budgetSeconds: Double
    public var rounds: Int
    public var hours: [String]
    public var secondsPerRound: Double
    public var secondsPerLaunch: Double?
    public var secondsPerSeed: Double?
    /// Standard deviation of the rounds' log-ratios without any change, by metric.
    public var scatter: [String: Double]
    public var rows: [Row]

    public init(
        _ pool: RoundPool, startedAt: String, scatter: [String: Double], budgetSeconds: Double,
        rows: [Row]
    ) {
        environment = pool.environment
        self.startedAt = startedAt
        target = pool.spellings.first ?? ""
        workload = pool.workload
        self.budgetSeconds = budgetSeconds
        rounds = pool.rounds.count
        hours = pool.hours
        secondsPerRound = pool.secondsPerRound
        self.scatter = scatter
        self.rows = rows
    }

    /// Whether it was made on a machine like this one.
    public func holds(on environment: EnvironmentFingerprint) -> Bool {
        self.environment.comparisonKey == environment.comparisonKey
    }

    public var forecast: Forecast {
        Forecast(
            secondsPerRound: secondsPerRound,
            secondsPerLaunch: secondsPerLaunch ?? Forecast.usual.secondsPerLaunch,
            secondsPerSeed: secondsPerSeed ?? Forecast.usual.secondsPerSeed, scatter: scatter,
            isCertified: true)
    }

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

    public init(json: Data, name: String) throws(RunRecordError) {
        guard let found = try? JSONDecoder().decode(Certificate.self, from: json),
            found.schema == Self.schema
        else {
            throw RunRecordError(
                cause: "\(name) is damaged or no certificate",
                remedy: "write it again with `hashmark gate selftest`")
        }
        self = found
    }
}
