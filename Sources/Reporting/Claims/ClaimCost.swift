// A claim about speed that is bought with memory, or the other way round, as a decision: what the
// workload costs on either target at the claim's prices, by the cost view's formula (CostTable).
//
//     cost/h = operations per second ÷ throughput per core × price per core-hour
//            + entries × bytes per entry × price per GB-hour
//
// Bytes repeat, so the interval is that of the throughput.
import RunRecord

enum ClaimCost {
    /// The change of the whole cost from the baseline's, as a share.
    /// - Parameter speed: operations per second of CPU time of the baseline.
    static func change(
        _ claim: RunRecord.Claim, _ baseline: String, _ speed: Double, _ record: RunRecord
    ) -> Result<ClaimJudgement.Figure, ClaimJudgement.Missing> {
        guard let prices = claim.prices else {
            return .failure(.init("the claim has no prices"))
        }
        let metric = Metric.memoryPerEntry(.reported).id
        func bytes(_ target: String) -> Double? {
            record.results(of: target).first {
                $0.metric == metric && $0.workload == claim.workload
            }?.value
        }
        guard let before = bytes(baseline), let after = bytes(claim.target) else {
            return .failure(.init("\(claim.workload) has no bytes per entry of both"))
        }
        typealias Outcome = Result<ClaimJudgement.Figure, ClaimJudgement.Missing>
        return ClaimJudgement.change(claim, baseline, record).flatMap { effect -> Outcome in
            guard speed > 0, effect.value > -1 else {
                return .failure(.init("no throughput per core"))
            }
            func cost(_ speed: Double, _ bytes: Double) -> Double {
                let costs = Prices(
                    perCoreHour: prices.perCoreHour, perGBHour: prices.perGBHour,
                    operationsPerSecond: prices.operations, entries: prices.entries
                ).costs(operationsPerCoreSecond: speed, bytesPerEntry: bytes)
                return costs.cpu + costs.memory
            }
            let base = cost(speed, before)
            guard base > 0 else { return .failure(.init("nothing costs anything")) }
            func change(_ effect: Double) -> Double {
                cost(speed * (1 + effect), after) / base - 1
            }
            // The faster, the cheaper: the ends change places.
            let interval = effect.interval.flatMap { band -> RunRecord.Claim.Band? in
                guard let slow = band.min, let fast = band.max, slow > -1 else { return nil }
                return .init(min: change(fast), max: change(slow))
            }
            return .success(.init(value: change(effect.value), interval: interval))
        }
    }
}
