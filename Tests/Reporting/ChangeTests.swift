// Where a history says that a level changed: in its text and on its page.
import Reporting
import RunRecord
import Testing

@Suite struct ChangeTests {
    private func run(_ number: Int, cpu: Double, bytes: Double) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: UInt64(number))
        record.label = "r\(number)"
        record.startedAt = "2026-11-\(number + 10)T06:00:00Z"
        record.results = [
            .init(.serverCPU, target: "server", workload: "get", value: cpu),
            .init(.memoryPerEntry(.reported), target: "server", workload: "get", value: bytes),
        ]
        return record
    }

    @Test func levelsThatChangedAreNamed() {
        let runs = (0..<14).map { number in
            run(
                number, cpu: Double(500 + number % 3 + (number >= 7 ? 50 : 0)),
                bytes: number >= 4 ? 90 : 98)
        }
        let text = History(runs).text(TerminalStyle(width: 200))
        #expect(text.contains("levels that changed (bytes by 0.5 %"), "\(text)")
        #expect(
            text.contains("memory reported of server, get: −8.2 % from r4 (2026-11-14) on"),
            "\(text)")
        #expect(
            text.contains("server CPU of server, get: +10.0 % from r7 (2026-11-17) on"), "\(text)")
        #expect(
            text.split(separator: "\n").count { $0.contains(" on") && $0.contains("from") } == 2)
        let page = TrendPage(History(runs)).page()
        #expect(page.contains("<li>memory reported of server, get: −8.2 % from r4"))
        #expect(page.contains("server: the level changed at r7 (2026-11-17)"))
        #expect(History(runs).trends().contains("levels that changed"))
    }

    /// Against the first run, the one before, and the best.
    @Test func theLastRunAgainstThreeOthers() {
        let runs = [(500.0, 98.0), (400, 98), (550, 98), (440, 98)].enumerated().map {
            run($0.offset, cpu: $0.element.0, bytes: $0.element.1)
        }
        let text = History(runs).text(TerminalStyle(width: 200))
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines.contains { $0.hasSuffix("500 → 440 −12.0 % −20.0 % +10.0 %") }, "\(text)")
        #expect(text.contains("then against the run before and the best"), "\(text)")
    }

    @Test func whatScattersHasNone() {
        let runs = (0..<14).map { run($0, cpu: Double(500 + $0 * 37 % 11), bytes: 98) }
        #expect(!History(runs).text().contains("levels that changed"))
        #expect(!TrendPage(History(runs)).page().contains("the level changed"))
    }
}
