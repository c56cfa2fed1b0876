// Published claims against what a run measured: a pure function of the record.
//
//     figure, or its whole interval, inside the band    reproduced
//     figure, or its whole interval, outside            not reproduced
//     no figure; an interval that crosses an end        not measurable here, and why
//
// Timed metrics of two targets that took turns are compared as everywhere else (Comparison): the
// centre and the interval of the rounds' log-ratios. Counted and simulated metrics repeat, so that
// their figure decides alone. An end of a band is a published figure, not a measurement: nothing is
// allowed for on top of it.
import RunRecord

public enum ClaimJudgement {
    /// The record's claims with their outcomes.
    public static func judged(_ record: RunRecord) -> [RunRecord.Claim] {
        record.claims.map { judge($0, record) }
    }

    private static func judge(_ claim: RunRecord.Claim, _ record: RunRecord) -> RunRecord.Claim {
        var claim = claim
        (claim.outcome, claim.measured, claim.interval, claim.reason) = (nil, nil, nil, nil)
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

    private struct Figure {
        var value: Double
        var interval: RunRecord.Claim.Band?
    }

    private struct Missing: Error {
        let reason: String
    }

    private static func figure(
        _ claim: RunRecord.Claim, _ record: RunRecord
    ) -> Result<Figure, Missing> {
        reading(claim, of: claim.target, record).flatMap { result, value in
            guard let baseline = claim.baseline else { return own(claim, result, value) }
            return reading(claim, of: baseline, record).flatMap { _, from in
                switch claim.quantity {
                case .change: change(claim, baseline, record)
                default: .success(Figure(value: value - from))
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
        else { return .failure(Missing(reason: "its sizes of key and value are not recorded")) }
        return .success(Figure(value: value - key - bytes))
    }

    private static func change(
        _ claim: RunRecord.Claim, _ baseline: String, _ record: RunRecord
    ) -> Result<Figure, Missing> {
        let row = Comparison(record, baseline: baseline).rows(of: claim.target).first {
            $0.metric == claim.metric && $0.workload == claim.workload
        }
        guard let row, let effect = row.effect else {
            return .failure(
                Missing(
                    reason: "the two were not measured in the same conditions, or the baseline is "
                        + "too near to 0"))
        }
        // A timed metric without an interval is one reading of a noisy thing.
        if row.interval == nil && !row.logRatios.isEmpty {
            return .failure(
                Missing(reason: "\(row.logRatios.count) rounds give no interval; measure 6 or more")
            )
        }
        return .success(
            Figure(
                value: effect,
                interval: row.interval.map { .init(min: $0.lower, max: $0.upper) }))
    }

    /// The one result that a claim asks for.
    private static func reading(
        _ claim: RunRecord.Claim, of target: String, _ record: RunRecord
    ) -> Result<(RunRecord.Result, Double), Missing> {
        let result = record.results(of: target).first {
            $0.metric == claim.metric && $0.workload == claim.workload
        }
        guard let result else {
            return .failure(
                Missing(reason: "\(claim.workload) has no such result of \(target)"))
        }
        guard let value = result.value else {
            return .failure(Missing(reason: "\(target): \(result.reason ?? "no value")"))
        }
        return .success((result, value))
    }
}
