// Results as Bencher's metric format (BMF):
//
//     {"valkey-9.1 get pipeline=16": {"server_cpu_ns_per_op":
//         {"value": 812.5, "lower_value": 805.1, "upper_value": 820.3}}}
//
// Names are target, workload and conditions, measures are metrics. Lower and upper value are the
// least and the greatest of the rounds.
import Foundation
import RunRecord

public struct BencherFormat: ReportFormat {
    public let name = "bencher"

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        let sound = try record.sound(record.results, otherwise: record.hasNoNumber)
        var benchmarks: [String: [String: JSONTree]] = [:]
        for result in sound {
            guard let value = result.value else { continue }
            var measure: [String: JSONTree] = ["value": .real(value)]
            if let least = result.readings.min(), let most = result.readings.max() {
                measure["lower_value"] = .real(min(least, value))
                measure["upper_value"] = .real(max(most, value))
            }
            let words = [result.target, result.workload ?? "", result.conditions.summary]
            let name = printable(words.filter { !$0.isEmpty }.joined(separator: " "))
            benchmarks[name, default: [:]][result.metric] = .object(measure)
        }
        return try JSONTree.object(benchmarks.mapValues { .object($0) }).json()
            + [UInt8(ascii: "\n")]
    }

    public func doubts(_ record: RunRecord) -> [String] { record.doubts(of: record.results) }
}
