// What a headline says of a fleet: shares of its operations, the sum, and who pays.
import Reporting
import RunRecord
import Testing

@Suite struct FleetTests {
    /// Two targets under workloads with weights; each has rounds about its ratio.
    private func record(
        _ workloads: [(name: String, weight: Double?, ratio: Double)], rounds: Int = 8
    ) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", "suite"], seed: 1)
        record.targets = [
            .init(label: "old", spelling: "ref:a"), .init(label: "new", spelling: "ref:b"),
        ]
        for (name, weight, ratio) in workloads {
            var workload = RunRecord.Workload(name: name)
            workload.weight = weight
            workload.weightSource = weight.map { _ in "assumed" }
            record.workloads.append(workload)
            let scatter = (0..<rounds).map { 1 + 0.002 * Double($0 % 4 - 1) }
            record.results += [
                .init(
                    .serverCPU, target: "old", workload: name, value: 1_000,
                    samples: scatter.map { _ in 1_000 }),
                .init(
                    .serverCPU, target: "new", workload: name, value: 1_000 * ratio,
                    samples: scatter.map { 1_000 * ratio * $0 }),
            ]
        }
        return record
    }

    private func fleet(_ record: RunRecord) -> String? {
        Headline(of: record).sentences.first { $0.hasPrefix("for the fleet") }
    }

    @Test func sharesTheSumAndWhoPays() throws {
        let text = try #require(
            fleet(
                record([
                    ("a", 92, 0.9), ("b", 3, 1.2), ("c", 5, 1), ("no fleet of it", nil, 2),
                ])))
        #expect(
            text.hasPrefix(
                "for the fleet new is better in 92 % of the operations, worse in 3.0 %, with no "
                    + "difference shown in 5.0 %; server CPU in all −8."), "\(text)")
        #expect(text.contains("%; paid by b (+20."), "\(text)")
        #expect(text.contains(" ± "), "\(text)")
    }

    @Test func withoutWeightsOrIntervalsThereIsNone() {
        #expect(fleet(record([("a", nil, 0.9), ("b", nil, 1.2)])) == nil)
        #expect(fleet(record([("a", 1, 0.9), ("b", 2, 1.2)], rounds: 3)) == nil)
        #expect(fleet(record([("a", 1, 0.9)])) == nil)
    }
}
