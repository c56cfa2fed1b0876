// Releases against the one build that stood beside each of them in its rounds: what compares across
// days and machines where readings themselves do not.
//
//     release  build    workload   server CPU     memory reported   LL misses
//     8.0.1    release  get-16x64  −4.1 % ±0.9 %  0.0 %             −0.3 %
//     8.1.1    release  get-16x64  −9.7 % ±1.0 %  −22.4 %           −41.0 %
import Quantities
import RunRecord

public struct ReferenceTable {
    private let records: [RunRecord]
    private let reference: String

    /// - Parameters:
    ///   - records: one of each release, in their order, with labels.
    ///   - reference: the label of the target that all of them have.
    public init(_ records: [RunRecord], reference: String) {
        self.records = records
        self.reference = reference
    }

    /// In the order in which they matter.
    private static let metrics: [Metric] = [
        .serverCPU, .throughputPerCore, .memoryPerEntry(.reported), .simulated(.llReadMisses),
        .simulated(.instructions),
    ]

    /// The table for a terminal; empty where nothing was measured.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let comparisons = records.map { (record: $0, own: Comparison($0, baseline: reference)) }
        let measured = Set(comparisons.flatMap { $0.own.rows.map(\.metric) })
        let shown = Self.metrics.filter { measured.contains($0.id) }
        guard !shown.isEmpty else { return "" }
        let names = ["release", "build", "workload"].map { TextTable.Column([$0], .left) }
        var table = TextTable(names + shown.map { TextTable.Column([$0.title]) }, names: 3)
        for (record, comparison) in comparisons {
            for candidate in comparison.candidates {
                let rows = comparison.rows(of: candidate)
                for workload in rows.map({ $0.workload ?? "" }).distinct() {
                    let own = rows.filter { ($0.workload ?? "") == workload }
                    append(record, candidate, workload, own, shown, to: &table)
                }
            }
        }
        return style.wrapped("against \(reference), which ran beside each:", indent: 2)
            + table.text(style)
    }

    private func append(
        _ record: RunRecord, _ candidate: String, _ workload: String, _ rows: [Comparison.Row],
        _ shown: [Metric], to table: inout TextTable
    ) {
        var cells = [record.label ?? "unnamed", candidate, workload]
        var tones: [Int: TerminalStyle.Tone] = [:]
        for metric in shown {
            guard let row = rows.first(where: { $0.metric == metric.id }) else {
                cells.append("–")
                continue
            }
            if row.isDistinct { tones[cells.count] = row.isImprovement ? .good : .bad }
            let scale = Scale(row.unit, values: [row.baselineValue, row.candidateValue])
            let half = row.interval.map { " ±\($0.halfWidth.shareText)" } ?? ""
            cells.append(row.change.text(scale) + half)
        }
        // Rows of whole rounds (stalls, growth) have a workload and none of these.
        if cells.dropFirst(3).contains(where: { $0 != "–" }) { table.append(cells, tones: tones) }
    }
}
