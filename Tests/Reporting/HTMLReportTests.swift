// The page: its sections and links, that it fetches nothing and is whole without scripts, that text
// from servers stays text.
import Reporting
import RunRecord
import Testing

@Suite struct HTMLReportTests {
    private func rendered(_ record: RunRecord) -> Page { Page(HTMLReport(record).page()) }

    @Test func structure() {
        let page = rendered(sampleRecord())
        #expect(page.text.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(page.text.hasSuffix("</html>\n"))
        #expect(
            page.sections == [
                "warnings", "per-core", "memory", "misses", "latency", "notes", "targets",
                "environment",
            ])
        // Throughput has bars; bytes against entries and the latencies have their curves, one for
        // each target.
        #expect(page.count("<figure>") == 3 && page.count("<svg ") == 3)
        #expect(page.count("<path class=\"curve s") == 4)
        #expect(page.count("<circle class=\"dot\"") == 6)
        for text in [
            "<title>suite · valkey-7.2, valkey-9.1 – Hashmark</title>",
            "<code>hashmark suite --seed 7</code>", "<a href=\"run.json\">",
            "7 % steal. <em>use a quiet machine.</em>", "1,000,000</td>", "±0.5 %",
            "<td class=\"part good\">+25.0 %</td>", "n/a<sup><a href=\"#note-1\">1</a></sup>",
            "<li id=\"note-1\">this guest has no PMU</li>", "<dt>CPU model</dt><dd>EPYC</dd>",
            "0.5 0.25 0.1", "a round’s reading", "prefers-color-scheme: dark", "hashmark.run/1",
        ] {
            #expect(page.text.contains(text), "\(text)")
        }
    }

    @Test(arguments: KindOfRun.allCases) func everyPageHoldsTogether(_ kind: KindOfRun) {
        let record = ReadingSample.record(kind)
        let page = rendered(record)
        #expect(page.unbalancedTag == nil)
        #expect(Set(page.ids).count == page.ids.count, "\(page.ids)")
        #expect(page.contents == ["command"] + page.sections && !page.sections.isEmpty)
        #expect(Set(page.anchors).isSubset(of: page.ids), "\(page.anchors)")
        #expect(page.count("<h1>") == 1 && page.count("<h2>") == page.sections.count)
        let sentences = Headline(of: record).sentences
        let isTold = record.verdict == nil && sentences != ["nothing was measured"]
        #expect(page.count("class=\"headline\"") == (isTold ? sentences.count : 0))
        // The last things are what was measured, and where.
        #expect(page.sections.last == "environment" || record.environment.cpuModel == nil)
    }

    @Test func samePageForTheSameRecord() {
        #expect(HTMLReport(sampleRecord()).page() == HTMLReport(sampleRecord()).page())
    }

    /// The one script is ours, is short, and nothing waits for it.
    @Test func nothingIsFetchedAndTheScriptIsOurs() throws {
        let page = rendered(sampleRecord())
        for word in [
            "http:", "https:", "src=", "url(", "@import", "<link", "javascript", "onclick",
            "fetch(", "XMLHttpRequest", "eval(",
        ] {
            #expect(!page.text.contains(word), "\(word)")
        }
        #expect(page.text.contains("default-src 'none'"))
        #expect(page.count("<script") == 1)
        let script = try #require(page.text.firstMatch(of: /<script>([\s\S]*?)<\/script>/)).1
        #expect(script.split(separator: "\n").count <= 100)
        #expect(!page.text.contains("hidden>") && !page.text.contains("display: none"))
        // Values under the pointer are there without it.
        #expect(page.text.contains("<title>valkey-9.1, 2,000,000 entries: 91.25 B/entry</title>"))
        #expect(page.text.contains("<title>valkey-7.2: 800,000 ops/s</title>"))
    }

    @Test func hostileTextStaysText() {
        let hostile = "\"><script>alert('1')</script>&\u{1b}"
        var record = sampleRecord(first: hostile)
        record.partial = true
        record.warnings = [.init(cause: hostile, remedy: hostile, target: hostile)]
        record.targets[0].version = hostile
        record.targets[0].spelling = hostile
        record.targets[0].allocator = hostile
        record.targets[0].binaryHash = hostile
        record.workloads = [.init(name: hostile)]
        record.arguments += [hostile]
        record.startedAt = hostile
        record.environment.cpuModel = hostile
        record.results[0].conditions[hostile] = .string(hostile)
        record.results[0].workload = hostile
        record.results.append(
            .init(.hitRatio, target: hostile, workload: hostile, unavailable: hostile))
        record.results[2].histogram = hostile
        record.results[3].unit = .init(rawValue: hostile)
        record.results[4].kind = .init(rawValue: hostile)
        record.results[5].metric = hostile
        let page = rendered(record)
        #expect(page.count("<script") == 1 && !page.text.contains("\u{1b}"))
        #expect(
            page.text.contains("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"))
        #expect(page.unbalancedTag == nil)
    }

    // MARK: what comes first

    @Test func faultsComeBeforeTheTitleAndWarningsBehindIt() throws {
        var record = sampleRecord()
        record.partial = true
        record.incidents = [.init(target: "valkey-9.1", kind: .crashed, detail: "gone")]
        let text = HTMLReport(record).page()
        let places = try [
            "This run is partial", "valkey-9.1: crashed: gone", "<h1>", "repeat with",
            "id=\"warnings\"", "id=\"per-core\"",
        ].map { part in try #require(text.firstRange(of: part), "\(part)").lowerBound }
        #expect(places == places.sorted())
    }

    @Test func titlesSayWhatWasRun() {
        func title(_ arguments: [String], _ workloads: [String] = []) -> String? {
            var record = sampleRecord(first: "a", second: "b")
            record.arguments = ["hashmark"] + arguments
            record.workloads = workloads.map { .init(name: $0) }
            return HTMLReport(record).page().firstMatch(of: /<title>(.*) – Hashmark<\/title>/)
                .map { String($0.1) }
        }
        #expect(title(["suite", "dir/small.yaml", "--quiet"]) == "suite · small · a, b")
        #expect(title(["replay", "ycsb-a", "--seed", "1"]) == "replay · ycsb-a · a, b")
        #expect(title(["bench", "-q"], ["GET", "SET"]) == "bench · GET, SET · a, b")
        #expect(title(["memory"], ["memory"]) == "memory · a, b")
        #expect(title(["gate", "selftest"]) == "gate selftest · a, b")
        #expect(title(["compare"], ["get"]) == "compare · get · b against a")
        let many = title(["bench"], ["a", "b", "c", "d", "e", "f"])
        #expect(many == "bench · a, b, c, d and 2 more · a, b")
    }

    /// Told once at the head, and nowhere again.
    @Test func constantConditionsAreSaidOnce() {
        let page = rendered(sampleRecord())
        #expect(page.count("all: pipeline 16</p>") == 1 && page.count("pipeline 16") == 1)
        #expect(page.section("per-core").contains("entries 1,000,000"))
    }

    // MARK: checks and effects

    @Test func theVerdictComesFirst() throws {
        let page = rendered(judgedRecord())
        #expect(
            page.sections == [
                "warnings", "checks", "results", "notes", "targets", "environment",
            ])
        #expect(page.text.contains("class=\"verdict bad\">"))
        #expect(page.text.contains("<title>gate · policy default · new against old – "))
        let word = try #require(page.text.firstRange(of: "<strong>regression</strong>"))
        let beware = try #require(page.text.firstRange(of: "id=\"warnings\""))
        #expect(word.lowerBound < beware.lowerBound)
        #expect(page.unbalancedTag == nil)
        let bad = rendered(judgedRecord(name: hostile, reason: hostile))
        #expect(bad.count("<script") == 1 && !bad.text.contains("\u{1b}"))
        #expect(bad.unbalancedTag == nil)
    }

    /// Advice without margins has no place on a scale of margins.
    @Test func whatDecidesNothingHasNoScale() throws {
        var record = judgedRecord()
        var verdict = try #require(record.verdict)
        var advice = try #require(verdict.checks.last)
        advice.status = .advisory
        advice.margin = nil
        verdict.checks += Array(repeating: advice, count: 6)
        record.verdict = verdict
        let checks = rendered(record).section("checks")
        #expect(checks.contains("show what did not change (1)"))
        #expect(checks.contains("show what decides nothing (7)"))
        #expect(Page(checks).count("<div class=\"ticks\">") == 3)
        #expect(Page(checks).unbalancedTag == nil)
    }

    /// One plot for all checks: what changed, the rest, the sentinel, each on the same scale.
    @Test func checksStandOnOneScale() throws {
        let checks = rendered(judgedRecord()).section("checks")
        let page = Page(checks)
        #expect(
            checks.contains(
                "1 worse · 1 better · 1 unchanged · 1 undecided · 1 not measured"))
        #expect(checks.contains("show what did not change (2)"))
        #expect(page.count("<div class=\"forest\">") == 3)
        let scales = Set(checks.matches(of: /<div class="ticks">(.*?)<\/div>/).map { $0.1 })
        #expect(scales.count == 1, "\(scales)")
        // Margins to either side of each of the five checks and the sentinel's.
        #expect(page.count("<path class=\"limit\"") == 12)
        // Five margins for the better are beyond the scale; one check has no reading.
        #expect(page.count("<path class=\"arrow good\"") == 1)
        #expect(page.count("<path class=\"point") == 4)
        // The worst first, with a mark that needs no colour.
        let marks = checks.matches(of: /<div class="change [a-z]+"><b>(.)/).map { $0.1 }
        #expect(marks.prefix(4) == ["✗", "?", "✓", "✓"])
    }

    @Test func effectsStandOnOneScale() {
        let page = rendered(ReadingSample.record(.compare))
        let effects = page.section("effects")
        #expect(Page(effects).count("<div class=\"forest\">") == 1)
        #expect(effects.contains("0 worse · 2 better · 0 unchanged"))
        #expect(effects.contains("<td class=\"good\">+6.0 %</td>"))
        // What the effects follow from has no second plot.
        #expect(page.count("<rect class=\"fill") == 0)
    }

    @Test func aSelfTestShowsItsCopies() {
        var record = ReadingSample.record(.compare)
        record.arguments = ["hashmark", "gate", "selftest"]
        let page = rendered(record)
        #expect(page.section("effects").contains("Effects against valkey-7.2"))
        #expect(page.section("effects").contains("copies of one server"))
        #expect(page.unbalancedTag == nil)
    }

    // MARK: missing and extreme

    @Test func missingPartsLeaveNoHoles() {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 0)
        var page = rendered(record)
        #expect(page.text.contains("None.") && !page.text.contains("<svg"))
        #expect(page.unbalancedTag == nil)
        record.results = [.init(.throughput, target: "a", unavailable: "the server died")]
        record.partial = true
        page = rendered(record)
        #expect(page.text.contains("the server died"))
        #expect(page.text.contains("This run is partial"))
        #expect(page.sections == ["per-core", "notes"])
        #expect(page.unbalancedTag == nil)
    }

    @Test func damagedHistogramIsSaid() {
        var record = sampleRecord()
        record.results[2].histogram = "HISTFAAA"
        let page = rendered(record)
        #expect(page.text.contains("valkey-7.2: histogram is cut short"))
        // One latency curve is left of two, and the two of bytes against entries.
        #expect(page.count("<path class=\"curve s") == 3)
        #expect(page.unbalancedTag == nil)
    }

    @Test func extremeNumbersArePlotted() {
        var record = sampleRecord()
        record.results = [
            .init(.throughput, target: "valkey-7.2", value: 0, samples: [0, 0]),
            .init(.throughput, target: "valkey-9.1", value: -5, samples: [-5, 1e300]),
            .init(.clientCPU, target: "valkey-7.2", value: 1e-300),
            .init(.serverCPU, target: "valkey-7.2", value: 0, samples: [0, 1e300]),
            .init(.serverCPU, target: "valkey-9.1", value: 1e300),
        ]
        for entries in [1.0, 1e300] {
            record.results.append(
                .init(
                    .memoryPerEntry(.reported), target: "valkey-7.2",
                    conditions: ["entries": .number(entries)], value: 1e300 - entries))
        }
        let page = HTMLReport(record).page()
        #expect(!page.contains("nan") && !page.contains("inf\""))
        #expect(!page.contains("width=\"-"))
    }
}
