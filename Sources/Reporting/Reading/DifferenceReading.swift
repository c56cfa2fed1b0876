// Two profiles of one load, function by function: the changes with their intervals, the largest
// first, and how many were looked at.
//
//     new against old, get: functions by CPU time
//     function     old     new   change ns/op      95 % interval
//     spin         0.0    56.3          +56.3   +52.8 … +59.8   ●
import Quantities
import RunRecord
import Statistics

struct DifferenceReading {
    let difference: StackDifference
    let baseline: StackProfile
    let candidate: StackProfile
    let scale: ProfileScale

    /// Each later profile of a workload and unit against the first; none where operations are
    /// unknown.
    static func all(_ record: RunRecord) -> [DifferenceReading] {
        record.profiles.enumerated().compactMap { index, candidate -> DifferenceReading? in
            let before = record.profiles.prefix(index).first {
                $0.workload == candidate.workload && $0.unit == candidate.unit
                    && $0.target != candidate.target
            }
            guard let before,
                let difference = StackDifference(
                    baseline: before, candidate: candidate), difference.whole.baseline > 0
            else { return nil }
            return DifferenceReading(
                difference: difference, baseline: before, candidate: candidate,
                scale: ProfileScale(candidate, beside: [before]))
        }
    }

    /// Stands out of all that were looked at.
    private static let mark = "●"

    var heading: String {
        let load = difference.workload.map { ", \($0)" } ?? ""
        return "\(difference.candidate) against \(difference.baseline)\(load): functions by "
            + difference.unit.title
    }

    var headings: [String] {
        [
            "function", "in", difference.baseline, difference.candidate, "change \(scale.unit)",
            "95 % interval", "",
        ]
    }

    func cells(_ function: StackDifference.Function) -> [String] {
        [
            function.name.text, function.binary ?? "", scale.number(function.change.baseline),
            scale.number(function.change.candidate), scale.change(function.change.size),
            interval(function.change), function.isMarked ? Self.mark : "",
        ]
    }

    func interval(_ change: StackDifference.Change) -> String {
        change.interval.map {
            "\(scale.change($0.lowerBound)) … \(scale.change($0.upperBound))"
        } ?? "n/a"
    }

    /// `+56.3 ± 3.5 ns/op`
    func words(_ change: StackDifference.Change) -> String {
        let half = change.halfWidth.map { " ± \(scale.number($0))" } ?? ""
        return "\(scale.change(change.size))\(half) \(scale.unit)"
    }

    var notes: [String] {
        let count = difference.functions.count
        let rounds = difference.rounds
        var notes = ["in all \(words(difference.whole)) over \(rounds) rounds"]
        guard rounds > 1 else {
            return notes + [
                difference.unit.isTime
                    ? "one round leaves open how far a change is one: take more"
                    : "counted by a model, which repeats: there is no interval"
            ]
        }
        // One in twenty by chance.
        let chance = (Double(count) / 20).grouped(count < 200 ? 1 : 0)
        notes.append(
            "\(count) functions looked at, \(difference.distinctCount) with an interval without 0 "
                + "(\(chance) would have one by chance); \(Self.mark): distinct among so many "
                + "(Holm, 5 %)")
        return notes
    }

    func section(most: Int) -> ReadingSection {
        section(of: Array(difference.functions.prefix(most)), notes)
    }

    func section(
        of functions: [StackDifference.Function], _ notes: [String]
    ) -> ReadingSection {
        var table = TextTable(
            headings.enumerated().map { index, heading in
                .init([heading], index < 2 ? .left : .right)
            })
        for function in functions { table.append(cells(function)) }
        return ReadingSection(heading: heading, table: table, notes: notes)
    }
}
