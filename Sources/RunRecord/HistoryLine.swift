// A line of a history and what it is a line of: a merge of two branches leaves some lines twice and
// puts one branch's behind the other's.
import Foundation

public struct HistoryLine: Sendable {
    /// Without the line's end.
    public let bytes: Data
    public let record: RunRecord
}

/// What two lines of one run have in common.
private struct RunIdentity: Hashable {
    var label: String?
    var startedAt: String?
    var seed: UInt64
    var arguments: [String]
}

extension RunRecord {
    /// Oldest first, each run once; runs without a time keep their place before all others.
    public static func inTime<Line>(
        _ lines: [Line], _ record: (Line) -> RunRecord
    ) -> [Line] {
        var seen: Set<RunIdentity> = []
        let once = lines.filter { line in
            let run = record(line)
            // Without a time, two runs of one command look like one.
            guard run.startedAt != nil else { return true }
            return seen.insert(
                RunIdentity(
                    label: run.label, startedAt: run.startedAt, seed: run.seed,
                    arguments: run.arguments)
            ).inserted
        }
        // ISO 8601 in UTC: the order of the texts is the order of time.
        return once.enumerated().sorted { first, second in
            (record(first.element).startedAt ?? "", first.offset)
                < (record(second.element).startedAt ?? "", second.offset)
        }.map(\.element)
    }
}
