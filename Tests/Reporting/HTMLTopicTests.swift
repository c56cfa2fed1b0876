// What a page shows of what was measured: topics in their order, charts only where they say
// something.
import Reporting
import RunRecord
import Testing

@Suite struct HTMLTopicTests {
    private func rendered(_ record: RunRecord) -> Page { Page(HTMLReport(record).page()) }

    /// A run of `labels`, with each metric read under `get`.
    private func run(
        _ labels: [String], _ metrics: [Metric], value: (Int) -> Double = { 100 + Double($0) }
    ) -> RunRecord {
        var record = RunRecord(
            hashmarkVersion: "0", arguments: ["hashmark", "suite"], seed: 1)
        record.targets = labels.map { .init(label: $0, spelling: "ref:\($0)") }
        for metric in metrics {
            for (index, label) in labels.enumerated() {
                record.results.append(
                    .init(metric, target: label, workload: "get", value: value(index)))
            }
        }
        return record
    }

    @Test func thePointComesFirst() throws {
        let page = rendered(
            run(
                ["a", "b"],
                [
                    .hitRatio, .latency(command: "get", timing: .actual, point: "p99"),
                    .simulated(.llReadMisses), .memoryPerEntry(.reported), .throughput,
                    .throughputPerCore, .simulated(.llReadMisses, abovePing: true),
                ]))
        #expect(
            page.sections == [
                "per-core", "memory", "misses", "latency", "other", "notes", "targets",
            ])
        // CPU time before time by the clock.
        let first = page.section("per-core")
        let core = try #require(first.firstRange(of: "per core"))
        let clock = try #require(first.firstRange(of: "throughput"))
        #expect(core.lowerBound < clock.lowerBound)
        // The rest is folded, and so is what is less a PING's.
        #expect(page.section("other").contains("<details><summary><h2>Everything else</h2>"))
        #expect(page.section("other").contains("above PING"))
        #expect(!page.section("misses").contains("above PING"))
    }

    @Test func oneTargetHasNoBars() {
        let metrics: [Metric] = [.throughputPerCore, .throughput, .memoryPerEntry(.reported)]
        #expect(rendered(run(["a"], metrics)).count("<rect class=\"fill") == 0)
        #expect(rendered(run(["a", "b"], metrics)).count("<rect class=\"fill") == 6)
        // Values below 0 have none either.
        let negative = run(["a", "b"], metrics) { Double($0) - 1 }
        #expect(rendered(negative).count("<rect class=\"fill") == 0)
    }

    @Test func chartsBeyondAFewAreFolded() {
        var record = run(["a", "b"], [])
        for depth in 1...9 {
            for label in ["a", "b"] {
                record.results.append(
                    .init(
                        .serverCPU, target: label, workload: "get",
                        conditions: ["pipeline": .number(depth)], value: Double(depth)))
            }
        }
        let section = rendered(record).section("per-core")
        #expect(section.contains("3 more bar charts"))
        #expect(Page(section).count("<figure>") == 9)
    }

    @Test func distributionsBeyondAFewAreFolded() throws {
        var record = sampleRecord()
        let one = try #require(record.results.first { $0.histogram != nil })
        record.results = (0..<8).map { number in
            var result = one
            result.workload = "load-\(number)"
            return result
        }
        let page = rendered(record)
        #expect(page.section("latency").contains("2 more distributions"))
        #expect(page.unbalancedTag == nil)
    }

    @Test func missesStandByLevelAndKind() {
        var record = sampleRecord()
        for (label, misses) in [("valkey-7.2", 6.26), ("valkey-9.1", 2.93)] {
            for event in [Metric.SimulatedEvent.d1ReadMisses, .llReadMisses] {
                record.results.append(
                    .init(.simulated(event), target: label, workload: "get", value: misses))
            }
        }
        let page = rendered(record)
        let misses = page.section("misses")
        #expect(misses.contains("6.26</text>") && misses.contains("D1 read misses</text>"))
        #expect(page.unbalancedTag == nil)
    }

    /// What was read at several numbers of entries: a curve, and a row for each.
    @Test func curvesHaveARowPerNumberOfEntries() {
        let page = rendered(ReadingSample.record(.memory))
        let memory = page.section("memory")
        #expect(Page(memory).count("<path class=\"curve s") == 2)
        #expect(memory.contains("entries</text>") && memory.contains(", B/entry</text>"))
        let numbers = page.section("numbers")
        for row in ["1,000</th>", "2,000</th>", "3,000</th>"] { #expect(numbers.contains(row)) }
        #expect(page.section("notes").isEmpty && page.count("<table>") == 2)
        // Of other runs the rows are by target.
        let sample = rendered(sampleRecord()).section("memory")
        #expect(sample.contains("2,000,000</th>") && sample.contains("<td>91.25</td>"))
        let tables = rendered(curvedTables())
        let times = tables.section("per-core")
        #expect(times.contains("table find by entries"))
        #expect(times.contains("table find, ns/op</text>"))
        #expect(tables.section("numbers").contains("find-hit/16"))
    }

    /// ns per look-up at three numbers of entries.
    private func curvedTables() -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", "tables"], seed: 1)
        for entries in [1_000.0, 100_000, 10_000_000] {
            for (label, factor) in [("a", 1.0), ("b", 1.3)] {
                record.results.append(
                    .init(
                        .tableCPU("find"), target: label,
                        conditions: [
                            "entries": .number(entries), "hit_percent": 100, "batch": 16,
                        ], value: entries.squareRoot() * factor))
            }
        }
        return record
    }

    /// Latency at several offered rates is the curve that has a knee.
    @Test func latencyIsDrawnOverTheRate() {
        var record = run(["a"], [])
        for rate in [1_000.0, 2_000, 4_000] {
            record.results.append(
                .init(
                    .latency(command: "get", timing: .intended, point: "p99"), target: "a",
                    workload: "get", conditions: ["qps": .number(rate)], value: rate * rate / 10))
        }
        let latency = rendered(record).section("latency")
        #expect(latency.contains("requests/s</text>"))
        #expect(Page(latency).count("<path class=\"curve s0\"") == 1)
        for value in ["100", "400", "1,600"] {
            #expect(latency.contains("<td>\(value)</td>"), "\(latency)")
        }
    }
}
