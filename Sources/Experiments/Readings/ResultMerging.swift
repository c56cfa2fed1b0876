// Results that were measured bit by bit become one: samples follow one another in the order of the
// record, so the same position in two targets' results is still the same round.
//
//   with samples      value = their median, as for rounds that were run at once
//   without           each value is a sample, and the median of them the value
//   latencies         the distributions are added, and every percentile read from the sum
import RunRecord
import Statistics

extension RunRecord.Result {
    /// One result per metric, target, workload and conditions, in the order of the first of each.
    static func merged(_ results: [RunRecord.Result]) -> [RunRecord.Result] {
        var order: [ResultKey] = []
        var parts: [ResultKey: [RunRecord.Result]] = [:]
        for result in results {
            if parts[result.key] == nil { order.append(result.key) }
            parts[result.key, default: []].append(result)
        }
        guard order.count < results.count else { return results }
        var distributions: [ResultKey: LatencyHistogram] = [:]
        for key in order {
            for encoded in parts[key]!.compactMap(\.histogram) where parts[key]!.count > 1 {
                guard let histogram = try? LatencyHistogram(base64V2: encoded) else { continue }
                distributions[key.distribution, default: LatencyHistogram()].merge(histogram)
            }
        }
        return order.map { merged(parts[$0]!, distributions[$0.distribution]) }
    }

    private static func merged(
        _ parts: [RunRecord.Result], _ distribution: LatencyHistogram?
    ) -> RunRecord.Result {
        let first = parts[0]
        guard parts.count > 1, let metric = Metric.named(first.metric) else { return first }
        let samples = parts.flatMap { $0.samples.isEmpty ? [$0.value] : $0.samples }
        let point = first.metric.split(separator: "/").last?.dropFirst().description
        let percentile = point.flatMap(Double.init).flatMap { distribution?.carriedPercentile($0) }
        guard
            let value = percentile.map({ Double($0) })
                ?? Descriptive.median(samples.compactMap(\.self))
        else {
            return RunRecord.Result(
                metric, target: first.target, workload: first.workload,
                conditions: first.conditions,
                unavailable: parts.compactMap(\.reason).first ?? "nothing was measured",
                samples: samples)
        }
        return RunRecord.Result(
            metric, target: first.target, workload: first.workload, conditions: first.conditions,
            value: value, samples: samples,
            histogram: parts.contains { $0.histogram != nil } ? distribution?.base64V2() : nil)
    }
}

extension ResultKey {
    /// The key of the distribution that a percentile was read from.
    fileprivate var distribution: ResultKey {
        var key = self
        key.metric = metric.split(separator: "/").dropLast().joined(separator: "/")
        return key
    }
}
