// From a record to what the timed rules test: one number per round and check, more is worse.
//
//   ratio        log(candidate / baseline)       of rules with a share as their margin
//   difference   candidate − baseline            of rules with a margin in the metric's unit
//
// A round's reading is the candidate against the baseline of the same round, and nothing else:
// where the two are equal, swapping them changes only the sign, whatever the launches scatter by.
// (The baseline's copy in the mean of a contrast c − (a + b)/2 would make it steadier and
// lopsided.) The copy against the baseline is a reading too, of what is not there.
//
// The pooled reading of a metric is the mean of its cells' readings in that round: cells share the
// launch and little else, so the mean scatters far less than any of them.
import Foundation
import RunRecord
import Statistics

/// The readings of one check.
struct TimedReadings {
    let subject: Subject
    let rule: Rule
    let better: Metric.Better
    /// Cells whose mean it is; 1 for a check of one load.
    var cells = 1
    /// By round, the screening rounds first; nil where a side has no reading.
    var candidate: [Double?] = []
    var sentinel: [Double?] = []
    var screened = 0

    /// Rounds in which the candidate was looked at.
    var measured: Int { candidate.count }
    var screen: [Double] { candidate.prefix(screened).compactMap(\.self) }
    var confirm: [Double] { candidate.dropFirst(screened).compactMap(\.self) }
    var all: [Double] { candidate.compactMap(\.self) }
}

/// What a record's rounds hold, looked up once.
struct RoundIndex {
    typealias Samples = (screen: [Double?], confirm: [Double?])

    /// One metric of one load.
    struct Column {
        let subject: Subject
        let better: Metric.Better
        /// Nil for what informs only.
        let rule: Rule?
        fileprivate var samples: [String: Samples] = [:]

        func samples(of target: String?) -> Samples {
            target.flatMap { samples[$0] } ?? ([], [])
        }
    }

    /// In the record's order.
    private var columns: [Column] = []

    /// Those of timed rules.
    var timed: [Column] { columns.filter { $0.rule != nil } }

    init(_ record: RunRecord, _ policy: Policy) {
        var rules: [String: Rule?] = [:]
        var places: [Subject: Int] = [:]
        for result in record.results {
            guard let stage = result.conditions[Stage.condition] else { continue }
            let rule = rules[result.metric] ?? policy.rule(for: result.metric)
            rules[result.metric] = .some(rule)
            guard let rule, rule.kind == .timed || rule.kind == .advisory else { continue }
            let subject = Subject(
                metric: result.metric, workload: result.workload,
                conditions: result.checkConditions)
            let place = places[subject] ?? columns.count
            if place == columns.count {
                places[subject] = place
                columns.append(
                    Column(
                        subject: subject, better: result.better,
                        rule: rule.kind == .timed ? rule : nil))
            }
            let values = result.samples.isEmpty ? [result.value] : result.samples
            if stage == .string(Stage.screen.rawValue) {
                columns[place].samples[result.target, default: ([], [])].screen += values
            } else {
                columns[place].samples[result.target, default: ([], [])].confirm += values
            }
        }
    }

    /// Rounds of a stage that a target went through.
    func rounds(_ stage: Stage, of target: String) -> Int {
        columns.lazy.map { $0.samples(of: target) }
            .map { stage == .screen ? $0.screen.count : $0.confirm.count }.max() ?? 0
    }

    /// The readings of one load.
    func readings(_ column: Column, _ rule: Rule, _ sides: Sides) -> TimedReadings {
        let sign = column.better == .lower ? 1.0 : -1
        func reading(_ before: Double?, _ after: Double?) -> Double? {
            guard let before, let after else { return nil }
            if rule.isDifference { return sign * (after - before) }
            return before > 0 && after > 0 ? sign * log(after / before) : nil
        }
        let before = column.samples(of: sides.baseline)
        func pairs(_ target: String?) -> (all: [Double?], screened: Int) {
            let after = column.samples(of: target)
            let screen = zip(before.screen, after.screen).map(reading)
            return (screen + zip(before.confirm, after.confirm).map(reading), screen.count)
        }
        var readings = TimedReadings(
            subject: column.subject, rule: rule, better: column.better)
        (readings.candidate, readings.screened) = pairs(sides.candidate)
        if sides.sentinel != nil { readings.sentinel = pairs(sides.sentinel).all }
        return readings
    }

    /// The mean over cells: of the rounds in which every cell that was ever read has a reading. The
    /// sentinel sits most cells out, others in every round: its mean is over those that it has.
    func pooled(_ cells: [TimedReadings]) -> TimedReadings {
        var pooled = TimedReadings(
            subject: Subject(metric: cells[0].subject.metric, workload: nil, conditions: [:]),
            rule: cells[0].rule, better: cells[0].better, cells: cells.count)
        func mean(
            _ path: KeyPath<TimedReadings, [Double?]>, ofAll needsAll: Bool
        ) -> [Double?] {
            let read = cells.map { $0[keyPath: path] }.filter { $0.contains { $0 != nil } }
            guard let rounds = read.map(\.count).min() else { return [] }
            return (0..<rounds).map { round in
                let values = read.compactMap { $0[round] }
                guard !values.isEmpty, values.count == read.count || !needsAll else { return nil }
                return values.reduce(0, +) / Double(values.count)
            }
        }
        pooled.candidate = mean(\.candidate, ofAll: true)
        pooled.sentinel = mean(\.sentinel, ofAll: false)
        pooled.screened = cells.map(\.screened).min() ?? 0
        return pooled
    }
}
