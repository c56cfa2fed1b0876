// Results as OpenMetrics text, which Prometheus and its kin read (a textfile collector's, a push):
//
//     # TYPE hashmark_latency_seconds gauge
//     # HELP hashmark_latency_seconds time to the reply …
//     hashmark_latency_seconds{command="get",timing="intended",quantile="0.99",target="a"} 0.0012
//     # EOF
//
// Names follow Prometheus' rules: base units (ns become `_seconds`), one family for what differs in
// labels alone. A summary's quantiles are gauges here, for its sums and counts are of a process
// that runs, and this run is over. Conditions are labels.
import Foundation
import Quantities
import RunRecord

extension RunRecord {
    /// The document.
    /// - Throws: `RunRecordError` where there is no sound number.
    func openMetrics() throws(RunRecordError) -> String {
        let sound = try sound(results, otherwise: hasNoNumber)
        var text = "# TYPE hashmark_run info\n"
        text += "# HELP hashmark_run what ran, and where\n"
        let run: [(name: String, value: String)] = [
            (name: "version", value: hashmarkVersion),
            (name: "started_at", value: startedAt ?? ""),
            (name: "cpu", value: environment.cpuModel ?? ""),
            (name: "partial", value: "\(partial)"),
        ]
        text += "hashmark_run_info\(OpenMetrics.labels(run)) 1\n"
        for family in sound.map({ OpenMetrics.family($0.metric).name }).distinct() {
            let members = sound.filter { OpenMetrics.family($0.metric).name == family }
            text += "# TYPE \(family) gauge\n"
            if let meaning = members.first.flatMap({ Metric.named($0.metric)?.meaning }) {
                text += "# HELP \(family) \(OpenMetrics.escaped(meaning))\n"
            }
            for result in members {
                guard let value = result.value else { continue }
                let scale = OpenMetrics.family(result.metric).scale
                text += family + OpenMetrics.labels(OpenMetrics.labels(of: result))
                text += " \(value * scale)\n"
            }
        }
        return text + "# EOF\n"
    }
}

private enum OpenMetrics {
    /// The first part of an id in base units, and what its values are multiplied by.
    static func family(_ metric: String) -> (name: String, scale: Double) {
        let first = metric.prefix { $0 != "/" }
        var scale = 1.0
        let words = first.split(separator: "_").map { word -> String in
            guard word == "ns" else { return name(String(word)) }
            scale = 1 / Nanoseconds.perSecond
            return "seconds"
        }
        return ("hashmark_" + words.joined(separator: "_"), scale)
    }

    /// What tells results of one family apart.
    static func labels(of result: RunRecord.Result) -> [(name: String, value: String)] {
        let parts = result.metric.split(separator: "/").dropFirst()
        var labels: [(name: String, value: String)] = []
        if let latency = result.latencyParts {
            labels.append((name: "command", value: latency.command))
            labels.append((name: "timing", value: latency.timing.rawValue))
            labels.append(point(latency.point))
        } else if !parts.isEmpty {
            labels.append((name: "of", value: parts.joined(separator: "/")))
        }
        labels.append((name: "target", value: result.target))
        // A condition of a name that is taken keeps its own beside it.
        for (name, value) in result.circumstances {
            let label = self.name(name)
            let isTaken = labels.contains { $0.name == label }
            labels.append((name: isTaken ? "condition_\(label)" : label, value: value))
        }
        return labels
    }

    /// `p99` is a quantile, `max` a statistic.
    private static func point(_ text: String) -> (name: String, value: String) {
        guard text.hasPrefix("p"), let percent = Double(text.dropFirst()) else {
            return (name: "statistic", value: text)
        }
        return (name: "quantile", value: (percent / 100).significant(6))
    }

    static func labels(_ pairs: [(name: String, value: String)]) -> String {
        let texts = pairs.map { "\($0.name)=\"\(escaped($0.value))\"" }
        return "{\(texts.joined(separator: ","))}"
    }

    static func escaped(_ text: String) -> String {
        printable(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }

    /// Letters, digits and underscores, no digit first.
    private static func name(_ text: String) -> String {
        let name = String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return name.first?.isNumber ?? true ? "_\(name)" : name
    }
}

public struct OpenMetricsFormat: ReportFormat {
    public let name = "openmetrics"

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(try record.openMetrics().utf8)
    }

    public func doubts(_ record: RunRecord) -> [String] { record.doubts(of: record.results) }
}
