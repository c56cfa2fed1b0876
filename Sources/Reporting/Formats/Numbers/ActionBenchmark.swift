// Results as github-action-benchmark reads them: its tools `customBiggerIsBetter` and
// `customSmallerIsBetter` take an array of {name, unit, value, range, extra}, and a file has one
// direction only. Such a file has no place for doubts: numbers that a fault spoils are left out,
// and those of a partial run say so in `extra`.
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
    /// - Throws: `RunRecordError` where there is none, or none that is sound.
    public func actionBenchmark(_ better: Metric.Better) throws(RunRecordError) -> Data {
        let wanted = results.filter { $0.better == better }
        let sound = try sound(wanted, otherwise: missing(better))
        let note = partial ? ["partial: \(RunReading.partialNote)"] : []
        let entries = sound.compactMap { result in
            result.value.map { value in
                Entry(
                    name: [result.target, result.workload, result.metric].compactMap(\.self)
                        .map(printable).joined(separator: " "),
                    unit: printable(result.unit.rawValue), value: value,
                    range: Descriptive.relativeSpread(result.readings).map(Scale.spread),
                    extra: printable(
                        ([result.conditions.summary] + note).filter { !$0.isEmpty }
                            .joined(separator: "; ")))
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

    /// What such an array does not show of the run, a line each.
    public func actionDoubts(_ better: Metric.Better) -> [String] {
        doubts(of: results.filter { $0.better == better })
    }

    private func missing(_ better: Metric.Better) -> RunRecordError {
        let (way, other) = ActionFormat.words(better)
        let hasOther = results.contains { $0.better != better && $0.value != nil }
        return RunRecordError(
            cause: "the record has no number of which \(way) is better",
            remedy: hasOther
                ? "take --format \(other)" : "see with --format text why there is none")
    }
}

public struct ActionFormat: ReportFormat {
    private let better: Metric.Better

    init(_ better: Metric.Better) { self.better = better }

    public var name: String { better == .higher ? "action-bigger" : "action-smaller" }

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        try record.actionBenchmark(better)
    }

    public func problem(ofNumbers better: Set<Metric.Better>) -> String? {
        guard !better.contains(self.better) else { return nil }
        let (way, other) = Self.words(self.better)
        return "no number of which \(way) is better will be measured; take \(other)"
    }

    public func doubts(_ record: RunRecord) -> [String] { record.actionDoubts(better) }

    /// What is better, and the format for what is better the other way.
    fileprivate static func words(_ better: Metric.Better) -> (way: String, other: String) {
        better == .higher ? ("more", "action-smaller") : ("less", "action-bigger")
    }
}
