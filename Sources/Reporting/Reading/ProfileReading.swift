// How profiles are read: the functions with the most, each by itself and with what it calls, and
// how far the stacks are to be trusted.
//
//     valkey-9.1, get: functions by CPU time
//     function   in              self ns/op   share   total ns/op   share
//     dictFind   valkey-server         96.0    12 %         120.4    15 %
//     9,214 samples, 98.1 % of the stacks complete, …
import Quantities
import RunRecord

struct ProfileReading {
    /// The functions of one profile.
    struct Group {
        let profile: StackProfile
        /// `valkey-7.2, get-16-64: functions by LL read misses`
        let heading: String
        let scale: ProfileScale
        /// The one with the most of its own first; nothing below a thousandth of the whole.
        let rows: [StackProfile.Function]

        /// Whether stacks have callers.
        var isDeep: Bool { profile.stacks.contains { $0.count > 1 } }
    }

    let groups: [Group]

    /// Of the whole: what is less is nothing to read.
    static let leastShare = 0.001

    init(_ record: RunRecord) {
        groups = record.profiles.compactMap { profile -> Group? in
            let scale = ProfileScale(profile)
            let rows = profile.functions.filter { scale.share($0.total) >= Self.leastShare }
            guard scale.whole > 0, !rows.isEmpty else { return nil }
            return Group(
                profile: profile, heading: "\(profile.place): functions by \(profile.unit.title)",
                scale: scale, rows: rows)
        }
    }

    /// - Parameter most: of stacks with callers, which have many functions.
    func sections(most: Int) -> [ReadingSection] {
        groups.map { group in
            var table = TextTable(
                group.headings.enumerated().map { index, heading in
                    .init([heading], index < 2 ? .left : .right)
                })
            let shown = group.isDeep ? group.rows.prefix(most) : group.rows[...]
            for row in shown { table.append(group.cells(row)) }
            return ReadingSection(
                heading: group.heading, table: table, notes: group.profile.quality.sentences)
        }
    }
}

extension ProfileReading.Group {
    /// Functions without callers have no total beside their own; a share of a share is none.
    var headings: [String] {
        let own = isDeep ? "self " : ""
        let columns = scale.isShare ? ["\(own)share"] : ["\(own)\(scale.unit)", "share"]
        guard isDeep else { return ["function", "in"] + columns }
        let total = scale.isShare ? ["total share"] : ["total \(scale.unit)", "share"]
        return ["function", "in"] + columns + total
    }

    func cells(_ row: StackProfile.Function) -> [String] {
        let values = isDeep ? [row.own, row.total] : [row.own]
        return [row.name.text, row.place]
            + values.flatMap { value in
                let share = scale.share(value).shareText
                return scale.isShare ? [share] : [scale.number(value), share]
            }
    }
}

extension StackProfile {
    /// `valkey-7.2, get-16-64`
    var place: String { [target, workload].compactMap(\.self).joined(separator: ", ") }
}

extension StackProfile.Function {
    /// The program or library, and how it came to be there.
    var place: String {
        let name = binary ?? ""
        guard kind == .inlined else { return name }
        return name.isEmpty ? "inlined" : "\(name), inlined"
    }
}

extension StackProfile.Quality {
    /// How many samples there are and how good, then what was missing; none where nothing was
    /// sampled.
    var sentences: [String] {
        guard samples > 0 else { return remarks }
        func share(_ part: Int, of all: Int) -> String {
            all > 0 ? (Double(part) / Double(all)).percent() : "n/a"
        }
        var parts = [
            "\(Double(samples).grouped(0)) samples",
            "\(share(complete, of: samples)) of the stacks complete",
            "\(share(namedUserLeaves, of: userSamples)) of the user’s leaves named",
            "\(Double(lost).grouped(0)) records lost",
        ]
        if let sampledShare { parts.append("\(sampledShare.percent()) of the expected samples") }
        return [parts.joined(separator: ", ")] + remarks
    }
}
