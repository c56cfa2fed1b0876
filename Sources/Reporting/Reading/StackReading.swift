// How counts by function are read: the functions with the most, each with its share of the whole.
//
//     valkey-7.2, get-16-64: functions by LL read misses
//     function   in               1/op   share
//     dictFind   valkey-server   2.310    48 %
import Quantities
import RunRecord

struct StackReading {
    /// The functions of one target.
    struct Group {
        var target: String
        /// `valkey-7.2, get-16-64: functions by LL read misses`
        var heading: String
        var scale: Scale
        /// The largest count first.
        var rows: [Row]
    }

    struct Row {
        var function: String
        /// The program or the library that it is in.
        var object: String
        /// Per operation.
        var count: Double
        /// Of all that was counted, 0 … 1.
        var share: Double
    }

    let groups: [Group]

    init(_ record: RunRecord) {
        groups = record.stacks.compactMap { stacks -> Group? in
            guard stacks.operations > 0, stacks.total > 0 else { return nil }
            let rows = stacks.stacks.map { frames, count in
                Row(
                    function: frames.last ?? "", object: frames.count > 1 ? frames[0] : "",
                    count: count / stacks.operations, share: count / stacks.total)
            }.sorted { $0.count > $1.count }
            guard !rows.isEmpty else { return nil }
            let place = [stacks.target, stacks.workload].compactMap(\.self).joined(separator: ", ")
            let title = Metric.named(stacks.metric)?.title ?? stacks.metric
            return Group(
                target: stacks.target, heading: "\(place): functions by \(title)",
                scale: Scale(.perOperation, values: rows.map(\.count)), rows: rows)
        }
    }

    var sections: [ReadingSection] {
        groups.map { group in
            var table = TextTable([
                .init(["function"], .left), .init(["in"], .left), .init([group.scale.unit]),
                .init(["share"]),
            ])
            for row in group.rows {
                table.append([
                    row.function, row.object, group.scale.number(row.count), row.share.shareText,
                ])
            }
            return ReadingSection(heading: group.heading, table: table)
        }
    }
}
