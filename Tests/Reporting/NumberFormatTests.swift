// Numbers in the formats of others: OpenMetrics, Influx, Bencher, memtier and valkey-benchmark's
// CSV, read back by code of the tests' own.
import Foundation
import Reporting
import RunRecord
import Testing

private let names = ["openmetrics", "influx", "bencher", "memtier", "csv"]

private func document(_ name: String, _ record: RunRecord) throws -> String {
    let format = try #require(ReportFormats.named(name))
    return String(decoding: try format.render(record), as: UTF8.self)
}

private let awkward = "a\"b\\c\n,= d"

/// One target's half of the sample.
private func oneLoad() -> RunRecord {
    var record = sampleRecord()
    record.targets.removeFirst()
    record.results.removeAll { $0.target == "valkey-7.2" }
    record.durationSeconds = 2.5
    record.series = [
        RunRecord.Series(
            metric: Metric.throughput.id, unit: .operationsPerSecond, target: "valkey-9.1",
            workload: "get", startNanoseconds: 500_000_000,
            values: [1_000, 2_000, nil, 1_000, 400])
    ]
    return record
}

@Suite struct NumberFormatTests {
    @Test(arguments: names) func aRecordWithoutNumbersIsRefused(name: String) {
        var record = sampleRecord()
        record.results.removeAll { $0.value != nil }
        #expect(throws: RunRecordError.self) { try document(name, record) }
    }

    @Test(arguments: names) func spoiltNumbersAreLeftOut(name: String) throws {
        var record = oneLoad()
        record.incidents = [.init(target: "valkey-9.1", kind: .wrongValues, detail: "GET k")]
        #expect(throws: RunRecordError.self) { try document(name, record) }
        let format = try #require(ReportFormats.named(name))
        #expect(format.doubts(record).contains { $0.contains("left out") })
    }

    @Test func openMetricsHasFamiliesInOnePiece() throws {
        let lines = try document("openmetrics", sampleRecord(first: awkward))
            .split(separator: "\n").map { String($0) }
        #expect(lines.last == "# EOF")
        // A family's samples follow its TYPE, and none comes twice.
        var families: [String] = []
        var samples: Set<Substring> = []
        for line in lines.dropLast() {
            if line.hasPrefix("# TYPE ") {
                families.append(String(line.split(separator: " ")[2]))
            } else if !line.hasPrefix("#") {
                let name = line.prefix { $0 != "{" }
                #expect(name == families.last! || name == "\(families.last!)_info", "\(line)")
                #expect(samples.insert(line.prefix { $0 != "}" }).inserted, "\(line)")
                let value = try #require(line.split(separator: " ").last)
                #expect(Double(value) != nil, "\(line)")
            }
        }
        #expect(Set(families).count == families.count)
        #expect(families.contains("hashmark_latency_seconds"))
        let latency = lines.first {
            $0.hasPrefix("hashmark_latency_seconds") && $0.contains("\"valkey-9.1\"")
        }
        #expect(
            latency == "hashmark_latency_seconds{command=\"GET\",timing=\"intended\","
                + "quantile=\"0.5\",target=\"valkey-9.1\",workload=\"get\",entries=\"1000000\","
                + "pipeline=\"16\"} \(500_223.0 * (1 / 1e9))")
        #expect(lines.contains { $0.contains("target=\"a\\\"b\\\\c") })
    }

    @Test func influxLinesHaveTagsFieldsAndTimes() throws {
        var record = oneLoad()
        record.startedAt = "1970-01-01T00:00:10Z"
        let lines = try document("influx", record).split(separator: "\n").map { String($0) }
        #expect(
            lines[0].hasPrefix(
                "hashmark,target=valkey-9.1,workload=get,entries=1000000,pipeline=16 "
                    + "throughput_ops_per_s=1000000.0,latency_ns/GET/intended/p50="))
        #expect(lines[0].hasSuffix(" 10000000000"))
        let points = lines.filter { $0.hasPrefix("hashmark_series") }
        #expect(points.count == 4)
        #expect(
            points[1] == "hashmark_series,target=valkey-9.1,workload=get "
                + "throughput_ops_per_s=2000.0 10750000000")
        let other = try document("influx", sampleRecord(first: awkward))
        #expect(other.contains("target=a\"b/c\u{fffd}\\,\\=\\ d,"), "\(other)")
    }

    @Test func bencherHasIntervals() throws {
        let text = try document("bencher", sampleRecord())
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let benchmarks = try #require(json as? [String: [String: [String: Double]]])
        let measures = try #require(benchmarks["valkey-9.1 get entries=1000000 pipeline=16"])
        #expect(
            measures["throughput_ops_per_s"] == [
                "value": 1_000_000, "lower_value": 995_000, "upper_value": 1_005_000,
            ])
        #expect(benchmarks["valkey-9.1 entries=2000000"]?.count == 1)
    }

    @Test func memtierHasRoomForOneLoad() throws {
        #expect(throws: RunRecordError.self) { try document("memtier", sampleRecord()) }
        let text = try document("memtier", oneLoad())
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        let stats = try #require(json?["ALL STATS"] as? [String: Any])
        let totals = try #require(stats["Totals"] as? [String: Any])
        let gets = try #require(stats["Gets"] as? [String: Any])
        #expect(totals["Ops/sec"] as? Double == 1_000_000 && gets["Count"] as? Int == 2_000)
        let percentiles = try #require(totals["Percentile Latencies"] as? [String: Double])
        #expect(Set(percentiles.keys) == ["p50.00", "p99.00", "p99.90"])
        #expect(abs((percentiles["p50.00"] ?? 0) - 0.5) < 0.001)
        let seconds = try #require(totals["Time-Serie"] as? [String: [String: Int]])
        #expect(seconds == ["0": ["Count": 1_000], "1": ["Count": 100]])
    }

    @Test func csvIsValkeyBenchmarks() throws {
        let one = try document("csv", oneLoad()).split(separator: "\n")
        #expect(one[0].hasPrefix("\"test\",\"rps\",\"avg_latency_ms\",\"min_latency_ms\""))
        #expect(one.count == 2 && one[1].hasPrefix("\"get\",\"1000000.00\",\""), "\(one)")
        let fields = one[1].split(separator: ",").map { $0.filter { $0 != "\"" } }
        #expect(fields.count == 8 && fields[4] == "0.500" && fields[7].hasPrefix("2.0"))
        let both = try document("csv", sampleRecord(first: awkward)).split(separator: "\n")
        #expect(both.count == 3)
        #expect(both[1].hasPrefix("\"a\"\"b\\c\u{fffd},= d get\",\"800000.00\""), "\(both[1])")
    }
}
