// What moved together with the time of a request, in one sentence.
import Reporting
import RunRecord
import Testing

@Suite struct MechanismTests {
    private func record(_ readings: [(metric: Metric, from: Double, to: Double)]) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0.1.0", arguments: ["hashmark"], seed: 1)
        record.targets = [
            .init(label: "before", spelling: "ref:valkey-8.1"),
            .init(label: "after", spelling: "ref:valkey-9.1"),
        ]
        record.results = readings.flatMap { reading in
            [
                RunRecord.Result(
                    reading.metric, target: "before", workload: "get", value: reading.from),
                RunRecord.Result(
                    reading.metric, target: "after", workload: "get", value: reading.to),
            ]
        }
        return record
    }

    @Test func aProcessorThatCountsSaysWhatItsCyclesWentTo() throws {
        let record = record([
            (.allocationsPerEntry, 2, 1), (.topDown(.backend), 0.4, 0.5),
            (.instructionsPerCycle, 2, 1.5), (.hardware("instructions"), 4_000, 4_400),
        ])
        let sentence = try #require(
            Comparison(record, baseline: "before").mechanism(of: "after"))
        let parts = sentence.split(separator: ", ")
        #expect(parts.count == 4 && !sentence.contains("\n"), "\(sentence)")
        for (part, title) in zip(
            parts,
            ["instructions +10", "instructions per cycle", "backend bound +25", "allocations"])
        {
            #expect(part.hasPrefix(title), "\(part)")
        }
    }

    @Test func withoutCountersThereIsNone() {
        let record = record([(.throughput, 1, 2)])
        #expect(Comparison(record, baseline: "before").mechanism(of: "after") == nil)
    }
}
