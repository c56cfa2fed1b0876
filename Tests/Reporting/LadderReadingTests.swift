// Ladders in words, in a table and as bars: what each rung adds, and how far two tables are apart.
import Reporting
import RunRecord
import Testing

/// Two tables that differ by 144 ns alone and by 139 in the whole, and a server on top of one whose
/// CPU time nobody may read.
func ladderRecord(rounds: Int = 6) -> RunRecord {
    var record = sampleRecord()
    record.arguments = ["hashmark", "ladder"]
    record.results = []
    let scatter = [0.0, 1, -1, 2, -2, 3]
    func add(_ metric: Metric, _ label: String, _ own: Conditions, _ value: Double) {
        let conditions = own.merging(["entries": 1_000, "pipeline": 16]) { own, _ in own }
        // The second table's rounds scatter, and with them the difference.
        let factor = label == "valkey-9.1" ? 1.0 : 0
        record.results.append(
            .init(
                metric, target: label, workload: "get", conditions: conditions, value: value,
                samples: scatter.prefix(rounds).map { value + $0 * factor }))
    }
    for (label, times) in [
        ("valkey-7.2", [240.3, 360.3, 956.3]), ("valkey-9.1", [96.3, 216.3, 817.3]),
    ] {
        for (index, rung) in ["table", "engine", "loopback"].enumerated() {
            add(.rungCPU, label, ["rung": .string(rung)], times[index])
            guard index > 0 else { continue }
            let over = ["table", "engine", "loopback"][index - 1]
            add(
                .rungAdds, label, ["rung": .string(rung), "over": .string(over)],
                times[index] - times[index - 1])
        }
        add(
            .simulated(.instructions), label, ["rung": "table"],
            label == "valkey-7.2" ? 312 : 401)
    }
    record.results.append(
        .init(
            .rungCPU, target: "valkey-9.1", workload: "get", conditions: ["rung": "target"],
            unavailable: "not a process of this machine"))
    return record
}

@Suite struct LadderReadingTests {
    @Test func theHeadlineTellsWhereTheTimeGoes() throws {
        let sentence = try #require(Headline(of: ladderRecord()).sentences.first)
        #expect(
            sentence.hasPrefix(
                "of 956.3 ns per operation of get, valkey-7.2’s table takes 240.3 (25 %), protocol "
                    + "and dispatch 120.0, kernel and network 596.0; valkey-9.1’s takes 96.3: "),
            "\(sentence)")
        #expect(sentence.contains("ns less alone and 138."), "\(sentence)")
        #expect(sentence.hasSuffix(" ns less in the whole") && sentence.contains(" ± "))
    }

    /// Without rounds enough there is no interval, and the table says so.
    @Test func fewRoundsHaveNoInterval() throws {
        let record = ladderRecord(rounds: 2)
        let sentence = try #require(Headline(of: record).sentences.first)
        #expect(!sentence.contains("±") && sentence.contains("ns less alone"), "\(sentence)")
        #expect(RunReading(record).text().contains("needs 6 rounds"))
    }

    @Test func rungsAreRowsAndWhatTheyAddAColumn() {
        let text = RunReading(ladderRecord()).text()
        for words in [
            "get: CPU time per operation, rung by rung", "protocol and dispatch", "+120.0",
            "kernel and network", "+596.0", "against\n", "95 % interval",
            "instructions per operation (simulated)", "401", "n/a [1]",
            "[1] not a process of this machine", "−143.5", "−146.0 … −141.0",
        ] {
            #expect(text.contains(words), "\(words) is not in \(text)")
        }
    }

    /// A bar per table, of three parts each, that share a scale.
    @Test func thePageHasAStackPerTable() {
        let page = HTMLReport(ladderRecord()).page()
        #expect(page.ranges(of: "<rect class=\"fill s").count == 6)
        for words in [
            "<title>protocol and dispatch: 120.0 ns/op</title>", "956.3 ns/op</text>",
            "<i class=\"swatch s2\"></i>kernel and network", "id=\"per-core\"",
        ] {
            #expect(page.contains(words), "\(words)")
        }
    }
}
