// Loads as `valkey-benchmark --csv` prints its tests: a row for each, times in ms. Of several
// targets the test's name begins with the target's label, for there is no column for it.
import Foundation
import Quantities
import RunRecord
import Statistics

extension RunRecord {
    /// The document.
    /// - Throws: `RunRecordError` where there is no sound load.
    func benchmarkCSV() throws(RunRecordError) -> String {
        let loads = try loads()
        let isOne = Set(loads.map(\.target)).count == 1
        var text = Self.csvColumns.map(Self.quoted).joined(separator: ",") + "\n"
        for load in loads {
            let latency = load.latency
            let times: [Double?] = [
                latency.mean, latency.min.map { Double($0) }, Self.point(latency, 50),
                Self.point(latency, 95), Self.point(latency, 99), latency.max.map { Double($0) },
            ]
            var row = [isOne ? load.name : "\(load.target) \(load.name)", load.rate.fixed(2)]
            for time in times {
                row.append(
                    time.map { Nanoseconds.value($0, in: .milliseconds).fixed(3) } ?? "n/a")
            }
            text += row.map(Self.quoted).joined(separator: ",") + "\n"
        }
        return text
    }

    private static let csvColumns = [
        "test", "rps", "avg_latency_ms", "min_latency_ms", "p50_latency_ms", "p95_latency_ms",
        "p99_latency_ms", "max_latency_ms",
    ]

    private static func point(_ latency: LatencyHistogram, _ percent: Double) -> Double? {
        latency.percentile(percent).map { Double($0) }
    }

    private static func quoted(_ text: String) -> String {
        "\"\(printable(text).replacing("\"", with: "\"\""))\""
    }
}

public struct CSVFormat: ReportFormat {
    public let name = "csv"
    public let isStream = true

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(try record.benchmarkCSV().utf8)
    }

    public func problem(ofLoads least: Int) -> String? { MeasuredLoad.problem(of: least) }

    public func doubts(_ record: RunRecord) -> [String] { record.doubts(of: record.results) }
}
