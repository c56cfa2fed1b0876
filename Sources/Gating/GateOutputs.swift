// What a gate tells a GitHub workflow by itself: the summary of its step, and annotations. Other CI
// systems read the files of `--export`.
import Foundation
import Reporting
import RunRecord

public enum GateOutputs {
    /// Appends the summary to the step's, where `environment` says that this is a workflow.
    /// - Returns: lines for a stream: annotations are commands that a workflow reads from either.
    public static func publish(_ record: RunRecord, _ environment: [String: String]) -> [String] {
        var lines: [String] = []
        if let path = environment["GITHUB_STEP_SUMMARY"],
            !append(
                Data(record.markdownSummary(page: MarkdownFormat.page(environment)).utf8),
                to: path)
        {
            lines.append("warning: cannot write the step summary \(path)")
        }
        if environment["GITHUB_ACTIONS"] == "true" { lines += record.annotations() }
        return lines
    }

    /// Other steps' summaries stand in the same file. One that cannot be written costs no verdict.
    private static func append(_ data: Data, to path: String) -> Bool {
        guard let file = FileHandle(forWritingAtPath: path) else { return false }
        defer { try? file.close() }
        do {
            try file.seekToEnd()
            try file.write(contentsOf: data)
            return true
        } catch {
            return false
        }
    }
}
