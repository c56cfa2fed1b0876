// One load in the form of memtier_benchmark's JSON, for what reads that:
//
//     {"configuration": {…}, "run information": {…},
//      "ALL STATS": {"Gets": {"Count": …, "Ops/sec": …, "Average Latency": ms, …,
//                             "Percentile Latencies": {"p50.00": ms, …}}, "Sets": …, "Totals": …,
//                    "Runtime": {…}}}
//
// It has room for one target and load: a record of several is refused, and says which there are.
// What a record does not know of it (hits per second and bytes by command) is left out.
import Foundation
import Quantities
import RunRecord
import Statistics

extension RunRecord {
    /// The document.
    /// - Throws: `RunRecordError` where the record has another number of loads than one.
    func memtier() throws(RunRecordError) -> JSONTree {
        let loads = try loads()
        guard loads.count == 1 else {
            let names = loads.prefix(4).map { "\($0.name) on \($0.target)" }
            throw RunRecordError(
                cause: "memtier's form has room for one load on one target, and the record has "
                    + "\(loads.count): \(printable(names.joined(separator: ", ")))",
                remedy: "measure one at a time, or take --format csv")
        }
        let load = loads[0]
        let whole = Double(max(load.latency.count, 1))
        var stats: [String: JSONTree] = [:]
        for command in load.commands {
            stats[Memtier.heading(command.name)] = Memtier.statistics(
                command.latency, rate: load.rate * Double(command.latency.count) / whole)
        }
        var totals = Memtier.statistics(load.latency, rate: load.rate)
        let points = timeSeries(load)
        if case .object(var fields) = totals, !points.isEmpty {
            fields["Time-Serie"] = .object(points)
            totals = .object(fields)
        }
        stats["Totals"] = totals
        if let durationSeconds {
            let runtime = Int(Nanoseconds(seconds: durationSeconds).whole(.milliseconds))
            stats["Runtime"] = ["Total duration": .whole(runtime), "Time unit": "MILLISECONDS"]
        }
        var information: [String: JSONTree] = [:]
        if case .number(let connections)? = load.conditions["connections"] {
            information["Connections per thread"] = .real(connections)
        }
        let configuration = load.conditions.mapValues { value -> JSONTree in
            switch value {
            case .number(let number): .real(number)
            case .string(let text): .text(printable(text))
            case .bool(let flag): .flag(flag)
            }
        }
        return [
            "configuration": .object(configuration), "run information": .object(information),
            "ALL STATS": .object(stats),
        ]
    }

    /// Requests of each second of the load.
    private func timeSeries(_ load: MeasuredLoad) -> [String: JSONTree] {
        let own = series.first {
            $0.metric == Metric.throughput.id && $0.target == load.target
                && $0.workload == load.name
        }
        guard let own, own.intervalMilliseconds > 0 else { return [:] }
        var counts: [UInt64: Double] = [:]
        for (index, value) in own.values.enumerated() {
            let second = Nanoseconds(
                milliseconds: index.saturatingProduct(own.intervalMilliseconds)
            ).whole(.seconds)
            let step = Nanoseconds(milliseconds: own.intervalMilliseconds).seconds
            counts[second, default: 0] += (value ?? 0) * step
        }
        var points: [String: JSONTree] = [:]
        for (second, count) in counts {
            points["\(second)"] = ["Count": .whole(Int(saturating: count.rounded()))]
        }
        return points
    }
}

private enum Memtier {
    /// `get`: `Gets`
    static func heading(_ command: String) -> String {
        let word = printable(command).lowercased()
        return word.prefix(1).uppercased() + word.dropFirst() + "s"
    }

    static func statistics(_ latency: LatencyHistogram, rate: Double) -> JSONTree {
        var fields: [String: JSONTree] = [
            "Count": .whole(Int(clamping: latency.count)), "Ops/sec": .real(rate),
        ]
        if let mean = latency.mean {
            fields["Latency"] = .real(milliseconds(mean))
            fields["Average Latency"] = .real(milliseconds(mean))
        }
        if let least = latency.min { fields["Min Latency"] = .real(milliseconds(Double(least))) }
        if let most = latency.max { fields["Max Latency"] = .real(milliseconds(Double(most))) }
        var percentiles: [String: JSONTree] = [:]
        // memtier's own, unless asked for others.
        for percent in [50.0, 99.0, 99.9] {
            guard let value = latency.percentile(percent) else { continue }
            percentiles["p\(percent.fixed(2))"] = .real(milliseconds(Double(value)))
        }
        fields["Percentile Latencies"] = .object(percentiles)
        return .object(fields)
    }

    private static func milliseconds(_ nanoseconds: Double) -> Double {
        Nanoseconds.value(nanoseconds, in: .milliseconds)
    }
}

public struct MemtierFormat: ReportFormat {
    public let name = "memtier"

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        try record.memtier().json() + [UInt8(ascii: "\n")]
    }

    public func problem(ofLoads least: Int) -> String? {
        guard least > 1 else { return MeasuredLoad.problem(of: least) }
        return "there is room for one load on one target, and \(least) will be measured; measure "
            + "one at a time, or take csv"
    }

    public func doubts(_ record: RunRecord) -> [String] { record.doubts(of: record.results) }
}
