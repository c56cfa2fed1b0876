// One record, one reading: whatever a terminal says of a run, Markdown and the page say too, with
// the same digits.
import Reporting
import RunRecord
import Testing

/// A record of every kind of run, with numbers that a second way to read them would change.
enum ReadingSample {
    static func record(_ kind: KindOfRun) -> RunRecord {
        switch kind {
        case .gate:
            var record = judgedRecord()
            record.arguments = ["hashmark", "gate"]
            return record
        case .compare: return compared()
        case .tables: return tables()
        case .claims: return claims()
        case .memory: return memory()
        case .ladder: return ladderRecord()
        case .counters: return counters()
        case .profile:
            return profileRecord(
                sampleProfile("valkey-7.2", spin: 56, scatter: 2, rounds: 8),
                sampleProfile("valkey-9.1", scatter: -3, rounds: 8))
        case .bench: return named("bench")
        case .replay: return named("replay")
        case .suite: return named("suite")
        }
    }

    private static func named(_ verb: String) -> RunRecord {
        var record = sampleRecord()
        record.arguments = ["hashmark", "--quiet", verb]
        return record
    }

    /// Pairs say +6 %, and the medians of each side's own rounds −0.3 %.
    private static func compared() -> RunRecord {
        var record = named("compare")
        let before = [700_000.0, 760_000, 800_000, 877_120, 950_000, 1_000_000]
        let load: Conditions = ["entries": 1_000, "pipeline": 16]
        record.results = [
            .init(
                .throughput, target: "valkey-7.2", workload: "get", conditions: load,
                value: 838_560, samples: before),
            .init(
                .throughput, target: "valkey-9.1", workload: "get", conditions: load,
                value: 836_108,
                samples: before.enumerated().map { $1 * (1.05 + 0.004 * Double($0)) }
            ),
            .init(
                .memoryPerEntry(.sizeClass), target: "valkey-7.2", workload: "get",
                conditions: load, value: 120),
            .init(
                .memoryPerEntry(.sizeClass), target: "valkey-9.1", workload: "get",
                conditions: load, value: 90),
            .init(
                .serverCPU, target: "valkey-9.1", workload: "get", conditions: load,
                unavailable: "not a process of this machine"),
        ]
        return record
    }

    private static func memory() -> RunRecord {
        var record = named("memory")
        record.results = record.targets.map(\.label).flatMap { target in
            [1_000.0, 2_000, 3_000].map { entries in
                .init(
                    .memoryPerEntry(.reported), target: target, workload: "memory",
                    conditions: ["entries": .number(entries)],
                    value: entries / 40 + (target == "valkey-9.1" ? 7.25 : 0))
            }
        }
        return record
    }

    private static func counters() -> RunRecord {
        var record = named("counters")
        record.results = record.targets.map(\.label).enumerated().flatMap { index, target in
            [
                .init(
                    .simulated(.llReadMisses), target: target, workload: "get",
                    value: 6.26 - 3 * Double(index)),
                .init(
                    .simulated(.llReadMisses, abovePing: true), target: target, workload: "get",
                    value: 0.002 + 0.004 * Double(index)),
                .init(
                    .software("task_clock_ns"), target: target, workload: "get", value: 243.7),
            ]
        }
        return record
    }

    private static func tables() -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", "tables"], seed: 1)
        for (index, table) in ["valkey-7.2", "valkey-9.1"].enumerated() {
            let factor = 1 - 0.3 * Double(index)
            func add(_ metric: Metric, _ own: Conditions, _ value: Double, _ samples: [Double] = [])
            {
                let all = own.merging(["key_size": 16, "value_size": 64]) { own, _ in own }
                record.results.append(
                    .init(
                        metric, target: table, conditions: all, value: value * factor,
                        samples: samples.map { $0 * factor }))
            }
            add(
                .tableCPU("find"), ["entries": 1_000, "hit_percent": 100, "batch": 16], 81.3,
                [80, 81.3, 84])
            add(.tableCPU("insert"), ["entries": 1_000], 191)
            add(.memoryPerEntry(.sizeClass), ["entries": 1_000], 152.32)
            add(.memoryPerEntry(.sizeClass), ["entries": 4_096], 157.12)
            add(.loadFactor, ["entries": 1_000], 0.97)
            let growth: Conditions = ["entries": 5_000, "entries_after": 10_000]
            add(.growthInsert("p50"), growth, 91)
            add(.growthStallMax, growth, 14_321)
            add(.growthStallMax(.rehashes), growth, 11_300)
            // One table's slowest insert was not looked at.
            if index == 0 { add(.growthStallFaults(.rehashes), growth, 6) }
        }
        return record
    }

    private static func claims() -> RunRecord {
        var record = named("suite")
        record.claims = [
            .init(
                id: "smaller", statement: "it is smaller", source: "a blog",
                metric: "memory_bytes_per_entry/class", workload: "m", quantity: .value,
                target: "valkey-9.1", expected: .init(min: 80, max: 100))
        ]
        record.claims[0].outcome = .reproduced
        record.claims[0].measured = 90.5
        return record
    }
}

@Suite struct ReadingTests {
    /// Numbers as they are printed, without their units: `1,234`, `+5.3`, `±0.5`, `12.3`.
    private func numbers(_ text: String) -> Set<String> {
        Set(text.matches(of: /[+−±]?\d([\d,]*\d)?(\.\d+)?/).map { String($0.output.0) })
    }

    @Test(arguments: KindOfRun.allCases) func allFormatsSayTheSame(_ kind: KindOfRun) {
        let record = ReadingSample.record(kind)
        #expect(record.kindOfRun == kind)
        let text = RunReading(record).text()
        let said = numbers(text)
        #expect(said.count > 3, "\(text)")
        let markdown = numbers(record.markdownSummary())
        let page = numbers(HTMLReport(record).page())
        #expect(said.subtracting(markdown) == [], "\(text)\n\(record.markdownSummary())")
        #expect(said.subtracting(page) == [], "\(text)")
        // The others hold the record's own digits: every reading is in them.
        let junit = record.junit()
        let go = record.goBenchmarks()
        for result in record.results {
            guard let value = result.value else { continue }
            if kind != .gate { #expect(junit.contains("\(value)"), "\(result.metric)") }
            if result.samples.isEmpty {
                #expect(go.contains(" \(value)") || go.contains(" \(Int(value))"), "\(value)")
            }
        }
        #expect(!record.annotations().isEmpty)
    }

    /// Levels agree with the effect, and no second, unpaired change stands beside it.
    @Test func aComparisonDoesNotContradictItself() throws {
        let record = ReadingSample.record(.compare)
        let row = try #require(RunReading(record).comparison?.rows.first)
        let effect = try #require(row.effect)
        #expect(abs(effect - 0.06) < 0.001)
        #expect(row.candidateLevel == 838_560 * (1 + effect))
        for text in [
            RunReading(record).text(), record.markdownSummary(), HTMLReport(record).page(),
        ] {
            #expect(!text.contains("836,108") && !text.contains("−0.3 %"), "\(text)")
            #expect(text.contains("+6.0 %") && text.contains("95 % interval"), "\(text)")
            #expect(text.contains("could see") && text.contains("× (1 +"))
            #expect(text.contains("not a process of this machine"))
        }
        #expect(record.junit().contains("change: +6.0 %"))
    }

    /// What changed is counted, and stands before what did not.
    @Test func aComparisonCountsItsChanges() throws {
        var record = ReadingSample.record(.compare)
        for target in record.targets.map(\.label) {
            record.results.append(
                .init(
                    .memoryPerEntry(.requested), target: target, workload: "get",
                    conditions: record.results[0].conditions, value: 70))
        }
        let counts = "2 better, 0 worse, 1 without a distinct change"
        #expect(RunReading(record).text().contains("\n\(counts)\n"))
        let markdown = record.markdownSummary()
        #expect(markdown.contains(counts), "\(markdown)")
        let parts = markdown.split(separator: "<details>")
        #expect(parts.count == 3 && parts[0].contains("+6.0 %"), "\(markdown)")
        let title = try #require(Metric.named(Metric.memoryPerEntry(.requested).id)).title
        #expect(parts[1].contains(title) && !parts[0].contains(title))
    }

    @Test func nothingIsToldInPerCentOfNearlyNothing() {
        #expect(!RunReading(ReadingSample.record(.counters)).text().contains("as many PINGs take"))
        let all = TerminalStyle(width: 100, showsDetail: true)
        let text = RunReading(ReadingSample.record(.counters)).text(all)
        #expect(text.contains("+0.00400") && !text.contains("+200 %"), "\(text)")
        #expect(text.contains("above PING: less what as many PINGs take"))
        #expect(HTMLReport(ReadingSample.record(.counters)).page().contains("as many PINGs take"))
    }

    @Test(arguments: KindOfRun.allCases) func partialRunsAndIncidentsAreSaid(_ kind: KindOfRun) {
        var record = ReadingSample.record(kind)
        record.partial = true
        record.incidents = [
            .init(
                target: "valkey-9.1", kind: .lostKeys, workload: "get", round: 2, count: 12,
                of: 4_000, detail: "GET key:7 answered nil")
        ]
        #expect(RunReading(record).text().hasPrefix("PARTIAL: "))
        for text in [record.markdownSummary(), HTMLReport(record).page()] {
            #expect(text.contains("This run is partial:"))
        }
        #expect(HTMLReport(record).page().contains("lost keys in get, round 3: 12 of 4000"))
        let junit = record.junit()
        #expect(junit.contains("errors=\"2\"") && junit.contains("<error type=\"lost_keys\""))
        #expect(junit.contains("<error type=\"partial\" message=\"\(Self.partial)"))
        let skipped = junit.ranges(of: "<skipped ").count
        #expect(junit.contains("skipped=\"\(skipped)\""))
        let cases = junit.ranges(of: "<testcase ").count
        #expect(junit.contains("<testsuites name=\"hashmark\" tests=\"\(cases)\""))
        if kind != .gate {
            #expect(RunReading(record).text().contains("12 of 4000; GET key:7 answered nil"))
        }
        #expect(record.annotations()[0].hasPrefix("::error title=lost keys::"))
        #expect(record.annotations()[1].hasPrefix("::warning title=partial::\(Self.partial)"))
        let go = record.goBenchmarks()
        #expect(go.contains("\ninvalid: valkey-9.1: lost keys in get, round 3: 12 of 4000"))
        #expect(go.contains("\npartial: \(Self.partial)"))
        // They are not those of the next record in the stream.
        #expect(go.hasSuffix("\ninvalid:\npartial:\n"))
    }

    private static let partial = "this run ended early"

    /// A run that ended with exit 3 is marked everywhere, and none of its numbers is a datum.
    @Test(arguments: KindOfRun.allCases) func invalidRunsAreSaid(_ kind: KindOfRun) throws {
        var record = ReadingSample.record(kind)
        let other = RunRecord.Warning(cause: "the load average was 12.75", remedy: "wait")
        record.warnings = [other]
        #expect(record.faults.isEmpty)
        if kind == .bench {
            var reason = RunRecord.Warning(
                cause: "get: the hit ratio was 0.0125, not 0.875", remedy: "fill it")
            reason.workload = "get"
            reason.invalidates = true
            record.warnings.append(reason)
        } else {
            record.arguments.append("--strict")
        }
        let cause = kind == .bench ? record.warnings[1].cause : other.cause
        let text = RunReading(record).text()
        #expect(text.hasPrefix("INVALID: \(cause); "), "\(text)")
        let said = numbers(text)
        #expect(said.subtracting(numbers(record.markdownSummary())) == [], "\(text)")
        #expect(said.subtracting(numbers(HTMLReport(record).page())) == [], "\(text)")
        #expect(record.markdownSummary().contains("**This run is invalid:** \(cause)"))
        #expect(HTMLReport(record).page().contains("<b>This run is invalid:</b> \(cause)"))
        let junit = record.junit()
        #expect(junit.contains("errors=\"1\"") && junit.contains("message=\"\(cause)"))
        #expect(junit.contains("skipped=\"\(junit.ranges(of: "<skipped ").count)\""))
        #expect(record.annotations()[0].hasPrefix("::error title=invalid::\(cause)"))
        #expect(record.goBenchmarks().contains("\ninvalid: \(cause)"))
        let spoilt = record
        for better in [Metric.Better.higher, .lower] {
            let names = record.results.filter { $0.better == better && $0.value != nil }
            let isSpoilt = kind != .bench || names.allSatisfy { $0.workload == "get" }
            if isSpoilt {
                #expect(throws: RunRecordError.self) { try spoilt.actionBenchmark(better) }
            } else {
                let json = try String(decoding: record.actionBenchmark(better), as: UTF8.self)
                #expect(!json.contains(" get "), "\(json)")
                #expect(record.actionDoubts(better).contains { $0.contains(cause) })
            }
        }
    }

    @Test func warningsAreNoFaults() {
        var record = ReadingSample.record(.bench)
        record.workloads = [.init(name: "GET")]
        record.warnings = [
            .init(cause: "GET: 100.0 % of the look-ups found no key", remedy: "fill"),
            .init(cause: "SADD skipped: the server refused DEL: writes: no", remedy: "leave it"),
        ]
        #expect(record.faults.isEmpty)
        record.arguments += ["--strict"]
        #expect(record.faults.map(\.kind) == [.invalid, .invalid])
        record.arguments.removeLast()
        let text = RunReading(record).text()
        #expect(text.contains("\nwarning: GET: 100.0 % of the look-ups found no key; fill\n"))
        // Errors that were asked for are told, and spoil nothing.
        record.arguments += ["--on-errors", "ignore"]
        record.incidents = [.init(target: "valkey-9.1", kind: .errors, detail: "ERR")]
        #expect(record.faults.map(\.isSpoiling) == [false])
        record.arguments[record.arguments.count - 1] = "invalid"
        #expect(record.faults.map(\.isSpoiling) == [true])
    }

    /// What is not there has a reason in JUnit too.
    @Test func missingIntervalsHaveReasons() {
        let junit = ReadingSample.record(.compare).junit()
        #expect(junit.contains("95 % interval: n/a (counted, it repeats), could see: n/a (counted"))
        #expect(!junit.contains("interval: ,") && !junit.contains("could see: <"))
        #expect(!ReadingSample.record(.gate).junit().contains(": ,"))
    }

    @Test func namesOfTheOriginalsAreBench() {
        let record = RunRecord(
            hashmarkVersion: "0", arguments: ["/usr/bin/redis-benchmark", "-q"], seed: 1)
        #expect(record.kindOfRun == .bench)
        #expect(RunRecord(hashmarkVersion: "0", arguments: [], seed: 1).kindOfRun == .suite)
    }

    /// Ticks are numbers alone: the unit stands in the caption, and none is `4 1`.
    @Test func ticksAreNumbers() {
        var record = ReadingSample.record(.memory)
        for index in record.results.indices { record.results[index].unit = .perEntry }
        let page = HTMLReport(record).page()
        #expect(page.contains("1/entry"))
        #expect(page.firstMatch(of: /<text class="dim end"[^>]*>[\d,.]+ 1<\/text>/) == nil)
    }
}
