// How a run of `ladder` is read: rungs down; per table its time, what it adds and its share of the
// whole, and from the second table on the difference from the first with its interval.
import Quantities
import RunRecord
import Statistics

struct LadderReading {
    private let record: RunRecord
    private let footnotes: Footnotes

    init(_ record: RunRecord, _ footnotes: Footnotes) {
        self.record = record
        self.footnotes = footnotes
    }

    private static let counted: [Metric] = [
        .simulated(.instructions), .simulated(.d1ReadMisses), .simulated(.llReadMisses),
    ]

    /// Whether a section has a place for it.
    static func tells(_ result: RunRecord.Result) -> Bool {
        let metrics = [Metric.rungCPU, .rungAdds] + counted
        return result.rung != nil && metrics.contains { $0.id == result.metric }
    }

    var sections: [ReadingSection] {
        Ladders.all(record).map(times) + Self.counted.flatMap(counts)
    }

    // MARK: times

    private func times(_ ladders: Ladders) -> ReadingSection {
        var columns = [TextTable.Column(["rung"], .left), .init(["adds"], .left)]
        for (index, climb) in ladders.climbs.enumerated() {
            columns.append(.init([climb.label, "ns/op"]))
            columns.append(.init([climb.label, "adds"]))
            columns.append(.init([], continues: true))
            guard index > 0, let first = ladders.climbs.first else { continue }
            columns.append(.init(["against \(first.label)", "ns/op"]))
            columns.append(.init(["95 % interval", "ns/op"]))
        }
        var table = TextTable(columns, names: 2)
        for rung in ladders.rungs {
            var row = [rung.rawValue, rung.adds]
            var tones: [Int: TerminalStyle.Tone] = [:]
            for (index, climb) in ladders.climbs.enumerated() {
                row += cells(climb, rung)
                guard index > 0 else { continue }
                let distance = ladders.distance(climb, rung)
                if let distance, distance.interval != nil, distance.isDistinct {
                    tones[row.count] = distance.nanoseconds < 0 ? .good : .bad
                }
                row.append(distance.map { Self.signed($0.nanoseconds) } ?? "")
                row.append(distance.map(Self.interval) ?? "")
            }
            table.append(row, tones: tones)
        }
        let name = ladders.workload.map { "\($0): " } ?? ""
        return ReadingSection(
            heading: "\(name)CPU time per operation, rung by rung", table: table)
    }

    /// Time, what it adds, and the share of all that the ladder's highest rung of its own takes.
    private func cells(_ climb: Ladders.Climb, _ rung: LadderRung) -> [String] {
        guard let step = climb[rung] else { return ["–", "", ""] }
        let time = footnotes.text(step.result, Self.scale)
        // The lowest adds all that it takes.
        guard let added = step.adds == nil ? step.result.value : step.adds?.value else {
            return [time, "", ""]
        }
        let whole = rung == .target ? nil : climb.whole?.result.value
        let share = whole.flatMap { $0 > 0 ? (added / $0).shareText : nil }
        return [
            time, step.adds == nil ? Self.scale.number(added) : Self.signed(added), share ?? "",
        ]
    }

    static func signed(_ nanoseconds: Double) -> String {
        Change.difference(nanoseconds).text(scale)
    }

    private static func interval(_ distance: Ladders.Distance) -> String {
        guard let interval = distance.interval else {
            return "needs \(HodgesLehmann.leastSamples) rounds"
        }
        return "\(signed(interval.lower)) … \(signed(interval.upper))"
    }

    /// Tenths of a nanosecond: a table's look-up takes some tens.
    static let scale: Scale = {
        var scale = Scale(.nanosecondsPerOperation, values: [1_000])
        scale.decimals = 1
        return scale
    }()

    // MARK: counts

    private func counts(_ metric: Metric) -> [ReadingSection] {
        let some = record.results.filter { $0.metric == metric.id && $0.rung != nil }
        guard some.contains(where: { $0.value != nil }) else { return [] }
        let labels = some.map(\.target).distinct()
        let scale = Scale(metric.unit, values: some.compactMap(\.value))
        return some.map(\.workload).distinct().map { workload in
            var table = TextTable(
                [TextTable.Column(["rung"], .left)]
                    + labels.map { TextTable.Column([$0, scale.unit]) })
            for rung in LadderRung.allCases {
                let row = labels.map { label in
                    some.first {
                        $0.rung == rung && $0.target == label && $0.workload == workload
                    }
                }
                guard row.contains(where: { $0 != nil }) else { continue }
                table.append([rung.rawValue] + row.map { footnotes.text($0, scale) })
            }
            let name = workload.map { "\($0): " } ?? ""
            return ReadingSection(
                heading: "\(name)\(metric.title) per operation (simulated)", table: table)
        }
    }
}

extension Ladders.Climb {
    /// The highest rung that the table itself is on; the server on top alone where there is none.
    var whole: Ladders.Step? {
        steps.last { $0.rung != .target && $0.result.value != nil }
            ?? steps.last { $0.result.value != nil }
    }
}
