// Published claims against what a run measured: a pure function of the record.
//
//     figure, or its whole interval, inside the band    reproduced
//     figure, or its whole interval, outside            not reproduced
//     no figure; an interval that crosses an end        not measurable here, and why
//     an experiment that came to no end                 the same, whatever it left in the record
//
// Timed metrics of two targets that took turns are compared as everywhere else (Comparison): the
// centre and the interval of the rounds' log-ratios. Counted and simulated metrics repeat, so that
// their figure decides alone. An end of a band is a published figure, not a measurement: nothing is
// allowed for on top of it.
import RunRecord
import Statistics

public enum ClaimJudgement {
    /// The record's claims with their outcomes.
    public static func judged(_ record: RunRecord) -> [RunRecord.Claim] {
        record.claims.map { judge($0, record) }
    }

    private static func judge(_ claim: RunRecord.Claim, _ record: RunRecord) -> RunRecord.Claim {
        var claim = claim
        (claim.outcome, claim.measured, claim.interval, claim.reason) = (nil, nil, nil, nil)
        if let unmeasured = claim.unmeasured {
            claim.outcome = .notMeasurable
            claim.reason = unmeasured
            return claim
        }
        switch figure(claim, record) {
        case .failure(let missing):
            claim.outcome = .notMeasurable
            claim.reason = missing.reason
        case .success(let figure):
            claim.measured = figure.value
            claim.interval = figure.interval
            let reach = figure.interval ?? .init(min: figure.value, max: figure.value)
            if claim.expected.contains(reach) {
                claim.outcome = .reproduced
            } else if !claim.expected.overlaps(reach) {
                claim.outcome = .notReproduced
            } else {
                claim.outcome = .notMeasurable
                claim.reason =
                    "the interval crosses the end of what was claimed; measure more rounds"
            }
        }
        return claim
    }

    struct Figure {
        var value: Double
        var interval: RunRecord.Claim.Band?
    }

    /// Why there is no figure.
    struct Missing: Error {
        let reason: String

        init(_ reason: String) { self.reason = reason }
    }

    private static func figure(
        _ claim: RunRecord.Claim, _ record: RunRecord
    ) -> Result<Figure, Missing> {
        reading(claim, of: claim.target, in: claim.workload, record).flatMap { result, value in
            guard let baseline = claim.baseline else { return own(claim, result, value) }
            let workload = claim.baselineWorkload ?? claim.workload
            return reading(claim, of: baseline, in: workload, record).flatMap { before, from in
                switch claim.quantity {
                case .change where workload != claim.workload || claim.function != nil:
                    apart(before, result, from, value)
                case .change: change(claim, baseline, record)
                case .cost: ClaimCost.change(claim, baseline, from, record)
                case .value, .overhead, .difference: .success(Figure(value: value - from))
                }
            }
        }
    }

    /// A quantity of one target.
    private static func own(
        _ claim: RunRecord.Claim, _ result: RunRecord.Result, _ value: Double
    ) -> Result<Figure, Missing> {
        guard claim.quantity == .overhead else { return .success(Figure(value: value)) }
        guard case .number(let key) = result.conditions["key_size"],
            case .number(let bytes) = result.conditions["value_size"]
        else { return .failure(Missing("its sizes of key and value are not recorded")) }
        return .success(Figure(value: value - key - bytes))
    }

    /// The change between two experiments, which no rounds have in common: of times the interval is
    /// all that any two of their rounds would make of it, so that only large changes are decided.
    private static func apart(
        _ before: RunRecord.Result, _ after: RunRecord.Result, _ from: Double, _ to: Double
    ) -> Result<Figure, Missing> {
        guard from > 0 else { return .failure(Missing("the baseline is too near to 0")) }
        let change = to / from - 1
        guard before.kind == .cpu || before.kind == .wall else {
            return .success(Figure(value: change))
        }
        let (old, new) = (before.readings.sorted(), after.readings.sorted())
        guard min(old.count, new.count) >= HodgesLehmann.leastSamples, old[0] > 0 else {
            return .failure(
                Missing(
                    "\(min(old.count, new.count)) rounds give no interval; measure "
                        + "\(HodgesLehmann.leastSamples) or more"))
        }
        let range = RunRecord.Claim.Band(
            min: new[0] / old[old.count - 1] - 1, max: new[new.count - 1] / old[0] - 1)
        return .success(Figure(value: change, interval: range))
    }

    /// The change within an experiment, by its rounds where it has some.
    static func change(
        _ claim: RunRecord.Claim, _ baseline: String, _ record: RunRecord
    ) -> Result<Figure, Missing> {
        let row = Comparison(record, baseline: baseline).rows(of: claim.target).first {
            $0.metric == claim.metric && $0.workload == claim.workload
        }
        guard let row, let effect = row.effect else {
            return .failure(
                Missing(
                    "the two were not measured in the same conditions, or the baseline is "
                        + "too near to 0"))
        }
        // A timed metric without an interval is one reading of a noisy thing.
        if row.interval == nil && !row.logRatios.isEmpty {
            return .failure(
                Missing("\(row.logRatios.count) rounds give no interval; measure 6 or more"))
        }
        return .success(
            Figure(
                value: effect,
                interval: row.interval.map { .init(min: $0.lower, max: $0.upper) }))
    }

    /// The one result that a claim asks for, and its value or that of the claim's function.
    private static func reading(
        _ claim: RunRecord.Claim, of target: String, in workload: String, _ record: RunRecord
    ) -> Result<(RunRecord.Result, Double), Missing> {
        let result = record.results(of: target).first {
            $0.metric == claim.metric && $0.workload == workload
        }
        guard let result else {
            return .failure(Missing("\(workload) has no such result of \(target)"))
        }
        guard let value = result.value else {
            return .failure(Missing("\(target): \(result.reason ?? "no value")"))
        }
        guard let function = claim.function else { return .success((result, value)) }
        let profile = record.profiles.first {
            $0.target == target && $0.workload == workload && $0.unit == .lastLevelReadMisses
        }
        guard let profile else {
            return .failure(Missing("\(target): its misses were not told by function"))
        }
        // A function in which nothing missed is in no list of those in which something did.
        let own = profile.functions.filter { $0.name.text.contains(function) }.map(\.own)
        return .success((result, own.reduce(0, +)))
    }
}
