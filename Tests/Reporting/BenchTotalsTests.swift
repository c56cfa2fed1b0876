// The table behind the tests of `bench`, as a function of its record.
import Reporting
import RunRecord
import Statistics
import Testing

@Suite struct BenchTotalsTests {
    private let conditions: Conditions = ["connections": 50, "pipeline": 1]

    private func record(_ targets: [String]) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "1", arguments: ["hashmark", "bench"], seed: 1)
        record.targets = targets.map { .init(label: $0, spelling: "ref:valkey-9.1") }
        return record
    }

    private func result(
        _ metric: Metric, _ target: String, _ test: String, _ value: Double?,
        histogram: String? = nil
    ) -> RunRecord.Result {
        guard let value else {
            return .init(
                metric, target: target, workload: test, conditions: conditions,
                unavailable: "not a process of this machine")
        }
        return .init(
            metric, target: target, workload: test, conditions: conditions, value: value,
            histogram: histogram)
    }

    /// The readings of one test: its rate, and that per core; 40 bytes an operation.
    private func test(
        _ name: String, on target: String, _ rate: Double, _ perCore: Double?, hits: Double? = nil
    ) -> [RunRecord.Result] {
        let lookUps = hits.map { [result(.hitRatio, target, name, $0)] } ?? []
        return [
            result(.throughput, target, name, rate),
            result(.throughputPerCore, target, name, perCore),
            result(.trafficPerOperation, target, name, 40),
        ] + lookUps
    }

    private func latencies(
        _ command: String, of name: String, on target: String, timing: Metric.Timing = .actual,
        _ values: [Double?], count: UInt64? = nil
    ) -> [RunRecord.Result] {
        var histogram: String?
        if let count {
            var latencies = LatencyHistogram()
            latencies.record(50_000, count: count)
            histogram = latencies.base64V2()
        }
        return zip(["p50", "p99", "p99.9"], values).map { point, value in
            result(
                .latency(command: command, timing: timing, point: point), target, name, value,
                histogram: point == "p50" ? histogram : nil)
        }
    }

    @Test func aRowForEachTest() {
        var record = record(["server"])
        record.results =
            test("SET", on: "server", 512_000, 801_233)
            + latencies("set", of: "SET", on: "server", [51_200, 130_000, nil])
            + test("GET", on: "server", 1_024_000, nil, hits: 0.875)
            + latencies("get", of: "GET", on: "server", [40_000, 99_000, 311_000])
        #expect(
            BenchTotals(record).text() == """
                                      ops/s   hits    p50     p99     p99.9
                test       ops/s   per core      %     µs      µs        µs    KiB/s
                SET      512,000    801,233      –   51.2   130.0   n/a [1]   20,000
                GET    1,024,000    n/a [1]   87.5   40.0    99.0     311.0   40,000
                [1] not a process of this machine

                """)
    }

    /// A narrow terminal has the columns below each other.
    @Test func theTableIsAsWideAsTheTerminal() {
        var record = record(["server"])
        record.results =
            test("GET", on: "server", 512_000, 801_233)
            + latencies("get", of: "GET", on: "server", [51_200, 130_000, 311_000])
        let lines = BenchTotals(record).text(TerminalStyle(width: 60)).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 60 } && lines.count > 3, "\(lines)")
    }

    @Test func targetsStandAgainstTheFirst() {
        var record = record(["old", "new"])
        record.results =
            test("GET", on: "old", 100_000, 200_000, hits: 1)
            + latencies("get", of: "GET", on: "old", [500_000, 700_000, 900_000])
            + test("GET", on: "new", 110_000, 300_000, hits: 1)
            + latencies("get", of: "GET", on: "new", [400_000, 600_000, 800_000])
        let lines = BenchTotals(record).text().split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[2].hasPrefix("GET    old      100,000 "))
        #expect(lines[3].hasPrefix("GET    new      110,000 +10.0 %   300,000 +50.0 %   "))
        #expect(!lines[2].contains(" %"))
    }

    /// Of a mix, each command has its share of the rate by its number of replies.
    @Test func commandsOfAMixStandBelowIt() {
        var record = record(["server"])
        let name = "MIX get=3,set=1"
        record.results =
            test(name, on: "server", 400_000, 500_000, hits: 1)
            + latencies(
                "all", of: name, on: "server", timing: .intended, [1_000, 2_000, 3_000],
                count: 400)
            + latencies(
                "get", of: name, on: "server", timing: .intended, [1_000, 2_000, 3_000],
                count: 300)
            + latencies("get", of: name, on: "server", [7_000, 7_000, 7_000], count: 300)
            + latencies(
                "set", of: name, on: "server", timing: .intended, [1_500, 2_500, 3_500],
                count: 100)
        let text = BenchTotals(record).text()
        let lines = text.split(separator: "\n")
        #expect(lines[0].contains("intended   intended   intended"))
        let rows = lines.filter { $0.hasPrefix("MIX") || $0.hasPrefix("  get") }
        #expect(rows.count == 2)
        #expect(rows.last?.contains(" 300,000 ") == true)
        #expect(lines.last?.hasPrefix("  set") == true)
        #expect(lines.last?.contains(" 100,000 ") == true)
        #expect(!text.contains("7.00"))
    }

    /// A rate that was searched for is none of a test, and nothing is no table.
    @Test func whatIsNoTestHasNoRow() {
        #expect(BenchTotals(record(["server"])).text() == "")
        var record = record(["server"])
        record.results = [
            .init(
                .throughput, target: "server", workload: "GET",
                conditions: ["objective": "p99=1ms"], value: 5)
        ]
        #expect(BenchTotals(record).text() == "")
    }

    /// `report` prints what `bench` printed, and below it what has no column there.
    @Test func reportHasTheSameTable() throws {
        var record = record(["server"])
        record.results =
            test("GET", on: "server", 1_024_000, 2_000_000, hits: 0.875)
            + latencies("get", of: "GET", on: "server", [40_000, 99_000, 311_000])
            + [result(.serverCPU, "server", "GET", 512)]
        let totals = BenchTotals(record).text()
        let text = RunReading(record).text()
        #expect(text.contains("totals\n" + totals), "\(text)")
        #expect(text.contains("server CPU") && !text.contains("throughput"), "\(text)")
        #expect(text.ranges(of: "1,024,000").count == 1)
        #expect(record.markdownSummary().contains("| 1,024,000 |"))
        let page = Page(HTMLReport(record).page())
        #expect(page.sections.first == "numbers" && page.section("numbers").contains("1,024,000"))
    }
}
