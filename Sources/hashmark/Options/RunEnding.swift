// How a run that measures ends, `bench`'s included: outputs written on every path, one line for an
// error, the exit code of the command line's contract.
import ArgumentParser
import Experiments
import LinuxSystem
import RunRecord

struct RunEnding {
    let record: RunRecord
    let outputs: RecordOutputs
    /// What ended the run early, or was found in the end to make it invalid.
    let failure: ExperimentFailure?
    /// Whether something was measured, which is then kept.
    let hasContent: Bool
    /// The exit code where nothing could be measured at all.
    let setUpFailure: ExitCode

    private var isRecorded = true
    private var isExported = true

    init(
        _ record: RunRecord, _ outputs: RecordOutputs, _ failure: ExperimentFailure?,
        hasContent: Bool, setUpFailure: ExitCode = .error
    ) {
        self.record = record
        self.outputs = outputs
        self.failure = failure
        self.hasContent = hasContent
        self.setUpFailure = setUpFailure
    }

    /// Whether there is something to print and to write.
    var isTold: Bool {
        if failure?.kind == .incomparable { return false }
        return failure == nil || hasContent || record.verdict != nil
    }

    /// Writes the record, its page and what else the verb writes; complains of what cannot be
    /// written. Exports come last: a format that has no place for what was measured costs nothing
    /// else.
    /// - Returns: whether all of it was written.
    @discardableResult
    mutating func write(
        to folder: String?, also: () throws(RunRecordError) -> Void
    ) -> Bool {
        do throws(RunRecordError) {
            try outputs.write(record, to: folder)
            try also()
        } catch {
            MeasuringOptions.complain("\(error)")
            isRecorded = false
            return false
        }
        isExported = outputs.exports.write(record)
        return isExported
    }

    /// Says what is wrong with the run, and throws its exit code; returns where nothing is.
    /// - Parameter more: throws what the verb itself finds in what was measured.
    func end(_ more: () throws -> Void = {}) throws {
        // The one writer has said so, and knows the status.
        guard Output.failure == nil else { throw ExitCode.error }
        if let failure { throw told(failure) }
        try more()
        guard isRecorded else { throw ExitCode.error }
        // A regression is one whatever else is doubted.
        let verdict = ExitCode(Int32(clamping: record.verdict?.exitCode ?? 0))
        if record.verdict?.status == .regression { throw verdict }
        try outputs.requireNone(of: record.warnings)
        if !verdict.isSuccess { throw verdict }
        if !isExported { throw ExitCode.error }
    }

    /// Complains of what ended the run.
    private func told(_ failure: ExperimentFailure) -> any Error {
        if failure.kind == .usage { return usage(failure) }
        let kept =
            " (what was measured is kept\(failure.isAfterAll ? "" : ", marked partial"))"
        let isKept = hasContent && failure.kind != .incomparable
        MeasuringOptions.complain("\(failure)" + (isKept ? kept : ""))
        if failure.kind == .incomparable { return ExitCode.incomparable }
        if Interruption.requested { return ExitCode.interrupted }
        return failure.kind == .setUp && !hasContent ? setUpFailure : ExitCode.invalid
    }
}
