// Functions that moved, as a comment on a change tells them: those that stand out, load by load,
// and the largest changes of the others folded away.
import RunRecord

extension DifferenceReading {
    /// Of the functions of a load that do not stand out: a gate has many loads, and a comment
    /// little room.
    private static let mostFolded = 10

    /// In GitHub's Markdown; none where nothing was sampled on both sides.
    static func markdownBlocks(_ record: RunRecord) -> [String] {
        var blocks: [String] = []
        var folded: [String] = []
        for reading in all(record) {
            let functions = reading.difference.functions
            let moved = functions.filter(reading.isMoved)
            if !moved.isEmpty {
                blocks.append(reading.section(of: moved, reading.notes).markdown())
            }
            let rest = functions.filter { !reading.isMoved($0) }.prefix(mostFolded)
            if !rest.isEmpty {
                let notes = moved.isEmpty ? reading.notes : []
                folded.append(reading.section(of: Array(rest), notes).markdown())
            }
        }
        if !folded.isEmpty {
            let summary = "Functions that do not stand out"
            blocks.append(markdownFolded(summary, folded.joined(separator: "\n")))
        }
        return blocks
    }

    /// Of the whole baseline: simulated misses of one build differ by less from layout to layout.
    private static let leastCounted = 0.04

    /// Whether a function stands out among all; a count, which has no scatter, by its size.
    private func isMoved(_ function: StackDifference.Function) -> Bool {
        guard difference.rounds < 2, !difference.unit.isTime else { return function.isMarked }
        return abs(function.change.size) >= Self.leastCounted * difference.whole.baseline
    }
}
