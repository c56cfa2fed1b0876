// Several runs side by side: the last change, its colour, and a page that is whole without scripts.
import Reporting
import RunRecord
import Testing

@Suite struct TrendTests {
    /// - Parameter spread: of the rounds around each value, as a share; nil where none is kept.
    private func run(
        _ label: String, day: Int, _ values: [String: Double], spread: Double? = 0.01,
        kernel: String = "6.1"
    ) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", "suite"], seed: 1)
        record.label = label
        record.startedAt = "2026-11-0\(day)T06:00:00Z"
        record.environment.cpuModel = "EPYC"
        record.environment.kernel = kernel
        for (target, value) in values.sorted(by: { $0.key < $1.key }) {
            var samples: [Double?] = []
            if let spread { samples = [value * (1 - spread), value, value * (1 + spread)] }
            record.results += [
                .init(
                    .serverCPU, target: target, workload: "get", value: value, samples: samples),
                .init(.clientCPU, target: target, workload: "get", value: 300),
            ]
        }
        return record
    }

    private var three: [RunRecord] {
        [
            run("c", day: 3, ["new": 550, "old": 596]), run("a", day: 1, ["new": 500, "old": 600]),
            run("b", day: 2, ["new": 500, "old": 600]),
        ]
    }

    @Test func runsStandSideBySide() {
        let text = History(three).trends(TerminalStyle(width: 120))
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(lines[0] == "machine 1: EPYC, kernel 6.1")
        #expect(
            lines.contains("get · server CPU, ns/op new 500 500 550 +10.0 % +10.0 %"), "\(text)")
        #expect(lines.contains("get · server CPU, ns/op old 600 600 596 −0.7 % −0.7 %"), "\(text)")
        #expect(text.contains("not shown without --detail: client CPU\n"), "\(text)")
        #expect(
            History(three).trends(TerminalStyle(width: 120, showsDetail: true))
                .contains("get · client CPU"))
        for width in TerminalTests.widths {
            let narrow = History(three).trends(TerminalStyle(width: width))
            #expect(narrow.split(separator: "\n").allSatisfy { $0.count <= width }, "\(narrow)")
        }
    }

    /// The client's CPU explains the server's; alone in a workload, it is what was measured.
    @Test func whatExplainsNothingIsShown() {
        var runs = three
        for index in runs.indices {
            runs[index].results.append(
                .init(.clientCPU, target: "new", workload: "alone", value: 200))
        }
        let text = History(runs).trends(TerminalStyle(width: 120))
        #expect(text.contains("alone · client CPU"), "\(text)")
        #expect(!text.contains("get · client CPU"), "\(text)")
        let page = Page(TrendPage(History(runs)).page())
        #expect(page.count("<figure>") == 3 && page.text.contains("1 more charts"))
    }

    /// The last five; what is older is in the change since the first.
    @Test func olderRunsAreNotShown() {
        let runs = (1...7).map { run("r\($0)", day: $0, ["a": 100 * Double($0)]) }
        let text = History(runs).trends(TerminalStyle(width: 200))
        #expect(!text.contains("r2") && text.contains("r3") && text.contains("+600 %"), "\(text)")
    }

    /// Beyond what the rounds of both runs leave open, and never within it.
    @Test(
        arguments: [
            (0.01, 550, "bad"), (0.06, 550, nil), (0.01, 450, "good"), (nil, 510, nil),
            (nil, 550, "bad"),
        ] as [(Double?, Double, String?)])
    func changesAreColouredBeyondTheScatter(
        _ spread: Double?, _ value: Double, _ tone: String?
    ) {
        let history = History([
            run("a", day: 1, ["t": 500], spread: spread),
            run("b", day: 2, ["t": value], spread: spread),
        ])
        let page = Page(TrendPage(history).page())
        for each in ["good", "bad"] {
            #expect(
                page.text.contains("<b class=\"\(each)\">") == (each == tone),
                "\(spread ?? 0) \(value) \(each)")
        }
        let coloured = history.trends(TerminalStyle(width: 100, hasColour: true))
        #expect(coloured.contains("\u{1b}[31m+") == (tone == "bad"))
        #expect(coloured.contains("\u{1b}[32m−") == (tone == "good"))
    }

    /// Work per core before a tail that moved by more; what one run read is folded.
    @Test func whatMattersIsToldFirst() throws {
        var runs = three
        for (index, value) in [3e6, 1e6, 1e6].enumerated() {
            runs[index].results.append(
                .init(
                    .latency(command: "get", timing: .actual, point: "p99"), target: "new",
                    workload: "get", value: value))
        }
        runs[0].results.append(.init(.throughput, target: "new", workload: "once", value: 7))
        let page = Page(TrendPage(History(runs)).page())
        let told = page.text.matches(of: /<p class="headline">(.*?)<\/p>/).map { String($0.1) }
        #expect(told.count == 2 && told[0].contains("server CPU"), "\(told)")
        #expect(told.last?.contains("+200 %") == true, "\(told)")
        let folded = try #require(page.text.firstRange(of: "2 more charts")).lowerBound
        #expect(page.text[folded...].contains("once · throughput"))
        #expect(page.count("<figure>") == 4)
    }

    @Test func thePageIsWhole() {
        let text = TrendPage(History(three)).page()
        let page = Page(text)
        #expect(text.hasPrefix("<!doctype html>\n") && text.hasSuffix("</html>\n"))
        #expect(page.contents == page.sections && page.sections == ["machine-a"])
        #expect(page.unbalancedTag == nil && page.count("<script") == 1)
        // A chart for each metric, details folded; a line for each target, a point for each run.
        #expect(page.count("<figure>") == 2 && text.contains("1 more charts"))
        #expect(page.count("<path class=\"curve s") == 4 && page.count("<circle ") == 12)
        #expect(text.contains("<title>new, c (2026-11-03): 550 ns/op, +10.0 %</title>"))
        // The last change is called out, with its size.
        #expect(text.contains("<b>550 ns/op</b> <b class=\"bad\">✗ +10.0 %</b>"))
        #expect(
            text.contains(
                "<p class=\"headline\">get · server CPU of new: +10.0 % in c (2026-11-03).</p>"))
        #expect(text.contains("last run: 1 worse · 0 better · 3 unchanged"))
        #expect(text.contains("<td>500</td><td>550</td><td class=\"bad\">+10.0 %</td>"))
        #expect(text == TrendPage(History(three)).page())
    }

    /// One link for each point of a run whose record is there; a path is no scheme and no markup.
    @Test func pointsLeadToRecords() {
        var runs = three
        runs[0].recordFile = "../c d/run.json"
        runs[2].recordFile = "javascript:\"x\".json"
        let page = Page(TrendPage(History(runs)).page())
        #expect(page.count("<a href=\"../c%20d/run.json\"><circle ") == 4)
        #expect(page.count("<a href=\"./javascript%3A%22x%22.json\"><circle ") == 4)
        #expect(page.count("<circle ") == 12 && page.unbalancedTag == nil)
    }

    @Test func machinesStandApartAndGapsStayOpen() {
        var runs = three + [run("d", day: 4, ["new": 100], kernel: "6.2")]
        runs[2].results.removeAll { $0.target == "old" }
        let page = Page(TrendPage(History(runs)).page())
        #expect(page.sections == ["machine-a", "machine-b"])
        #expect(page.text.contains("not comparable with machine 1, kernel: 6.1 there, 6.2 here"))
        #expect(!page.text.contains("−80"))
        // Where a run has no reading the line begins anew.
        let paths = page.text.matches(of: /<path class="curve s1" d="([^"]*)"/).map { $0.1 }
        #expect(paths.contains { $0.count(where: { $0 == "M" }) == 2 }, "\(paths)")
    }

    @Test func hostileNamesStayText() {
        var runs = three
        for index in runs.indices {
            runs[index].label = hostile
            for place in runs[index].results.indices {
                runs[index].results[place].target = hostile
                runs[index].results[place].workload = hostile
            }
        }
        let page = Page(TrendPage(History(runs)).page())
        #expect(page.count("<script") == 1 && page.unbalancedTag == nil)
        #expect(!page.text.contains("\u{1b}"))
        #expect(!History(runs).trends().contains("\u{1b}"))
    }

    @Test func nothingIsNoPageOfHoles() {
        let page = Page(TrendPage(History([])).page())
        #expect(page.text.contains("<h1>trends · 0 runs</h1>") && page.unbalancedTag == nil)
        let one = Page(TrendPage(History([run("a", day: 1, ["t": 1])])).page())
        #expect(one.text.contains("trends · 1 run</h1>") && !one.text.contains("nan"))
    }
}
