// Verdicts in the formats of others, read back by parsers that are not ours.
import Foundation
import FoundationXML
import Reporting
import RunRecord
import Testing

/// What a JUnit document holds, by libxml2.
private final class JUnitReader: NSObject, XMLParserDelegate {
    var names: [String] = []
    var failures: [String] = []
    var skipped: [String] = []
    var suite: [String: String] = [:]

    func parser(
        _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
    ) {
        switch element {
        case "testsuite": suite = attributes
        case "testcase": names.append(attributes["name"] ?? "")
        case "failure": failures.append(attributes["message"] ?? "")
        case "skipped": skipped.append(attributes["message"] ?? "")
        default: break
        }
    }

    static func read(_ text: String) -> JUnitReader? {
        let reader = JUnitReader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        return parser.parse() ? reader : nil
    }
}

@Suite struct VerdictOutputTests {
    @Test func text() {
        let text = RunReading(judgedRecord()).text(TerminalStyle(width: 200))
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "REGRESSION: new against old, policy default")
        #expect(lines[1] == "  server CPU: beyond the margin")
        // The worst first.
        let marks = ["✗ server CPU", "? throughput", "✓ memory", "✓ hits", "· memory"]
        let words = ["regression", "inconclusive", "improvement", "pass", "unmeasured"]
        let rows = lines.dropFirst(2).filter { line in marks.contains { line.hasPrefix($0) } }
        #expect(rows.count == 5, "\(text)")
        for (row, (mark, word)) in zip(rows, zip(marks, words)) {
            #expect(row.hasPrefix(mark) && row.contains(" \(word) "), "\(row)")
        }
        #expect(text.contains("+5.0 %") && text.contains("+4.0 % … +6.0 %"), "\(text)")
        #expect(lines.contains("[1] only ref: servers can walk") && text.contains("n/a [1]"))
        #expect(lines.contains("sentinel, server CPU get: +0.1 % in 30 rounds"))
    }

    /// After one round there are no intervals, and no room is left for them.
    @Test func columnsWithoutNumbersAreLeftOut() throws {
        var record = judgedRecord()
        var verdict = try #require(record.verdict)
        for index in verdict.checks.indices {
            verdict.checks[index].lower = nil
            verdict.checks[index].upper = nil
            verdict.checks[index].pairs = 1
        }
        for index in verdict.sentinelChecks.indices { verdict.sentinelChecks[index].pairs = 1 }
        record.verdict = verdict
        let text = RunReading(record).text(TerminalStyle(width: 200))
        #expect(!text.contains("95 %") && text.contains("margin"), "\(text)")
        #expect(text.contains("sentinel, server CPU get: +0.1 % in 1 round\n"), "\(text)")
    }

    @Test func junitIsReadByLibxml() throws {
        let reader = try #require(JUnitReader.read(judgedRecord().junit()))
        #expect(reader.names.count == 5 && reader.names[0] == "server_cpu_ns_per_op")
        #expect(reader.failures == ["beyond the margin"])
        #expect(reader.skipped == ["too few rounds", "only ref: servers can walk"])
        #expect(reader.suite["tests"] == "5" && reader.suite["failures"] == "1")
        #expect(reader.suite["skipped"] == "2" && reader.suite["time"] == "12.5")
        let bad = try #require(
            JUnitReader.read(judgedRecord(name: hostile, reason: hostile).junit()))
        let shown = hostile.replacing("\u{1b}", with: "\u{fffd}")
        #expect(bad.failures == [shown], "\(bad.failures)")
        let plain = try #require(JUnitReader.read(sampleRecord(first: hostile).junit()))
        #expect(plain.names.count == 9 && plain.skipped.count == 2)
    }

    @Test func markdownSummary() {
        let text = judgedRecord().markdownSummary()
        #expect(text.hasPrefix("## ❌ REGRESSION: new against old"))
        #expect(text.contains("| ✗ server CPU, ns/op | get | regression |"))
        #expect(text.contains("hashmark suite --seed 7"))
        // In front of the tables, and what did not change is folded away.
        let counts = "checks: ✗ 1 regression, ? 1 inconclusive, ✓ 1 improvement, ✓ 1 pass"
        #expect(text.contains(counts) && RunReading(judgedRecord()).text().contains(counts))
        #expect(text.contains("<details>") && !text.contains("[The whole run]"))
        let bad = judgedRecord(name: hostile, reason: hostile).markdownSummary()
        #expect(!bad.contains("<script") && !bad.contains("\u{1b}"))
        // Every table row has the columns of its heading: no name ends a cell. Five checks, two
        // tables.
        let rows = bad.split(separator: "\n").filter { $0.hasPrefix("|") }
        let bars = rows.map { row in
            row.replacing("\\|", with: "").filter { $0 == "|" }.count
        }
        #expect(Set(bars).count == 1 && rows.count == 9, "\(bars)")
    }

    /// Whatever their size: a row of differences is read from left to right.
    @Test func differencesAreInTheMarginsUnit() throws {
        var record = judgedRecord()
        var check = try #require(record.verdict?.checks[0])
        check.metric = Metric.stallMax.id
        check.unit = .nanoseconds
        check.isDifference = true
        (check.effect, check.margin, check.detectable) = (950_000, 25_000_000, 1_500_000_000)
        (check.lower, check.upper) = (-12_000, 3_000_000)
        (check.baselineValue, check.candidateValue) = (2_000_000, 2_950_000)
        record.verdict?.checks = [check]
        let text = RunReading(record).text(TerminalStyle(width: 200))
        #expect(text.contains("+0.950 ms") && text.contains("25 ms"), "\(text)")
        #expect(text.contains("1,500 ms") && text.contains("−0.0120 ms … +3 ms"), "\(text)")
    }

    @Test func theSummaryLinksToTheRunWhereItIsKnown() throws {
        let github = [
            "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b",
            "GITHUB_RUN_ID": "17",
        ]
        func summary(_ environment: [String: String]) throws -> String {
            let data = try MarkdownFormat(environment).render(judgedRecord())
            return String(decoding: data, as: UTF8.self)
        }
        #expect(try summary(github).contains("(<https://github.com/a/b/actions/runs/17>)"))
        let own = ["HASHMARK_PAGE": "https://example.org/run 1"]
        #expect(MarkdownFormat.page(own) == nil, "a blank ends a link")
        let page = "https://example.org/runs/1.html"
        #expect(MarkdownFormat.page(github.merging(["HASHMARK_PAGE": page]) { $1 }) == page)
        #expect(try !summary(["GITHUB_RUN_ID": "17"]).contains("[The whole run]"))
    }

    @Test func longSummariesAreCutAtALine() throws {
        var record = judgedRecord()
        record.warnings = (0..<3_000).map {
            .init(cause: "\($0) " + String(repeating: "é", count: 400), remedy: "none")
        }
        let text = record.markdownSummary()
        #expect(text.utf8.count <= 1 << 20 && text.utf8.count > 1_000_000)
        #expect(text.hasSuffix("*Cut: GitHub takes no more.*\n"))
        #expect(judgedRecord().markdownSummary(limit: 400).utf8.count <= 400)
        let comment = try MarkdownFormat(limit: RunRecord.commentLimit).render(record)
        #expect(comment.count <= 65_536 && comment.count > 60_000)
    }

    @Test func annotationsAreTenAtMostAndOneLineEach() throws {
        var record = judgedRecord(reason: hostile)
        let lines = record.annotations()
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("::error title=regression%3A get server_cpu_ns_per_op::"))
        #expect(lines[1].hasPrefix("::warning") && lines[2].hasPrefix("::notice"))
        #expect(lines.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1b}") })
        #expect(lines[0].contains("%250A"))
        let check = try #require(record.verdict?.checks[0])
        record.verdict?.checks += [RunRecord.Check](repeating: check, count: 20)
        #expect(record.annotations().count == 10)
        #expect(record.annotations()[0].hasPrefix("::error"))
        // No verdict is said, and no silence.
        let none = sampleRecord().annotations()
        #expect(none.count == 1 && none[0].hasPrefix("::notice title=no verdict::"), "\(none)")
        record.verdict?.checks = []
        record.verdict?.status = .pass
        #expect(record.annotations().count == 1)
        #expect(record.annotations()[0].hasPrefix("::notice title=pass::"))
    }

    /// The grammar of Go's benchmark format (proposal 14313), as benchstat's parser has it.
    @Test func goBenchmarks() throws {
        var record = sampleRecord(first: hostile)
        record.environment.cpuModel = hostile
        let text = record.goBenchmarks()
        var benchmarks = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("Unit ") {
                #expect(line.wholeMatch(of: /Unit [^ ]+ better=(higher|lower)/) != nil, "\(line)")
            } else if line.hasPrefix("Benchmark") {
                let words = line.split(separator: " ")
                #expect(words.count == 4 && words[1] == "1", "\(line)")
                #expect(Double(words[2]) != nil && !words[3].contains("/"))
                #expect(words[0].wholeMatch(of: /Benchmark\P{Lowercase}.*/) != nil)
                benchmarks += 1
            } else {
                #expect(line.wholeMatch(of: /[a-z][^ A-Z]*: .*/) != nil, "\(line)")
            }
        }
        // Two throughputs of three samples, two latencies, three memory readings.
        #expect(benchmarks == 6 + 2 + 3)
        #expect(
            text.contains(
                "BenchmarkGet/target=valkey-9.1/entries=1000000/pipeline=16 1 995000 "
                    + "throughput_ops_per_s\n"))
    }

    @Test func actionBenchmarkIsSplitByDirection() throws {
        let record = sampleRecord(first: hostile)
        var names: [String] = []
        for (better, count) in [(Metric.Better.higher, 2), (.lower, 5)] {
            let json = try JSONSerialization.jsonObject(with: record.actionBenchmark(better))
            let entries = try #require(json as? [[String: Any]])
            #expect(entries.count == count)
            for entry in entries {
                #expect(entry["value"] is Double && entry["unit"] is String)
                names.append(try #require(entry["name"] as? String))
            }
        }
        #expect(names[1] == "valkey-9.1 get throughput_ops_per_s")
        #expect(names.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1b}") })
    }

    @Test func anActionBenchmarkOfNothingIsAnError() throws {
        var record = sampleRecord()
        record.partial = true
        let json = try String(decoding: record.actionBenchmark(.higher), as: UTF8.self)
        #expect(json.contains("pipeline=16; partial: this run ended early"), "\(json)")
        #expect(record.actionDoubts(.higher).count == 1)
        record.results.removeAll { $0.better == .higher }
        do {
            _ = try record.actionBenchmark(.higher)
            Issue.record("an empty array")
        } catch {
            #expect(
                "\(error)" == "the record has no number of which more is better; "
                    + "take --format action-smaller")
        }
    }

    @Test func verdictsSurviveTheRecord() throws {
        let record = judgedRecord()
        #expect(try RunRecord(json: record.json()).verdict == record.verdict)
        #expect(try RunRecord(json: record.historyLine()).verdict == record.verdict)
    }
}
