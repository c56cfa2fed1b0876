// The page: its sections, that it fetches and runs nothing, that text from servers stays text.
import Reporting
import RunRecord
import Testing

@Suite struct HTMLReportTests {
    @Test func structure() {
        let page = HTMLReport(sampleRecord()).page()
        #expect(page.hasPrefix("<!doctype html>\n<html lang=\"en\">"))
        #expect(page.hasSuffix("</html>\n"))
        let sections = page.matches(of: /<section id="([a-z]+)"/).map { String($0.1) }
        #expect(
            sections == [
                "warnings", "results", "plots", "curves", "latencies", "targets", "environment",
            ])
        // Two columns have bars; bytes against entries and the latencies have their curves, one for
        // each target.
        #expect(page.ranges(of: "<figure>").count == 4)
        #expect(page.ranges(of: "<svg ").count == 4)
        #expect(page.ranges(of: "<path class=\"curve s").count == 4)
        #expect(page.ranges(of: "<circle class=\"dot\"").count == 6)
        for text in [
            "<title>Hashmark: valkey-7.2, valkey-9.1</title>",
            "<code>hashmark suite --seed 7</code>",
            "7 % steal. <em>use a quiet machine.</em>", "1,000,000</td>", "±0.5 %",
            "<td class=\"part good\">+25.0 %</td>", "n/a<sup>1</sup>",
            "<li>this guest has no PMU</li>", "<dt>CPU model</dt><dd>EPYC</dd>", "0.5 0.25 0.1",
            "prefers-color-scheme: dark", "hashmark.run/1",
        ] {
            #expect(page.contains(text), "\(text)")
        }
    }

    @Test func samePageForTheSameRecord() {
        #expect(HTMLReport(sampleRecord()).page() == HTMLReport(sampleRecord()).page())
    }

    @Test func nothingIsFetchedOrRun() {
        let page = HTMLReport(sampleRecord()).page()
        for word in [
            "<script", "http:", "https:", "src=", "url(", "@import", "<link", "javascript",
        ] {
            #expect(!page.contains(word), "\(word)")
        }
        #expect(page.contains("default-src 'none'"))
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
        let page = HTMLReport(record).page()
        #expect(!page.contains("<script") && !page.contains("\u{1b}"))
        #expect(page.contains("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;"))
        #expect(unbalancedTag(page) == nil)
    }

    @Test func theVerdictComesFirst() {
        let page = HTMLReport(judgedRecord()).page()
        let sections = page.matches(of: /<section id="([a-z]+)"/).map { String($0.1) }
        #expect(Array(sections.prefix(3)) == ["verdict", "checks", "warnings"])
        #expect(page.contains("class=\"verdict bad\">"))
        // Four checks with a change, and the sentinel's: a plot each, margins dashed.
        #expect(page.ranges(of: "<circle class=\"point").count == 5)
        #expect(page.ranges(of: "<line class=\"limit\"").count == 5)
        #expect(unbalancedTag(page) == nil)
        let bad = HTMLReport(judgedRecord(name: hostile, reason: hostile)).page()
        #expect(!bad.contains("<script") && !bad.contains("\u{1b}"))
        #expect(unbalancedTag(bad) == nil)
    }

    @Test func missesStandByLevelAndKind() {
        var record = sampleRecord()
        for (label, misses) in [("valkey-7.2", 6.26), ("valkey-9.1", 2.93)] {
            for event in [Metric.SimulatedEvent.d1ReadMisses, .llReadMisses] {
                record.results.append(
                    .init(.simulated(event), target: label, workload: "get", value: misses))
            }
        }
        let page = HTMLReport(record).page()
        #expect(page.contains("<section id=\"misses\">"))
        #expect(page.contains("6.26</text>") && page.contains("D1 read misses</text>"))
        #expect(unbalancedTag(page) == nil)
    }

    @Test func missingPartsLeaveNoHoles() {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 0)
        var page = HTMLReport(record).page()
        #expect(page.contains("None.") && !page.contains("<svg"))
        #expect(unbalancedTag(page) == nil)
        record.results = [.init(.throughput, target: "a", unavailable: "the server died")]
        record.partial = true
        page = HTMLReport(record).page()
        #expect(page.contains("the server died") && page.contains("This run is partial"))
        #expect(!page.contains("id=\"plots\"") && !page.contains("id=\"latencies\""))
        #expect(unbalancedTag(page) == nil)
    }

    @Test func damagedHistogramIsSaid() {
        var record = sampleRecord()
        record.results[2].histogram = "HISTFAAA"
        let page = HTMLReport(record).page()
        #expect(page.contains("valkey-7.2: histogram is cut short"))
        // One latency curve is left of two, and the two of bytes against entries.
        #expect(page.ranges(of: "<path class=\"curve s").count == 3)
        #expect(unbalancedTag(page) == nil)
    }

    @Test func extremeNumbersArePlotted() {
        var record = sampleRecord()
        record.results = [
            .init(.throughput, target: "valkey-7.2", value: 0, samples: [0, 0]),
            .init(.throughput, target: "valkey-9.1", value: -5, samples: [-5, 1e300]),
            .init(.clientCPU, target: "valkey-7.2", value: 1e-300),
        ]
        let page = HTMLReport(record).page()
        #expect(!page.contains("nan") && !page.contains("inf\""))
        #expect(!page.contains("width=\"-"))
    }

    /// The first tag that closes nothing or is never closed; nil when all are balanced.
    private func unbalancedTag(_ page: String) -> String? {
        var open: [String] = []
        for match in page.matches(of: /<(\/?)([a-z][a-z0-9]*)([^>]*?)(\/?)>/) {
            let name = String(match.2)
            if ["meta", "circle", "line", "rect", "path"].contains(name) { continue }
            if match.1.isEmpty {
                open.append(name)
            } else if open.popLast() != name {
                return name
            }
        }
        return open.last
    }
}
