// What a self-test certifies, wherever its record is shown.
import Reporting
import RunRecord
import Testing

@Suite struct CertificateTests {
    private func record(found: Int = 184) -> RunRecord {
        var record = RunRecord(
            hashmarkVersion: "0", arguments: ["hashmark", "gate", "selftest"], seed: 1)
        record.targets = ["baseline", "sentinel", "same"].map {
            .init(label: $0, spelling: "ref:valkey-9.1")
        }
        record.results = record.targets.map {
            .init(.serverCPU, target: $0.label, workload: "get", value: 512.25)
        }
        func row(
            _ change: String, _ regressions: Int, of gates: Int, _ lower: Double, _ upper: Double
        ) -> RunRecord.Certificate.Row {
            .init(
                change: change, isHarmless: change == "nothing", origin: "resampled",
                regressions: regressions, passes: gates - regressions, inconclusive: 0, worth: 40,
                lower: lower, upper: upper)
        }
        record.certificate = .init(
            target: "ref:valkey-9.1", policy: "default", policyHash: "h", budgetSeconds: 600,
            rounds: 120, hours: 3, secondsPerRound: 3.25,
            scatter: ["server_cpu_ns_per_op": 0.0123],
            rows: [
                row("nothing", 0, of: 400, 0, 0.0881), row("CPU +1 %", 9, of: 200, 0.01, 0.16),
                row("CPU +3 %", found, of: 200, 0.79, 0.98),
            ])
        return record
    }

    @Test func falseAlarmsAndPowerComeFirst() {
        let headline = Headline(of: record()).sentences
        #expect(
            headline == [
                "0 of 400 gates without a change were red (95 % interval 0.00 … 8.81 %)",
                "the smallest change that was found in 80 of 100 gates: CPU +3 % (184 of 200)",
            ])
        let none = Headline(of: record(found: 20)).sentences
        #expect(none.last == "no change that was tried was found in 80 of 100 gates")
        var interrupted = record()
        interrupted.certificate = nil
        #expect(Headline(of: interrupted).sentences == ["no certificate was reached"])
    }

    @Test func everyFormatHasIt() {
        let text = RunReading(record()).text()
        for part in [
            "injected", "CPU +3 %     200      40          184   79.00 … 98.00 %",
            "120 rounds from 3 hours, 3.2 s each; budget 600 s", "server CPU 1.23 %",
            "For ref:valkey-9.1 under the policy default alone.",
        ] {
            #expect(text.contains(part), "\(part)\n\(text)")
        }
        // The copies' own numbers are no news.
        #expect(!text.contains("512"))
        let markdown = record().markdownSummary()
        #expect(markdown.contains("| CPU +3 % | 200 | 40 | 184 | 79.00 … 98.00 % |"), "\(markdown)")
        #expect(markdown.contains("**0 of 400 gates without a change were red"))
    }

    @Test func thePageBeginsWithIt() {
        let page = Page(HTMLReport(record()).page())
        #expect(page.text.contains("<title>gate selftest · policy default · ref:valkey-9.1 – "))
        #expect(page.sections.first == "certificate")
        let section = page.section("certificate")
        #expect(section.contains("false alarms") && section.contains("changes found"))
        // A bar and an interval for each kind of gates.
        #expect(Page(section).count("<line class=\"range\"") == 3)
        #expect(Page(section).count("<rect class=\"fill good\"") == 2)
        #expect(section.contains("<title>CPU +3 %: 184 of 200 gates, 95 % interval 79.00 … 98.00"))
        #expect(section.contains("<td>79.00 … 98.00 %</td>"))
        #expect(page.unbalancedTag == nil)
    }

    @Test func hostileNamesStayText() throws {
        var record = record()
        record.certificate?.target = hostile
        record.certificate?.policy = hostile
        record.certificate?.rows[0].change = hostile
        let page = Page(HTMLReport(record).page())
        #expect(page.count("<script") == 1 && page.unbalancedTag == nil)
        #expect(!RunReading(record).text().contains("\u{1b}"))
    }
}
