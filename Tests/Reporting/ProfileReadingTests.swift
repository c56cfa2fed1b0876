// Profiles as a terminal, Markdown and a headline tell them; two profiles with their changes.
import Reporting
import RunRecord
import Testing

@Suite struct ProfileReadingTests {
    /// Wide enough for names that C++ makes.
    private func told(_ record: RunRecord) -> String {
        RunReading(record).text(TerminalStyle(width: 400))
    }

    private func line(_ text: String, _ beginning: String) -> [Substring] {
        let lines = text.split(separator: "\n")
        return (lines.first { $0.hasPrefix(beginning) } ?? "").split(separator: " ")
    }

    @Test func functionsHaveTheirOwnTimeAndTheTotal() {
        let record = profileRecord(sampleProfile("valkey-9.1"))
        let text = told(record)
        #expect(text.contains("\nvalkey-9.1, get: functions by CPU time\n"), "\(text)")
        #expect(
            line(text, "lookupKey") == [
                "lookupKey", "valkey-server", "296.0", "36", "%", "396.0", "49", "%",
            ], "\(text)")
        #expect(
            line(text, "main") == [
                "main", "valkey-server", "82.5", "10", "%", "812.0", "100", "%",
            ], "\(text)")
        // Inlined, and said to be so.
        #expect(text.contains(template) && text.contains("valkey-server, inlined"), "\(text)")
        // Below a thousandth of the whole.
        #expect(!text.contains("[anon]"), "\(text)")
        let order = ["tcp_sendmsg ", "lookupKey ", "std::map", "main "].map {
            text.range(of: "\n\($0)")?.lowerBound
        }
        #expect(order.allSatisfy { $0 != nil })
        #expect(order.compactMap(\.self) == order.compactMap(\.self).sorted())
        #expect(text.contains("3,248 samples, 99.0 % of the stacks complete"), "\(text)")
        #expect(text.contains("99.9 % of the user’s leaves named, 3 records lost"), "\(text)")
        #expect(text.contains("98.5 % of the expected samples"), "\(text)")
        #expect(text.contains("\nthreads of 2 processes are not sampled\n"), "\(text)")
        let markdown = record.markdownSummary()
        #expect(markdown.contains("| function | in | self ns/op | share | total ns/op | share |"))
        #expect(markdown.contains("| 296.0 | 36 % | 396.0 | 49 % |"), "\(markdown)")
        #expect(markdown.contains("std::map&lt;int, char&gt;::operator&lt;("), "\(markdown)")
    }

    @Test func unknownOperationsLeaveShares() {
        let record = profileRecord(sampleProfile("a", operations: nil))
        let text = told(record)
        #expect(
            line(text, "lookupKey") == ["lookupKey", "valkey-server", "36", "%", "49", "%"],
            "\(text)")
        let markdown = record.markdownSummary()
        #expect(markdown.contains("| function | in | self share | total share |"), "\(markdown)")
    }

    @Test func theHeadlineTellsTheKernelsPathAndTheLargestFunction() {
        func headline(_ profile: StackProfile) -> [String] {
            Headline(of: profileRecord(profile)).sentences
        }
        #expect(
            headline(sampleProfile("valkey-9.1")) == [
                "of valkey-9.1’s 812 ns per operation of get, 41 % are in the kernel, 41 % in its "
                    + "send path; lookupKey itself takes 296.0 ns/op"
            ])
        var other = sampleProfile("a", operations: nil)
        other.frames[4].function = "entry_SYSCALL_64"
        #expect(
            headline(other) == [
                "of a’s CPU time, 41 % are in the kernel; lookupKey itself takes 36 %"
            ])
    }

    // MARK: two

    private func compared(spin: Double) -> RunRecord {
        profileRecord(
            sampleProfile("old", scatter: 2, rounds: 8),
            sampleProfile("new", spin: spin, scatter: -3, rounds: 8))
    }

    @Test func changesStandWithTheirIntervals() {
        let record = compared(spin: 56)
        let text = told(record)
        #expect(text.contains("\nnew against old, get: functions by CPU time\n"), "\(text)")
        // The same in every round: nothing is left open.
        #expect(
            line(text, "spin").suffix(7) == ["0.0", "56.0", "+56.0", "+56.0", "…", "+56.0", "●"],
            "\(text)")
        let lookup = line(text, "lookupKey")
        #expect(lookup.contains("296.0") && lookup.last != "●", "\(text)")
        #expect(text.contains("over 8 rounds"), "\(text)")
        #expect(text.contains("5 functions looked at, 1 with an interval without 0"), "\(text)")
        #expect(text.contains("0.2 would have one by chance"), "\(text)")
        let headline = Headline(of: record).text
        #expect(headline.hasPrefix("new against old under get: spin +56.0 ± 0.0 ns/op"))
        #expect(headline.contains("(of 5 functions looked at; in all +56.0 ± "), "\(headline)")
    }

    @Test func nothingStandsOutWhereNothingChanged() {
        let headline = Headline(of: compared(spin: 0)).text
        #expect(
            headline.hasPrefix("none of 4 functions of new stands out against old under get"),
            "\(headline)")
    }

    @Test func oneRoundTellsNothing() {
        let record = profileRecord(
            sampleProfile("old", rounds: 1), sampleProfile("new", spin: 56, rounds: 1))
        let text = told(record)
        #expect(text.contains("one round leaves open how far a change is one: take more"))
        #expect(line(text, "spin").suffix(2) == ["+56.0", "n/a"], "\(text)")
        #expect(Headline(of: record).text.hasPrefix("one round cannot tell"))
    }

    @Test func profilesOfDifferentThingsAreNotCompared() {
        var other = sampleProfile("new")
        other.workload = "set"
        let loads = told(profileRecord(sampleProfile("old"), other))
        #expect(!loads.contains("new against old") && loads.contains("new, set: functions by"))
        var waits = sampleProfile("new")
        waits.unit = .offCPUNanoseconds
        let text = told(profileRecord(sampleProfile("old"), waits))
        #expect(!text.contains("new against old"))
        #expect(text.contains("new, get: functions by time off the CPU"), "\(text)")
    }
}
