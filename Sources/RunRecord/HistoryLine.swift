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

/// What a run's own document and its line of a history have in common, read without the rest.
public struct DocumentIdentity: Decodable, Equatable, Sendable {
    private let startedAt: String?
    private let seed: UInt64
    private let arguments: [String]

    private enum CodingKeys: String, CodingKey {
        case seed, arguments
        case startedAt = "started_at"
    }

    /// Nil without a time: then two runs of one command look like one.
    public init?(of record: RunRecord) {
        guard let time = record.startedAt else { return nil }
        startedAt = time
        seed = record.seed
        arguments = record.arguments
    }

    /// Nil where there is no such file, or none of a record.
    public init?(at path: String) {
        guard let data = try? RunRecord.contents(of: path),
            let found = try? JSONDecoder().decode(DocumentIdentity.self, from: data)
        else { return nil }
        self = found
    }
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
