// How a search for the highest rate is read: the rates that it tried, from the lowest to the
// highest, with their latencies and what came of them.
//
//     GET: rates tried for p99 ≤ 1.00 ms
//     requests/s    p50     p99   outcome
//                    ms      ms
//        250,000   0.11    0.42   met
//        500,000   0.20    1.90   missed
import Quantities
import RunRecord

public struct TrialReading {
    /// Trials of one test on one target.
    struct Group {
        var target: String
        var workload: String
        /// `p99 ≤ 1.00 ms`
        var objective: String
        var limitNanoseconds: Double
        /// Percentiles that any of them has, `p50` first.
        var points: [String]
        /// By rate; of one rate as they were tried.
        var trials: [RunRecord.Trial]
    }

    let groups: [Group]
    private let tellsTarget: Bool

    public init(_ record: RunRecord) {
        struct Place: Hashable {
            var target: String
            var workload: String
        }
        func place(_ trial: RunRecord.Trial) -> Place {
            Place(target: trial.target, workload: trial.workload)
        }
        groups = record.trials.map(place).distinct().compactMap { key -> Group? in
            let own = record.trials.filter { place($0) == key }
            guard let first = own.first else { return nil }
            let limit = first.limitNanoseconds
            let points = own.flatMap { $0.latencies.keys }.distinct().sorted {
                (Double($0.dropFirst()) ?? 0) < (Double($1.dropFirst()) ?? 0)
            }
            return Group(
                target: key.target, workload: key.workload,
                objective: "\(first.point) ≤ \(Scale(.nanoseconds, values: [limit]).text(limit))",
                limitNanoseconds: limit, points: points,
                trials: own.enumerated().sorted { a, b in
                    (a.element.rate, a.offset) < (b.element.rate, b.offset)
                }.map(\.element))
        }
        tellsTarget = groups.map(\.target).distinct().count > 1
    }

    /// The tables for a terminal; empty where nothing was searched.
    public func text() -> String {
        sections.map { $0.text(.plain) }.joined(separator: "\n")
    }

    var sections: [ReadingSection] { groups.map(section) }

    func section(_ group: Group) -> ReadingSection {
        let times = group.trials.flatMap(\.latencies.values)
        let scale = Scale(.nanoseconds, values: times)
        var columns = [TextTable.Column(["requests/s"])]
        columns += group.points.map { TextTable.Column([$0, scale.unit]) }
        columns.append(TextTable.Column(["outcome"], .left))
        var table = TextTable(columns)
        for trial in group.trials {
            let latencies = group.points.map { point in
                trial.latencies[point].map(scale.number) ?? "n/a"
            }
            table.append(
                [trial.rate.grouped(0)] + latencies + [trial.outcome],
                tones: trial.isMet ? [latencies.count + 1: .good] : [:])
        }
        let name = tellsTarget ? "\(group.target), \(group.workload)" : group.workload
        return ReadingSection(
            heading: "\(name): rates tried for \(group.objective)", table: table)
    }
}

extension RunRecord.Trial {
    /// In a word or two.
    var outcome: String {
        isMet ? "met" : isKept ? "missed" : "the rate was not kept"
    }
}
