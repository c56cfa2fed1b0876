// A ladder in words: `of 812 ns per operation of get-16x64, valkey-9.1's table takes 96 (12 %),
// protocol and dispatch 120, kernel and network 596; valkey-7.2's takes 240: 144 ± 3 ns more alone
// and 139 ± 12 ns more in the whole`.
import Quantities
import RunRecord

struct HeadlineLadder {
    let sentences: [String]

    init(_ record: RunRecord) { sentences = Ladders.all(record).compactMap(Self.sentence) }

    /// Nil where nothing was read.
    private static func sentence(_ ladders: Ladders) -> String? {
        guard let first = ladders.climbs.first, let whole = first.whole?.result.value else {
            return nil
        }
        let load = ladders.workload.map { " of \($0)" } ?? ""
        var text = "of \(number(whole)) ns per operation\(load), "
        if let table = first[.table]?.result.value {
            let share = whole > 0 ? " (\((table / whole).shareText))" : ""
            let parts = first.steps.filter { $0.rung != .table && $0.rung != .target }
                .compactMap { step in
                    step.adds?.value.map { "\(step.rung.adds) \(number($0))" }
                }
            text += (["\(first.label)’s table takes \(number(table))\(share)"] + parts)
                .joined(separator: ", ")
        } else {
            text += "all are \(first.label)’s"
        }
        for climb in ladders.climbs.dropFirst() { text += against(climb, ladders) }
        return text
    }

    /// What another ladder takes, alone and in the whole.
    private static func against(_ climb: Ladders.Climb, _ ladders: Ladders) -> String {
        var parts: [String] = []
        if let alone = ladders.distance(climb, .table) { parts.append("\(words(alone)) alone") }
        let top = ladders.rungs.last { $0 != .table && ladders.distance(climb, $0) != nil }
        if let top, let whole = ladders.distance(climb, top) {
            parts.append("\(words(whole)) in the whole")
        }
        guard !parts.isEmpty else { return "" }
        let table = climb[.table]?.result.value.map { " takes \(number($0))" }
        return "; \(climb.label)’s\(table ?? ""): " + parts.joined(separator: " and ")
    }

    /// `139 ± 12 ns less`; what the rounds cannot tell from nothing is said to be so.
    private static func words(_ distance: Ladders.Distance) -> String {
        let size = number(abs(distance.nanoseconds))
        let half = distance.interval.map { " ± \(number($0.halfWidth))" } ?? ""
        guard distance.isDistinct else { return "no difference (\(size)\(half) ns)" }
        return "\(size)\(half) ns \(distance.nanoseconds < 0 ? "less" : "more")"
    }

    private static func number(_ nanoseconds: Double) -> String {
        LadderReading.scale.number(nanoseconds)
    }
}
