// `--record LABEL`: a run becomes a line of the project's history.
import ArgumentParser
import RunRecord

struct HistoryOptions: ParsableArguments {
    @Option(
        name: .customLong("record"),
        help: .value(
            "LABEL", "Append the results to the history under LABEL, such as a version or a date."))
    var label: String?

    @Option(
        help: .value(
            "FILE", "The history; Reports/history.ndjson of this project if left out."))
    var history: String?

    func validate() throws {
        if label?.isEmpty == true {
            throw ValidationError("--record needs a label, such as a version or a date")
        }
        if history != nil && label == nil {
            throw ValidationError("--history has no effect without --record LABEL")
        }
        if history == "-" {
            throw ValidationError("--history is a file that lines are added to; name one")
        }
    }

    private var path: String { history ?? ProjectFiles.history }

    /// What will be written.
    var outputs: [String] { label == nil ? [] : [path] }

    /// - Parameter file: where the whole record is; nil where it was not written to a file.
    func append(_ record: RunRecord, file: String?) throws(RunRecordError) {
        if let label { try record.appendToHistory(at: path, label: label, file: file) }
    }
}
