// Releases against the build that stood beside each of them.
import Reporting
import RunRecord
import Testing

@Suite struct ReferenceTableTests {
    private func record(_ label: String, cpu ratio: Double, bytes: Double) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 1)
        record.label = label
        record.targets = [
            .init(label: "reference", spelling: "build:a"),
            .init(label: "release", spelling: "build:b"),
        ]
        // The machine is twice as fast for one of them; the ratio is what it is.
        let level = label == "r2" ? 250.0 : 500.0
        let scatter = [0.999, 1, 1.001, 0.999, 1, 1.001, 1, 1]
        record.results = [
            .init(
                .serverCPU, target: "reference", workload: "get", value: level,
                samples: scatter.map { _ in level }),
            .init(
                .serverCPU, target: "release", workload: "get", value: level * ratio,
                samples: scatter.map { level * ratio * $0 }),
            .init(
                .memoryPerEntry(.reported), target: "reference", workload: "get", value: 98),
            .init(
                .memoryPerEntry(.reported), target: "release", workload: "get", value: bytes),
            .init(.hitRatio, target: "reference", workload: "set", value: 1),
            .init(.hitRatio, target: "release", workload: "set", value: 1),
        ]
        return record
    }

    @Test func changesAreAgainstTheReferenceOfTheSameRounds() {
        let records = [
            record("r1", cpu: 1, bytes: 98), record("r2", cpu: 0.9, bytes: 90),
            record("r3", cpu: 0.9, bytes: 90),
        ]
        let text = ReferenceTable(records, reference: "reference").text()
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        #expect(lines[0] == "against reference, which ran beside each:")
        #expect(lines.count == 6, "\(text)")
        #expect(lines[3].hasPrefix("r1 release get 0.0 % ±0.1 % 0.0 %"), "\(text)")
        #expect(lines[4].hasPrefix("r2 release get −10.0 % ±0.0 % −8.2 %"), "\(text)")
        #expect(lines[5].dropFirst(2) == lines[4].dropFirst(2), "\(text)")
    }

    @Test func withoutReadingsThereIsNone() {
        #expect(ReferenceTable([], reference: "reference").text().isEmpty)
    }
}
