// What a change means for a fleet: for which share of its operations a server is better, for which
// worse, what that comes to in all, and who pays for whom. A fleet whose every workload is 10 %
// better is not one in which 1 % of them are ten times as fast.
//
// Weights are of operations, so that shares are of operations, and the sum is of the CPU time that
// all of them take: Σ weight · time after, over Σ weight · time before. Its interval is that of
// independent errors of the workloads.
import Foundation
import Quantities
import RunRecord

struct HeadlineFleet {
    private let candidate: String
    private let entries: [Entry]

    private struct Entry {
        let workload: String
        /// Of the weights that were measured.
        let share: Double
        let row: Comparison.Row

        /// More CPU time; nil where the rounds do not show a difference.
        var isWorse: Bool? {
            row.interval.flatMap { $0.contains(0) ? nil : !row.isImprovement }
        }
    }

    init(_ record: RunRecord, _ comparison: Comparison, _ candidate: String) {
        self.candidate = candidate
        let rows = comparison.rows(of: candidate).filter { $0.metric == Metric.serverCPU.id }
        var pairs: [(weight: Double, row: Comparison.Row)] = []
        for workload in record.workloads {
            guard let weight = workload.weight,
                let row = rows.first(where: { $0.workload == workload.name })
            else { continue }
            pairs.append((weight, row))
        }
        let sum = pairs.reduce(0) { $0 + $1.weight }
        entries = pairs.map {
            Entry(workload: $0.row.workload ?? "", share: $0.weight / sum, row: $0.row)
        }
    }

    /// Nil without weights, and where no workload has an interval.
    var sentence: String? {
        guard entries.count > 1, entries.contains(where: { $0.row.interval != nil }) else {
            return nil
        }
        func share(_ isWorse: Bool?) -> String {
            let sum = entries.filter { $0.isWorse == isWorse }.reduce(0) { $0 + $1.share }
            return sum.shareText
        }
        var text =
            "for the fleet \(candidate) is better in \(share(false)) of the operations, worse in "
            + "\(share(true)), with no difference shown in \(share(nil))"
        if let total { text += "; server CPU in all \(total)" }
        let payers = entries.filter { $0.isWorse == true }
            .sorted { ($0.row.effect ?? 0) > ($1.row.effect ?? 0) }
        let named = payers.prefix(Self.namedPayers).map { entry in
            "\(entry.workload) (\((entry.row.effect ?? 0).changeText))"
        }
        if !named.isEmpty { text += "; paid by \(named.joined(separator: ", "))" }
        return text
    }

    private static let namedPayers = 3

    /// `−12.3 % ± 0.8 %`
    private var total: String? {
        let before = entries.reduce(0) { $0 + $1.share * $1.row.baselineValue }
        let after = entries.reduce(0) { $0 + $1.share * $1.row.candidateLevel }
        guard before > 0 else { return nil }
        let errors = entries.map { entry in
            entry.row.interval.map { $0.halfWidth * entry.share * entry.row.baselineValue }
        }
        let change = (after / before - 1).changeText
        guard errors.allSatisfy({ $0 != nil }) else { return change }
        let variance = errors.compactMap(\.self).reduce(0) { $0 + $1 * $1 }
        return "\(change) ± \((variance.squareRoot() / before).shareText)"
    }
}
