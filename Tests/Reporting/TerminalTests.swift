// What a terminal gets: lines that fit, whole words, colours only where they are asked for.
import Foundation
import Reporting
import RunRecord
import Testing

@Suite struct TerminalTests {
    static let widths = [60, 100, 200]

    /// Lines that are wider than a style allows.
    private func tooWide(_ text: String, _ width: Int) -> [Substring] {
        text.split(separator: "\n").filter { $0.count > width }
    }

    @Test(arguments: KindOfRun.allCases, TerminalTests.widths)
    func linesFit(_ kind: KindOfRun, _ width: Int) {
        for showsDetail in [false, true] {
            let style = TerminalStyle(width: width, showsDetail: showsDetail)
            let text = RunReading(ReadingSample.record(kind)).text(style)
            #expect(tooWide(text, width) == [], "\(text)")
        }
    }

    @Test(arguments: TerminalTests.widths) func historiesFit(_ width: Int) {
        var runs: [RunRecord] = []
        for day in 1...3 {
            var run = ReadingSample.record(.suite)
            run.label = "release-\(day)"
            run.startedAt = "2026-11-0\(day)T06:00:00Z"
            runs.append(run)
        }
        for isDetailed in [false, true] {
            let text = History(runs, isDetailed: isDetailed).text(TerminalStyle(width: width))
            #expect(tooWide(text, width) == [], "\(text)")
        }
    }

    /// Names are broken between words, numbers and headings' words never.
    @Test func wordsStayWhole() {
        let columns = (0..<9).map { TextTable.Column(["memory allocated \($0)", "B/entry"]) }
        var table = TextTable([.init(["target"], .left)] + columns)
        let name = "a server with a name that goes on and on, as names of branches do at times"
        table.append([name] + (0..<9).map { "1,234,567.\($0)" })
        for width in Self.widths {
            let text = table.text(TerminalStyle(width: width))
            #expect(tooWide(text, width) == [], "\(text)")
            let words = Set(text.split { " \n".contains($0) })
            let missing = name.split(separator: " ").filter { !words.contains($0) }
            #expect(missing == [], "\(text)")
            #expect(words.isSuperset(of: ["memory", "allocated", "B/entry"]), "\(text)")
            for number in 0..<9 { #expect(text.contains("1,234,567.\(number)"), "\(text)") }
        }
    }

    /// A word that is wider than its column is broken where it is joined.
    @Test func longWordsAreBrokenAtTheirMarks() {
        var table = TextTable([.init(["load"], .left), .init(["ops/s"])])
        table.append(["twitter-c14-delete-heavy", String(repeating: "1", count: 42)])
        let text = table.text(TerminalStyle(width: 60))
        #expect(text.contains("twitter-c14-") && text.contains("\ndelete-heavy"), "\(text)")
    }

    /// A wide terminal needs fewer blocks.
    @Test func widthIsUsed() {
        let columns = (0..<12).map { TextTable.Column(["metric \($0)"]) }
        var table = TextTable([.init(["target"], .left)] + columns)
        table.append(["valkey-9.1"] + (0..<12).map { "\(1_000_000 + $0)" })
        let blocks = Self.widths.map { width in
            table.text(TerminalStyle(width: width)).split(separator: "\n\n").count
        }
        #expect(blocks == [3, 2, 1])
    }

    @Test(arguments: KindOfRun.allCases) func coloursAreAskedFor(_ kind: KindOfRun) {
        let reading = RunReading(ReadingSample.record(kind))
        let plain = reading.text(TerminalStyle(width: 100))
        #expect(!plain.contains("\u{1b}"))
        let coloured = reading.text(TerminalStyle(width: 100, hasColour: true))
        #expect(coloured.contains("\u{1b}[1m"), "\(coloured)")
        // They take no room, and nothing is said by them alone.
        #expect(coloured.replacing(/\u{1b}\[\d+m/, with: "") == plain)
    }

    @Test func coloursTellDirection() {
        let style = TerminalStyle(width: 100, hasColour: true)
        let suite = RunReading(sampleRecord()).text(style)
        #expect(suite.contains("\u{1b}[32m+25.0 %\u{1b}[0m"), "\(suite)")
        // Measured once each: nobody knows the scatter.
        #expect(suite.contains(" −75.0 %\n"), "\(suite)")
        let gate = RunReading(judgedRecord()).text(style)
        #expect(gate.contains("\u{1b}[31m✗ server CPU, ns/op\u{1b}[0m"), "\(gate)")
        #expect(gate.contains("\u{1b}[32m✓ hits"), "\(gate)")
    }

    @Test func stylesFollowTheirSurroundings() {
        func style(
            _ isTerminal: Bool, _ columns: Int?, _ choice: TerminalStyle.ColourChoice = .auto,
            _ environment: [String: String] = [:]
        ) -> TerminalStyle {
            TerminalStyle(
                isTerminal: isTerminal, columns: columns, choice, showsDetail: false,
                environment: environment)
        }
        #expect(style(true, 132).width == 132 && style(true, 132).hasColour)
        #expect(style(false, nil).width == 100 && !style(false, nil).hasColour)
        #expect(style(false, nil, .always, ["COLUMNS": "80"]).width == 80)
        #expect(style(true, nil, .auto, ["COLUMNS": "none"]).width == 100)
        #expect(style(true, 20).width == 60)
        #expect(!style(true, 80, .auto, ["NO_COLOR": "1"]).hasColour)
        #expect(style(true, 80, .auto, ["NO_COLOR": ""]).hasColour)
        #expect(!style(true, 80, .auto, ["TERM": "dumb"]).hasColour)
        #expect(style(false, nil, .always, ["NO_COLOR": "1"]).hasColour)
        #expect(!style(true, 80, .never).hasColour)
    }

    /// A sentence of a log is one line, whatever its length.
    @Test func logsKeepTheirSentences() {
        var record = sampleRecord()
        let cause = String(repeating: "a long cause ", count: 20)
        record.warnings = [.init(cause: cause, remedy: "be short")]
        #expect(RunReading(record).text().contains("\nwarning: \(cause); be short\n"))
    }

    /// What to do is said once, behind the last of the warnings that ask for it.
    @Test func warningsShareTheirRemedy() {
        var record = sampleRecord()
        record.warnings = [
            .init(cause: "the machine was busy", remedy: "use an idle one"),
            .init(cause: "it drifted", remedy: "warm up"),
            .init(cause: "others ran", remedy: "use an idle one", target: "valkey-9.1"),
        ]
        let text = RunReading(record).text()
        #expect(
            text.hasSuffix(
                """
                warning: the machine was busy
                warning: valkey-9.1: others ran; use an idle one
                warning: it drifted; warm up

                """), "\(text)")
        let page = HTMLReport(record).page()
        #expect(
            page.contains(
                "<li>the machine was busy. <b>valkey-9.1</b>: others ran. "
                    + "<em>use an idle one.</em></li>"))
    }

    /// Rows are numbers of entries, columns are targets by kind of bytes.
    @Test func memoryReadsDown() {
        let text = RunReading(ReadingSample.record(.memory)).text()
        let rows = text.split(separator: "\n").filter { $0.contains("000   ") }
        #expect(rows.count == 3, "\(text)")
        #expect(rows[0].hasSuffix("%") && rows[0].contains("25.00"), "\(text)")
    }
}
