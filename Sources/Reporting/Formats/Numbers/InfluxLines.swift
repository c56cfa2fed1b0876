// Results and series as InfluxDB's line protocol:
//
//     hashmark,target=a,workload=get,pipeline=16 server_cpu_ns_per_op=812.5 1763705994000000000
//     hashmark_series,target=a,workload=get throughput_ops_per_s=81250 1763705994250000000
//
// A line for each target, workload and conditions with all its metrics as fields, at the time at
// which the run began; points of series at their own. A run that does not say when has no times,
// and the database takes that of the writing.
import Foundation
import Quantities
import RunRecord

extension RunRecord {
    /// The document.
    /// - Throws: `RunRecordError` where there is no sound number.
    func influxLines() throws(RunRecordError) -> String {
        let sound = try sound(results, otherwise: hasNoNumber)
        let start = startedNanoseconds
        var text = ""
        for tags in sound.map({ Influx.tags($0.target, $0.circumstances) }).distinct() {
            let fields = sound.compactMap { result -> String? in
                guard Influx.tags(result.target, result.circumstances) == tags,
                    let value = result.value
                else { return nil }
                return "\(Influx.escaped(result.metric))=\(value)"
            }
            text += Influx.line("hashmark" + tags, fields.joined(separator: ","), start)
        }
        guard let start else { return text }
        for series in self.series {
            let isSpoilt = faults.contains {
                $0.spoils(target: series.target, workload: series.workload)
            }
            if isSpoilt { continue }
            var circumstances: [(name: String, value: String)] = []
            if let workload = series.workload {
                circumstances.append((name: "workload", value: workload))
            }
            let head = "hashmark_series" + Influx.tags(series.target, circumstances)
            let first = start.saturatingSum(Int64(series.startNanoseconds))
            for (index, value) in series.values.enumerated() {
                guard let value else { continue }
                let passed = Nanoseconds(
                    milliseconds: index.saturatingProduct(series.intervalMilliseconds))
                text += Influx.line(
                    head, "\(Influx.escaped(series.metric))=\(value)",
                    first.saturatingSum(Int64(passed.count)))
            }
        }
        return text
    }

    /// Since 1970.
    private var startedNanoseconds: Int64? {
        guard let startedAt, let date = try? Date(startedAt, strategy: .iso8601) else { return nil }
        return Int64(Nanoseconds(seconds: date.timeIntervalSince1970).count)
    }
}

private enum Influx {
    static func tags(_ target: String, _ pairs: [(name: String, value: String)]) -> String {
        var text = ",target=\(escaped(target))"
        for pair in pairs { text += ",\(escaped(pair.name))=\(escaped(pair.value))" }
        return text
    }

    static func line(_ head: String, _ fields: String, _ time: Int64?) -> String {
        "\(head) \(fields)\(time.map { " \($0)" } ?? "")\n"
    }

    /// As tags and names of fields are: never empty, and no backslash, which would escape what
    /// stands behind it.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in printable(text) {
            switch character {
            case ",", "=", " ": result += "\\\(character)"
            case "\\": result += "/"
            default: result.append(character)
            }
        }
        return result.isEmpty ? "_" : result
    }
}

public struct InfluxFormat: ReportFormat {
    public let name = "influx"
    public let isStream = true

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(try record.influxLines().utf8)
    }

    public func doubts(_ record: RunRecord) -> [String] { record.doubts(of: record.results) }
}
