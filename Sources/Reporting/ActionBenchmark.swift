// Results as github-action-benchmark reads them: its tools `customBiggerIsBetter` and
// `customSmallerIsBetter` take an array of {name, unit, value, range, extra}, and a file has one
// direction only.
import Foundation
import RunRecord
import Statistics

extension RunRecord {
    private struct Entry: Encodable {
        var name: String
        var unit: String
        var value: Double
        var range: String?
        var extra: String
    }

    /// The array of the results for which `better` is the way to go.
    public func actionBenchmark(_ better: Metric.Better) throws(RunRecordError) -> Data {
        let entries = results.filter { $0.better == better }.compactMap { result in
            result.value.map { value in
                Entry(
                    name: [result.target, result.workload, result.metric].compactMap(\.self)
                        .map(printable).joined(separator: " "),
                    unit: printable(result.unit.rawValue), value: value,
                    range: Descriptive.relativeSpread(result.readings).map(Scale.spread),
                    extra: printable(result.conditions.summary))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(entries) + [UInt8(ascii: "\n")]
        } catch {
            throw RunRecordError(
                cause: "the results cannot be written as JSON", remedy: "measure them again")
        }
    }
}
