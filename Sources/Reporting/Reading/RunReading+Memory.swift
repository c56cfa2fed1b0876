// How a run of `memory` is read: numbers of entries, or of collections' members, down, targets and
// kinds of bytes across, each against the first target's of that kind.
import Quantities
import RunRecord

struct MemoryRunReading {
    private let results: [RunRecord.Result]
    private let targets: [String]
    private let metrics: [String]
    /// The condition that the lines are for.
    private let axis: String
    private let footnotes: Footnotes

    init(_ record: RunRecord, _ footnotes: Footnotes) {
        let results = record.results.filter { $0.conditions.entries != nil }
        self.results = results
        axis = results.contains { $0.conditions["members"] != nil } ? "members" : "entries"
        self.footnotes = footnotes
        targets = results.map(\.target).distinct()
        metrics = SuiteTable.Ranks(record).sorted(results).map(\.metric).distinct()
    }

    /// A section for each workload and whatever else the readings share.
    var sections: [ReadingSection] {
        results.map(place).distinct().map { place in
            ReadingSection(heading: heading(place), table: table(place))
        }
    }

    /// Where a reading was taken, but for the number of entries.
    private struct Place: Hashable {
        var workload: String?
        var conditions: Conditions

    }

    private func place(_ result: RunRecord.Result) -> Place {
        var conditions = result.conditions
        conditions[axis] = nil
        return Place(workload: result.workload, conditions: conditions)
    }

    private func number(_ conditions: Conditions) -> Double? {
        if case .number(let number)? = conditions[axis] { number } else { nil }
    }

    private func heading(_ place: Place) -> String {
        let name = place.workload == RunRecord.Workload.memoryCurve ? nil : place.workload
        let about = [name, place.conditions.words].compactMap(\.self).filter { !$0.isEmpty }
        return (["by the number of \(axis)"] + about).joined(separator: " · ")
    }

    private func table(_ place: Place) -> TextTable {
        let own = results.filter { self.place($0) == place }
        let details = metrics.filter { Metric.named($0)?.isDetail != false }
        let hidesDetail = details.count < metrics.count
        var columns = [TextTable.Column([axis])]
        var pairs: [(metric: String, target: String, scale: Scale)] = []
        for metric in metrics {
            let some = own.filter { $0.metric == metric }
            guard let first = some.first else { continue }
            let scale = Scale(first.unit, values: some.compactMap(\.value))
            let title = Metric.named(metric)?.title ?? metric
            for target in targets {
                let isDetail = hidesDetail && details.contains(metric)
                columns.append(.init([title, target, scale.unit], isDetail: isDetail))
                if target != targets.first {
                    columns.append(.init([], continues: true, isDetail: isDetail))
                }
                pairs.append((metric, target, scale))
            }
        }
        var table = TextTable(columns)
        for count in own.compactMap({ number($0.conditions) }).distinct().sorted() {
            var row = [count.grouped(0)]
            for (metric, target, scale) in pairs {
                let alike = own.filter {
                    $0.metric == metric && number($0.conditions) == count
                }
                let result = alike.first { $0.target == target }
                row.append(footnotes.text(result, scale))
                guard target != targets.first else { continue }
                let first = alike.first { $0.target == targets.first }
                row.append(Self.change(first, result, scale))
            }
            table.append(row)
        }
        return table
    }

    private static func change(
        _ first: RunRecord.Result?, _ result: RunRecord.Result?, _ scale: Scale
    ) -> String {
        guard let result, let from = first?.value, let to = result.value else { return "" }
        return Change(from: from, to: to, of: result.metric, unit: result.unit).text(scale)
    }
}
