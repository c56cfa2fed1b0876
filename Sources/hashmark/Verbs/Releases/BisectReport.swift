// What a bisection ends with: the commit, what it moved and by how much, and the command that shows
// it again.
import Experiments
import Foundation
import Quantities
import Reporting
import RunRecord
import Statistics
import Targets

struct BisectReport {
    let metric: Metric
    let finding: CommitSearch.Finding
    /// Between the ends.
    let commits: Int
    /// The commit before the suspects, and the last of them.
    let targets: [Target]
    let way: CommitMeasure.Way
    /// The options of the load.
    let load: [String]

    /// - Parameter record: with the readings of the two.
    func text(_ record: RunRecord) -> String {
        var lines = finding.suspects.map(\.title)
        if lines.count > 1 {
            lines.insert(
                "one of \(lines.count) commits, those between which cannot be measured:", at: 0)
        }
        lines.append(effect(record))
        let skipped = finding.skipped > 0 ? ", \(finding.skipped) skipped" : ""
        let confidence =
            way == .rounds ? "; \(finding.confidence.percent(0)) probable" : ""
        lines.append(
            "\(finding.measured) of \(commits + 1) commits measured\(skipped)\(confidence)")
        lines.append("before it: \(finding.before.title)")
        lines.append("again: \(command)")
        return lines.joined(separator: "\n")
    }

    /// `memory reported: 98.00 → 106.00 B/entry (+8.2 %)`
    private func effect(_ record: RunRecord) -> String {
        let results = targets.map { target in
            record.results.first { $0.metric == metric.id && $0.target == target.label }
        }
        guard let before = results[0]?.value, let after = results[1]?.value, before != 0 else {
            return "\(metric.title): not compared"
        }
        let scale = Scale(metric.unit, values: [before, after])
        var text =
            "\(metric.title): \(scale.number(before)) → \(scale.number(after)) \(scale.unit) "
            + "(\(((after - before) / abs(before)).changeText))"
        let pairs = zip(results[0]?.samples ?? [], results[1]?.samples ?? [])
        let ratios = pairs.compactMap { before, after -> Double? in
            guard let before, let after, before > 0, after > 0 else { return nil }
            return log(after / before)
        }
        if let interval = HodgesLehmann.interval(ratios) {
            let ends = [interval.lower, interval.upper].map {
                Descriptive.relativeChange(logRatio: $0).changeText
            }
            text += ", 95 % interval \(ends[0]) to \(ends[1])"
        }
        return text
    }

    /// What one types to see the difference again.
    private var command: String {
        let sides = targets.map { "\($0.label)=\($0.spelling)" }
        let words: [String]
        switch way {
        case .bytes:
            words = ["memory"] + sides.flatMap { ["--target", $0] }
        case .counts:
            words = ["counters"] + sides.flatMap { ["--target", $0] } + ["--mode", "simulated"]
        case .rounds:
            words = ["compare", "--baseline", sides[0], "--candidate", sides[1]]
        }
        return (["hashmark"] + words + load).map(ShellWords.quoted).joined(separator: " ")
    }
}
