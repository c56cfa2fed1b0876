// Recorded rounds as a pool to draw gates from.
//
// A pool holds what each live round gave for the timed metrics: the baseline, its copy, and the
// candidates that ran beside them. A resampled gate draws its rounds from one hour of the pool,
// without replacement, in random order; a shift that is asked for is applied to the candidate's
// readings. So drift between hours, outliers and correlations between metrics are the machine's own.
//
// The file is one JSON document of plain numbers with seven digits, about 100 bytes a round.
import Foundation
import RunRecord
import Statistics

public struct RoundPool: Codable, Equatable, Sendable {
    public static let schema = "hashmark.rounds/1"

    /// One round: readings by target, in the order of `targets`; of each, in that of `metrics`.
    public struct Entry: Codable, Equatable, Sendable {
        /// UTC: `2026-11-21T06`.
        public var hour: String
        public var values: [[Double?]]
    }

    public var schema = RoundPool.schema
    public var workload: String
    public var environment: EnvironmentFingerprint
    public var metrics: [String]
    /// Labels; the first is the baseline.
    public var targets: [String]
    public var spellings: [String]
    /// Wall time of a round of three servers, in s.
    public var secondsPerRound: Double
    public var rounds: [Entry]

    /// The rounds of a record, of one workload.
    /// - Parameter secondsPerRound: as measured.
    public init(
        _ record: RunRecord, workload: String, metrics: [String], secondsPerRound: Double
    ) {
        self.workload = workload
        self.metrics = metrics
        self.secondsPerRound = secondsPerRound
        environment = record.environment
        targets = record.targets.map(\.label)
        spellings = record.targets.map(\.spelling)
        let samples = targets.map { target in
            metrics.map { metric in
                record.samples(
                    Subject(metric: metric, workload: workload, conditions: nil), of: target)
            }
        }
        let count = samples.flatMap { $0.map(\.count) }.min() ?? 0
        let hour = String((record.startedAt ?? "").prefix(13))
        rounds = (0..<count).map { round in
            Entry(
                hour: hour,
                values: samples.map { target in target.map { $0[round].map(Self.shortened) } })
        }
    }

    /// Seven digits: a hundred times finer than anything that repeats.
    private static func shortened(_ value: Double) -> Double {
        Double(String(format: "%.7g", value)) ?? value
    }

    /// Adds the rounds of another pool of the same targets and metrics; false when it is not.
    public mutating func append(_ other: RoundPool) -> Bool {
        guard other.targets == targets, other.metrics == metrics, other.workload == workload,
            other.environment.comparisonKey == environment.comparisonKey
        else { return false }
        rounds += other.rounds
        return true
    }

    public var hours: [String] { Set(rounds.map(\.hour)).sorted() }

    /// Standard deviation of the log-ratios that a gate tests when nothing changed: the copy of the
    /// baseline against it, by metric.
    public func scatter(of candidate: String, copy: String) -> [String: Double] {
        guard let one = targets.firstIndex(of: candidate), let two = targets.firstIndex(of: copy)
        else { return [:] }
        var scatter: [String: Double] = [:]
        for (index, metric) in metrics.enumerated() {
            let ratios = rounds.compactMap { round -> Double? in
                guard let base = round.values[0][index], let copy = round.values[two][index],
                    let value = round.values[one][index]
                else { return nil }
                return log(value) - (log(base) + log(copy)) / 2
            }
            scatter[metric] = Descriptive.standardDeviation(ratios)
        }
        return scatter
    }

    public func json() throws(RunRecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            // A line per round: diffs and tools read them better than one long line.
            let text = String(decoding: try encoder.encode(self), as: UTF8.self)
                .replacingOccurrences(of: "},{\"hour\"", with: "},\n{\"hour\"")
            return Data((text + "\n").utf8)
        } catch {
            throw RunRecordError(
                cause: "the rounds cannot be written as JSON", remedy: "record them again")
        }
    }

    public init(json: Data, name: String) throws(RunRecordError) {
        guard let pool = try? JSONDecoder().decode(RoundPool.self, from: json),
            pool.schema == Self.schema
        else {
            throw RunRecordError(
                cause: "\(name) is damaged or no file of rounds",
                remedy: "give one that `hashmark gate selftest` wrote")
        }
        self = pool
    }
}

/// A gate's rounds drawn from a pool.
public struct PoolBench: Bench {
    private let pool: RoundPool
    private let candidate: Int
    private let copy: Int
    /// Change of the candidate's readings, as a share, by metric.
    private let shift: [String: Double]
    /// Rounds that were not drawn yet, in random order.
    private var left: [RoundPool.Entry]

    /// - Parameters:
    ///   - candidate: whose readings stand for the candidate's; label in the pool.
    ///   - copy: whose stand for the baseline's copy.
    public init(
        _ pool: RoundPool, hour: String, candidate: String, copy: String,
        shift: [String: Double] = [:], using random: inout some RandomNumberGenerator
    ) {
        self.pool = pool
        self.candidate = pool.targets.firstIndex(of: candidate) ?? 0
        self.copy = pool.targets.firstIndex(of: copy) ?? 0
        self.shift = shift
        left = pool.rounds.filter { $0.hour == hour }.shuffled(using: &random)
    }

    public mutating func answer(
        _ need: Need, _ sides: Sides, _ record: inout RunRecord
    ) -> Double {
        guard case .rounds(let stage, _, let count) = need else { return 0 }
        let drawn = left.suffix(count)
        left.removeLast(drawn.count)
        for (index, id) in pool.metrics.enumerated() {
            guard let metric = Metric.named(id) else { continue }
            for (label, target, factor) in [
                (sides.baseline, 0, 1.0), (sides.sentinel, copy, 1),
                (sides.candidate, candidate, 1 + (shift[id] ?? 0)),
            ] {
                guard let label else { continue }
                let samples = drawn.map { $0.values[target][index].map { $0 * factor } }
                record.results.append(
                    RunRecord.Result(
                        metric, target: label, workload: pool.workload,
                        conditions: [Stage.condition: .string(stage.rawValue)],
                        value: Descriptive.median(samples.compactMap(\.self)) ?? .nan,
                        samples: samples))
            }
        }
        // What an empty pool would take is more than any budget: the gate ends with what it has.
        return drawn.count < count ? 1e9 : Double(count) * pool.secondsPerRound
    }
}
