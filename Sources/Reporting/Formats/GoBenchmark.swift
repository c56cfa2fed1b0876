// Results as Go prints benchmarks, which benchstat and its kin read:
//
//     BenchmarkGet-16x64/target=valkey-9.1/entries=100000 1 123.4 server_cpu_ns_per_op
//
// The format is Go's proposal 14313: names without spaces, an iteration count, then pairs of a
// number and a unit. Every round is a line, so that benchstat has its samples. The unit is the
// metric's id: Go's own `ns/op` would claim something else. A run that is not what was asked for
// says so in a configuration line (`invalid: …`, `partial: …`), by which benchstat sets it apart;
// an empty one at the end takes it back, for another record may follow.
import Foundation
import RunRecord

extension RunRecord {
    /// The document: configuration lines, then a line per sample.
    public func goBenchmarks() -> String {
        var text = "toolchain: hashmark\n"
        if let cpu = environment.cpuModel { text += "cpu: \(printable(cpu))\n" }
        let marks = goMarks
        for (key, reasons) in marks { text += "\(key): \(printable(reasons))\n" }
        for metric in results.map(\.metric).distinct() {
            let better = results.first { $0.metric == metric }?.better ?? .lower
            text += "Unit \(goUnit(metric)) better=\(better == .lower ? "lower" : "higher")\n"
        }
        for result in results {
            let samples =
                result.readings.isEmpty ? [result.value].compactMap(\.self) : result.readings
            for sample in samples {
                text += "\(goName(result)) 1 \(goNumber(sample)) \(goUnit(result.metric))\n"
            }
        }
        for (key, _) in marks { text += "\(key):\n" }
        return text
    }

    private var goMarks: [(key: String, reasons: String)] {
        var marks: [(key: String, reasons: String)] = []
        let reasons = faults.filter { $0.kind != .partial }.map(\.sentence)
        if !reasons.isEmpty { marks.append(("invalid", reasons.joined(separator: " | "))) }
        if partial { marks.append(("partial", RunReading.partialNote)) }
        return marks
    }

    private func goName(_ result: Result) -> String {
        let workload = goWord(result.workload ?? "all")
        var parts = ["Benchmark" + workload.prefix(1).uppercased() + workload.dropFirst()]
        parts.append("target=\(goWord(result.target))")
        for (key, value) in result.conditions.sorted(by: { $0.key < $1.key }) {
            parts.append("\(goWord(key))=\(goWord("\(value)"))")
        }
        return parts.joined(separator: "/")
    }

    /// Units are words; a slash in them means a rate to benchstat.
    private func goUnit(_ metric: String) -> String {
        goWord(metric.replacingOccurrences(of: "/", with: "-"))
    }

    /// A word of a name: no blanks, no slashes, nothing that a terminal would obey.
    private func goWord(_ text: String) -> String {
        let word = String(
            printable(text).map { $0.isWhitespace || $0 == "/" || $0 == "=" ? "_" : $0 })
        return word.isEmpty ? "_" : word
    }

    private func goNumber(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
    }
}

public struct GoFormat: ReportFormat {
    public let name = "go"
    public let isStream = true

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(record.goBenchmarks().utf8)
    }
}
