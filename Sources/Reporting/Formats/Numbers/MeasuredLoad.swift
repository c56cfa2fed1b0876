// A load on a target as load generators tell of one: its rate, and the latencies of its commands.
import RunRecord
import Statistics

struct MeasuredLoad {
    var target: String
    /// The workload's name, or the test's.
    var name: String
    var conditions: Conditions
    /// Requests per second.
    var rate: Double
    /// Of all replies.
    var latency: LatencyHistogram
    /// Of each command, where there are several or the only one has a name.
    var commands: [(name: String, latency: LatencyHistogram)]

    /// - Parameter results: those of one target, workload and conditions.
    fileprivate init?(_ rate: RunRecord.Result, _ results: [RunRecord.Result]) {
        guard let value = rate.value else { return nil }
        target = rate.target
        name = rate.workload ?? "all"
        conditions = rate.conditions
        self.rate = value
        let whole = results.filter { $0.latencyParts != nil && $0.histogram != nil }
        // By a schedule, what counts is the time from it.
        let isPaced = whole.contains { $0.latencyParts?.timing == .intended }
        let timing: Metric.Timing = isPaced ? .intended : .actual
        var all: LatencyHistogram?
        var sum = LatencyHistogram()
        commands = []
        for result in whole where result.latencyParts?.timing == timing {
            guard let command = result.latencyParts?.command, let text = result.histogram,
                let histogram = try? LatencyHistogram(base64V2: text)
            else { continue }
            if command == "all" {
                all = histogram
            } else {
                commands.append((name: command, latency: histogram))
                sum.merge(histogram)
            }
        }
        latency = all ?? sum
    }

    /// Why a format of loads is of no use where so many are measured; nil where it is.
    static func problem(of count: Int) -> String? {
        count > 0
            ? nil
            : "no load with a rate will be measured; take another format, such as bencher, or the "
                + "record of a bench, replay or suite"
    }
}

extension RunRecord {
    /// The loads of a record whose rates are sound; none where a rate was searched for alone.
    func loads() throws(RunRecordError) -> [MeasuredLoad] {
        let rates = results.filter {
            $0.metric == Metric.throughput.id && $0.conditions["objective"] == nil
        }
        let missing = RunRecordError(
            cause: "the record has no load with a rate",
            remedy: "take the record of a bench, replay or suite")
        return try sound(rates, otherwise: missing).compactMap { rate in
            let own = results.filter {
                $0.target == rate.target && $0.workload == rate.workload
                    && $0.conditions == rate.conditions
            }
            return MeasuredLoad(rate, own)
        }
    }
}
