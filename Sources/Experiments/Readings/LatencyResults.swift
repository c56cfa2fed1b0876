// Distributions of latencies as results: points of each, and one copy of the whole.
import RunRecord
import Statistics

/// A point of a distribution that becomes a result.
enum LatencyPoint {
    /// 0 …< 100.
    case percentile(Double)
    case mean, min, max

    /// Of rounds and replays; the whole distribution is in the record as well.
    static let percentiles: [LatencyPoint] = [50, 99, 99.9].map { .percentile($0) }
    /// Of bench, as people read them in valkey-benchmark's output.
    static let all: [LatencyPoint] =
        [50, 90, 95, 99, 99.9, 99.99].map { .percentile($0) } + [.mean, .min, .max]

    var name: String {
        switch self {
        case .percentile(let percent):
            percent == percent.rounded() ? "p\(Int(percent))" : "p\(percent)"
        case .mean: "mean"
        case .min: "min"
        case .max: "max"
        }
    }

    /// In ns. Closures and not `Double.init`, which of a UInt64 is the one that takes a bit
    /// pattern.
    func value(_ histogram: LatencyHistogram) -> Double? {
        switch self {
        case .percentile(let percent): histogram.carriedPercentile(percent).map { Double($0) }
        case .mean: histogram.mean
        case .min: histogram.min.map { Double($0) }
        case .max: histogram.max.map { Double($0) }
        }
    }

    /// Why there is no such value.
    func shortfall(_ histogram: LatencyHistogram) -> String {
        guard case .percentile(let percent) = self else { return "nothing was answered" }
        return histogram.shortfall(percent)
    }
}

/// Writes the latencies of one target under one load.
struct LatencyResults {
    let target: String
    let workload: String
    let conditions: Conditions
    var points = LatencyPoint.percentiles
    let parts: Parts

    /// What the distributions of one quantity are to each other.
    enum Parts {
        /// Rounds of one measurement: values are of all of them together, and each is a sample.
        case rounds
        /// Measurements of the same: values are their medians; where none of them carries a point,
        /// all together may.
        case repetitions
    }

    /// - Parameters:
    ///   - histograms: of each part; nil where it had none.
    ///   - keepsWhole: the first point carries all of them together: once is enough, for every
    ///     point can be computed from it.
    ///   - metric: of a point's name.
    func results(
        _ histograms: [LatencyHistogram?], keepsWhole: Bool = true, _ metric: (String) -> Metric
    ) -> [RunRecord.Result] {
        var whole = LatencyHistogram()
        for case let part? in histograms { whole.merge(part) }
        return points.enumerated().map { index, point in
            let row = metric(point.name)
            let samples = histograms.map { $0.flatMap(point.value) }
            var result = RunRecord.Result(
                row, target: target, workload: workload, conditions: conditions,
                unavailable: point.shortfall(whole))
            if let value = value(point, samples, whole) {
                let keepsSamples = parts == .rounds || histograms.count > 1
                result = RunRecord.Result(
                    row, target: target, workload: workload, conditions: conditions,
                    value: value, samples: keepsSamples ? samples : [])
            }
            if keepsWhole && index == 0 { result.histogram = whole.base64V2() }
            return result
        }
    }

    private func value(
        _ point: LatencyPoint, _ samples: [Double?], _ whole: LatencyHistogram
    ) -> Double? {
        switch parts {
        case .rounds: point.value(whole)
        case .repetitions: Descriptive.median(samples.compactMap(\.self)) ?? point.value(whole)
        }
    }
}
