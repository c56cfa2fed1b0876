// Effects of candidates against a baseline, from the rounds of one record.
//
// A timed metric has one sample per round on each side. Samples of the same round saw the same
// neighbours, so their log-ratio is one reading of the effect; over the rounds, its centre is
// estimated by Hodges and Lehmann, its interval by inverting the signed-rank test, and the smallest
// effect that this very run could have seen follows from the scatter. Counted and simulated metrics
// are differences, without an interval: they repeat.
//
// Non-goal: judgement. Gate decides what an effect means; this says how large it is.
import Distributions
import Foundation
import Quantities
import RunRecord
import Statistics

public struct Comparison: Equatable, Sendable {
    /// One metric of one candidate against the baseline.
    public struct Row: Equatable, Sendable {
        public var metric: String
        public var title: String
        public var unit: Metric.Unit
        public var kind: Metric.Kind
        public var better: Metric.Better
        public var workload: String?
        public var conditions: Conditions
        public var candidate: String
        public var baselineValue: Double
        public var candidateValue: Double
        /// Relative change, as a share: of the rounds' log-ratios where there are rounds; nil where
        /// the baseline is too near to 0 to carry one.
        public var effect: Double?
        /// Of `effect`; nil for counted metrics and where the rounds are too few.
        public var interval: ConfidenceInterval?
        /// The smallest change, as a share, that this run would have seen in 80 of 100 repetitions;
        /// nil where it could not have seen any.
        public var detectable: Double?
        /// Two-sided, of the sign-flip test; nil without rounds.
        public var pValue: Double?
        /// The rounds' log-ratios: what everything above follows from.
        public var logRatios: [Double]
        /// Why a metric that has an interval as a rule has none here.
        public var noInterval: String?

        /// Why there is no interval, whichever the metric.
        var whyNoInterval: String {
            if let noInterval { return noInterval }
            if kind == .exact || kind == .simulated { return "counted, it repeats" }
            return effect == nil ? "too near to 0 for a share" : "measured once"
        }

        /// The level that agrees with the effect: the baseline's, changed by it. The median of the
        /// candidate's own rounds does not, for it saw other neighbours.
        public var candidateLevel: Double {
            effect.map { baselineValue * (1 + $0) } ?? candidateValue
        }
        public var change: Change {
            effect.map { .share($0) } ?? .difference(candidateValue - baselineValue)
        }
        /// True where the interval leaves 0 out, or a counted metric differs.
        public var isDistinct: Bool {
            interval.map { !$0.contains(0) }
                ?? (logRatios.isEmpty && noInterval == nil && !change.isNone)
        }
        /// True where the change is for the better.
        public var isImprovement: Bool { change.isRise == (better == .higher) }
    }

    public let baseline: String
    /// Labels in the record's order.
    public let candidates: [String]
    public let rows: [Row]
    /// Of the stacks that were sampled beside the rounds, by candidate.
    private let functions: [String: [StackDifference]]

    /// Compares every other target of the record with `baseline`.
    public init(_ record: RunRecord, baseline: String) {
        self.baseline = baseline
        candidates = record.targets.map(\.label).filter { label in
            label != baseline && record.results.contains { $0.target == label }
        }
        // Looked up and not searched: a record has thousands of results.
        let others = Dictionary(
            grouping: record.results.filter { $0.target != baseline }, by: \.key.ofAnyTarget)
        var rows: [Row] = []
        for base in record.results where base.target == baseline {
            guard let from = base.value else { continue }
            for other in others[base.key.ofAnyTarget] ?? [] {
                if let to = other.value { rows.append(Self.row(base, other, from, to)) }
            }
        }
        self.rows = rows
        functions = Dictionary(
            uniqueKeysWithValues: Set(candidates).map {
                ($0, record.differences(of: $0, from: baseline))
            })
    }

    /// Whether a result is in one of the rows.
    public func tells(_ result: RunRecord.Result) -> Bool {
        rows.contains { row in
            row.metric == result.metric && row.workload == result.workload
                && row.conditions == result.conditions
                && (result.target == baseline || result.target == row.candidate)
        }
    }

    private static func row(
        _ base: RunRecord.Result, _ other: RunRecord.Result, _ from: Double, _ to: Double
    ) -> Row {
        var ratios: [Double] = []
        var pairs = 0
        let carries = Change.carriesShare(from, of: base.metric, unit: base.unit)
        let isTimed = carries && base.kind != .exact && base.kind != .simulated
        if isTimed {
            for case (let before?, let after?) in zip(base.samples, other.samples) {
                pairs += 1
                if before > 0 && after > 0 { ratios.append(log(after / before)) }
            }
        }
        let rounds = min(base.samples.count, other.samples.count)
        var random = SplitMix64(seed: 1)
        let centre = HodgesLehmann.estimate(ratios)
        return Row(
            metric: base.metric, title: Metric.named(base.metric)?.title ?? base.metric,
            unit: base.unit, kind: base.kind, better: base.better, workload: base.workload,
            conditions: base.conditions, candidate: other.target, baselineValue: from,
            candidateValue: to,
            effect: centre.map(Descriptive.relativeChange) ?? (carries ? to / from - 1 : nil),
            interval: HodgesLehmann.interval(ratios).map {
                ConfidenceInterval(
                    lower: Descriptive.relativeChange(logRatio: $0.lower),
                    upper: Descriptive.relativeChange(logRatio: $0.upper),
                    confidence: $0.confidence)
            },
            detectable: Power.minimumDetectableEffect(ratios).map(Descriptive.relativeChange),
            pValue: ratios.count > 1 ? SignFlipTest.run(ratios, using: &random).pValue : nil,
            logRatios: ratios,
            noInterval: isTimed && ratios.count < HodgesLehmann.leastSamples
                ? reason(rounds: rounds, pairs: pairs, ratios: ratios.count) : nil)
    }

    private static func reason(rounds: Int, pairs: Int, ratios: Int) -> String? {
        if rounds == 0 { return nil }  // measured once, not in rounds
        if rounds < HodgesLehmann.leastSamples {
            return "needs \(HodgesLehmann.leastSamples) rounds"
        }
        if pairs < HodgesLehmann.leastSamples { return "\(pairs) of \(rounds) rounds carry it" }
        return "0 in \(pairs - ratios) of \(pairs) rounds"
    }

    /// Rows of one candidate, in the record's order.
    public func rows(of candidate: String) -> [Row] { rows.filter { $0.candidate == candidate } }

    /// What moved together with the time a candidate's requests take: instructions, misses, system
    /// calls, bytes, functions, and on a processor that counts, what its cycles went to.
    /// Nil where nothing of it was counted or sampled.
    public func mechanism(of candidate: String) -> String? {
        var causes: [Metric] = [
            .simulated(.instructions), .simulated(.d1ReadMisses), .simulated(.llReadMisses),
            .simulated(.systemCalls), .hardware("instructions"), .instructionsPerCycle,
            .hardware("ll_read_misses"), .hardware("dtlb_read_misses"),
        ]
        causes += Metric.TopDown.allCases.map { Metric.topDown($0) }
        causes += [.memoryPerEntry(.reported), .allocationsPerEntry]
        let parts = causes.compactMap { metric -> String? in
            guard let row = rows(of: candidate).first(where: { $0.metric == metric.id }) else {
                return nil
            }
            let difference = row.candidateLevel - row.baselineValue
            let by = Scale(row.unit, values: [abs(difference)]).text(difference)
            return row.effect.map { "\(row.title) \($0.changeText) (\(by))" }
                ?? "\(row.title) (\(by))"
        }
        let moved = StackDifference.words(functions[candidate] ?? []).map { "functions: \($0)" }
        let told = parts + [moved].compactMap(\.self)
        return told.isEmpty ? nil : told.joined(separator: ", ")
    }
}
