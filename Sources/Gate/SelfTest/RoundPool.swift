// Recorded rounds as a pool to draw gates from.
//
// A pool holds what each live round gave for the timed metrics of every load: the baseline, its
// copy, and the candidates that ran beside them. A resampled gate takes a stretch of rounds that
// followed one another: what lasts over rounds (a neighbour, a clock rate) lasts in the gate as
// well. A shift that is asked for is applied to the candidate's readings.
//
// The file is one JSON document of plain numbers with seven digits, a line per round.
import Foundation
import Quantities
import RunRecord
import Statistics

public struct RoundPool: Codable, Equatable, Sendable {
    /// Version 1 held medians of slices of one load.
    public static let schema = "hashmark.rounds/2"

    /// One metric of one load.
    public struct Column: Codable, Hashable, Sendable {
        public var metric: String
        public var workload: String?
        public var conditions: Conditions

        var subject: Subject {
            Subject(metric: metric, workload: workload, conditions: conditions)
        }
    }

    /// One round: readings by target, in the order of `targets`; of each, in that of `columns`.
    public struct Entry: Codable, Equatable, Sendable {
        /// UTC: `2026-11-21T06`.
        public var hour: String
        public var values: [[Double?]]
    }

    public var schema = RoundPool.schema
    public var environment: EnvironmentFingerprint
    /// Name and hash of the policy whose rounds they are.
    public var policy: String
    public var policyHash: String
    public var columns: [Column]
    /// Labels; the first is the baseline.
    public var targets: [String]
    public var spellings: [String]
    /// Wall time of a round of three servers, in s.
    public var secondsPerRound: Double
    /// In the order in which they were measured.
    public var rounds: [Entry]

    /// The rounds of a record that measured totals; readings of before have no place here.
    /// - Parameter secondsPerRound: as measured.
    public init(_ record: RunRecord, _ policy: Policy, secondsPerRound: Double) {
        self.policy = policy.name
        policyHash = policy.contentHash
        self.secondsPerRound = secondsPerRound
        environment = record.environment
        targets = record.targets.map(\.label)
        spellings = record.targets.map(\.spelling)
        let timed = RoundIndex(record, policy).timed.filter {
            Estimator.isOfRounds($0.subject.conditions)
        }
        columns = timed.map(\.subject).map {
            Column(metric: $0.metric, workload: $0.workload, conditions: $0.conditions ?? [:])
        }
        let samples = targets.map { target in
            timed.map { column in
                let samples = column.samples(of: target)
                return samples.screen + samples.confirm
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

    /// The rounds of a gate whose candidate was its baseline once more.
    /// - Parameter name: the record's file, in messages.
    /// - Throws: where the record is no gate's, or the two were not the same.
    public init(ofGate record: RunRecord, name: String) throws {
        guard let verdict = record.verdict, let basis = verdict.basis,
            let seconds = basis.secondsPerRound, seconds > 0, let baseline = verdict.baseline,
            let sentinel = verdict.sentinel
        else {
            throw RunRecordError(
                cause: "\(name) is no gate's record, or one without rounds",
                remedy: "give the run.json of a gate of two live servers, or a file of "
                    + "`hashmark gate selftest --save-rounds`")
        }
        let order = [baseline, sentinel, verdict.candidate]
        let labels = record.targets.map(\.label)
        let places = order.compactMap { label in labels.firstIndex(of: label) }
        guard Set(places).count == order.count else {
            throw RunRecordError(
                cause: "\(name) does not name the three servers of its verdict",
                remedy: "give the record as the gate wrote it")
        }
        let spelled = places.map { record.targets[$0].spelling }
        guard spelled[0] == spelled[2] else {
            throw RunRecordError(
                cause: "\(name) compared two different servers",
                remedy: "give rounds in which nothing differed")
        }
        var policy = try Policy(yaml: Array(basis.policy.utf8), file: "\(name): policy")
        policy.contentHash = verdict.policyHash
        self.init(record, policy, secondsPerRound: seconds)
        targets = Self.labels
        spellings = spelled
        for index in rounds.indices {
            let values = rounds[index].values
            rounds[index].values = places.map { values[$0] }
        }
    }

    /// Labels of rounds in which nothing differs: the baseline, its copy, and the same once more.
    public static let labels = [
        SelfTest.baselineLabel, SelfTest.copyLabel, SelfTest.unchangedLabel,
    ]

    /// Seven digits: a hundred times finer than anything that repeats.
    private static func shortened(_ value: Double) -> Double {
        Double(value.significant(7)) ?? value
    }

    /// Adds the rounds of another pool of the same targets, policy and loads; false when it is not.
    public mutating func append(_ other: RoundPool) -> Bool {
        guard other.targets == targets, other.spellings == spellings, other.columns == columns,
            other.policy == policy, other.policyHash == policyHash,
            other.environment.comparisonKey == environment.comparisonKey
        else { return false }
        rounds += other.rounds
        return true
    }

    public var hours: [String] { Set(rounds.map(\.hour)).sorted() }

    /// Standard deviations of what a gate tests when nothing changed, by metric: of single loads
    /// (their root mean square), and of the mean over all.
    public func scatter(of candidate: String, _ policy: Policy) -> (
        cells: [String: Double], pooled: [String: Double]
    ) {
        guard let one = targets.firstIndex(of: candidate) else { return ([:], [:]) }
        var cells: [String: Double] = [:]
        var pooled: [String: Double] = [:]
        for metric in Set(columns.map(\.metric)) {
            guard let rule = policy.rule(for: metric) else { continue }
            let indices = columns.indices.filter { columns[$0].metric == metric }
            let readings = indices.map { index in
                rounds.map { round -> Double? in
                    guard let before = round.values[0][index], let after = round.values[one][index]
                    else { return nil }
                    if rule.isDifference { return after - before }
                    return before > 0 && after > 0 ? log(after / before) : nil
                }
            }
            let variances = readings.compactMap {
                Descriptive.standardDeviation($0.compactMap(\.self)).map { $0 * $0 }
            }
            cells[metric] = Descriptive.mean(variances)?.squareRoot()
            pooled[metric] = Descriptive.standardDeviation(
                rounds.indices.compactMap { round in
                    let values = readings.compactMap { $0[round] }
                    return values.count == readings.count ? Descriptive.mean(values) : nil
                })
        }
        return (cells, pooled)
    }

    /// The file, a line for each round.
    /// - Throws: where it cannot be written as JSON.
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
        let remedy = "record rounds again with `hashmark gate selftest --save-rounds`"
        try NumberBounds.check(json, name: name, remedy: remedy)
        guard let pool = try? JSONDecoder().decode(RoundPool.self, from: json),
            pool.schema == Self.schema,
            pool.rounds.allSatisfy({ round in
                round.values.count == pool.targets.count
                    && round.values.allSatisfy { $0.count == pool.columns.count }
            })
        else {
            throw RunRecordError(
                cause: "\(name) is damaged, or no file of rounds as this version measures them",
                remedy: remedy)
        }
        self = pool
    }
}

/// A gate's rounds: a stretch of a pool.
public struct PoolMeasurer: OfflineMeasurer {
    private let pool: RoundPool
    private let candidate: Int
    private let copy: Int
    /// Change of the candidate's readings, as a share, by metric.
    private let shift: [String: Double]
    /// Rounds that were not used yet, in the order in which they were measured.
    private var left: ArraySlice<RoundPool.Entry>

    /// - Parameters:
    ///   - count: rounds that a gate may take.
    ///   - candidate: whose readings stand for the candidate's; label in the pool.
    ///   - copy: whose stand for the baseline's copy.
    public init(
        _ pool: RoundPool, hour: String, count: Int, candidate: String, copy: String,
        shift: [String: Double] = [:], using random: inout some RandomNumberGenerator
    ) {
        self.pool = pool
        self.candidate = pool.targets.firstIndex(of: candidate) ?? 0
        self.copy = pool.targets.firstIndex(of: copy) ?? 0
        self.shift = shift
        let rounds = pool.rounds.filter { $0.hour == hour }
        let start = Int.random(in: 0...max(0, rounds.count - count), using: &random)
        left = rounds[start..<min(start + count, rounds.count)]
    }

    public mutating func answer(
        _ need: Need, _ sides: Sides, _ record: inout RunRecord
    ) -> Double {
        guard case .rounds(let stage, _, let count) = need else { return 0 }
        let drawn = left.prefix(count)
        left = left.dropFirst(drawn.count)
        for (index, column) in pool.columns.enumerated() {
            guard let metric = Metric.named(column.metric) else { continue }
            for (label, target, factor) in [
                (sides.baseline, 0, 1.0), (sides.sentinel, copy, 1),
                (sides.candidate, candidate, 1 + (shift[column.metric] ?? 0)),
            ] {
                guard let label else { continue }
                let samples = drawn.map { $0.values[target][index].map { $0 * factor } }
                record.results.append(
                    RunRecord.Result(
                        metric, target: label, workload: column.workload,
                        conditions: column.conditions.merging(
                            [Stage.condition: .string(stage.rawValue)]) { $1 },
                        value: Descriptive.median(samples.compactMap(\.self)) ?? .nan,
                        samples: samples))
            }
        }
        // What an empty pool would take is more than any budget: the gate ends with what it has.
        return drawn.count < count ? 1e9 : Double(count) * pool.secondsPerRound
    }
}
