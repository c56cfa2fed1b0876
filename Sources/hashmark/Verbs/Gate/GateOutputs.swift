// What a gate writes besides its record and its page: files that CI systems read, and in a GitHub
// workflow the step summary and annotations.
import Foundation
import Reporting
import RunRecord

enum GateOutputs {
    static func write(
        _ record: RunRecord, junit: String?, markdown: String?
    ) throws(RunRecordError) {
        if let junit { try OutputFiles.write(Data(record.junit().utf8), to: junit) }
        let summary = Data(record.markdownSummary().utf8)
        if let markdown { try OutputFiles.write(summary, to: markdown) }
        let environment = ProcessInfo.processInfo.environment
        if let path = environment["GITHUB_STEP_SUMMARY"] { append(summary, to: path) }
        if environment["GITHUB_ACTIONS"] == "true" {
            // Commands are read from either stream; the table keeps stdout.
            for line in record.annotations() { MeasuringOptions.note(line) }
        }
    }

    /// Other steps' summaries stand in the same file. One that cannot be written costs no verdict.
    private static func append(_ data: Data, to path: String) {
        guard let file = FileHandle(forWritingAtPath: path) else {
            return MeasuringOptions.note("warning: cannot write the step summary \(path)")
        }
        defer { try? file.close() }
        do {
            try file.seekToEnd()
            try file.write(contentsOf: data)
        } catch {
            MeasuringOptions.note("warning: cannot write the step summary \(path)")
        }
    }
}
