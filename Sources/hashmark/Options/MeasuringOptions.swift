// What every measuring verb takes, and how its run ends: outputs written on every path, one line
// for an error, the exit code of the command line's contract.
import ArgumentParser
import Experiments
import LinuxSystem
import Reporting
import RunRecord

/// Exit codes besides 0 and ArgumentParser's 64 for usage.
extension ExitCode {
    static let error = ExitCode(1)
    /// Something was measured wrongly or not to the end.
    static let invalid = ExitCode(3)
    /// The baseline is missing, damaged or of another kind.
    static let incomparable = ExitCode(5)
    /// 128 and the signal's number; what was measured is kept.
    static var interrupted: ExitCode { ExitCode(Interruption.exitCode) }
}

struct MeasuringOptions: ParsableArguments {
    @OptionGroup var outputs: RecordOutputs

    @Flag(help: "No progress on stderr.")
    var quiet = false

    @Option(
        help: .value("N", "Seed of everything random; drawn and recorded when not given."),
        transform: NumberOption.seed)
    var seed: UInt64?

    @OptionGroup var tables: TableOptions

    /// Runs `body` with a recorder, then writes what was asked for; ends with the verdict's exit
    /// code where the record has one.
    ///
    /// - Parameters:
    ///   - defaultOut: the folder when `--out` is not given; nil writes no files then.
    ///   - history: where a line of the run is appended, and under which label.
    ///   - prices: what a workload costs is printed at these, after the text.
    ///   - better: which numbers there will be: those of which less, or more, is better.
    ///   - hasProfiles: whether there will be call stacks.
    ///   - loads: how many loads with a rate there will be at least.
    ///   - functions: how many of each profile are printed.
    ///   - setUpFailure: the exit code where nothing could be measured at all.
    ///   - alsoWrites: paths that `finish` writes to; they are tried before anything is measured.
    ///   - finish: writes what else the verb writes; also called for what a failed run has left.
    func measure(
        defaultOut: String? = nil, history: HistoryOptions? = nil,
        prices: PriceOptions? = nil,
        better: Set<Metric.Better> = [.lower, .higher], hasProfiles: Bool = false,
        loads: Int = 1, functions: Int = RunReading.usualFunctions, setUpFailure: ExitCode = .error,
        alsoWrites: [String] = [],
        finish: (RunRecord) throws(RunRecordError) -> Void = { _ in },
        _ body: (Recorder) throws(ExperimentFailure) -> Void
    ) throws {
        try outputs.exports.check(better, hasProfiles: hasProfiles, loads: loads)
        let folder = try prepare(defaultOut, alsoWrites + (history?.outputs ?? []))
        Interruption.install()
        let recorder = Recorder(
            arguments: CommandLine.arguments,
            seed: seed ?? FleetLink.current?.seed ?? UInt64.random(in: 0...UInt64.max),
            quiet: quiet)
        var failure: ExperimentFailure?
        do throws(ExperimentFailure) {
            try body(recorder)
        } catch {
            failure = error
        }
        let isPartial = failure.map { !$0.isAfterAll } ?? false
        recorder.finish(partial: isPartial)
        let record = recorder.record
        let hasContent =
            !record.results.isEmpty || !record.rounds.isEmpty || !record.profiles.isEmpty
        if failure?.kind == .incomparable {
            Self.complain("\(failure!)")
            throw ExitCode.incomparable
        }
        let isTold = failure == nil || hasContent || record.verdict != nil
        do throws(RunRecordError) {
            if isTold {
                let style = tables.style
                let told = RunReading(record, functions: functions).text(style)
                try write(record, told + (prices?.text(record, style) ?? ""), to: folder)
                try finish(record)
                if failure == nil { try history?.append(record, file: outputs.file(in: folder)) }
            }
        } catch {
            Self.complain("\(error)")
            throw ExitCode.error
        }
        // Last: a format that has no place for what was measured costs nothing else.
        let isExported = !isTold || outputs.exports.write(record)
        if let failure {
            if failure.kind == .usage { throw usage(failure) }
            let kept = " (what was measured is kept\(isPartial ? ", marked partial" : ""))"
            Self.complain("\(failure)" + (hasContent ? kept : ""))
            if Interruption.requested { throw ExitCode.interrupted }
            throw failure.kind == .setUp && !hasContent ? setUpFailure : ExitCode.invalid
        }
        // A regression is one whatever else is doubted.
        let verdict = ExitCode(Int32(clamping: record.verdict?.exitCode ?? 0))
        if record.verdict?.status == .regression { throw verdict }
        try outputs.requireNone(of: record.warnings)
        if !verdict.isSuccess { throw verdict }
        if !isExported { throw ExitCode.error }
    }

    /// Tries all that will be written; returns the folder of the record and the page.
    private func prepare(_ defaultOut: String?, _ others: [String]) throws -> String? {
        let folder = try outputs.out ?? defaultOut.map(OutputFiles.claim)
        try outputs.prepare(folder: folder, others)
        return folder
    }

    private func write(
        _ record: RunRecord, _ table: String, to folder: String?
    ) throws(RunRecordError) {
        if outputs.documents.contains(where: OutputFiles.isStandardOutput) {
            Output.note(table, terminator: "")
        } else {
            Output.print(table, terminator: "")
        }
        try outputs.write(record, to: folder)
        if folder != nil && !quiet {
            Self.note("wrote \(RecordOutputs.pair(in: folder).joined(separator: " and "))")
        }
    }

    /// One line on stderr: cause and remedy.
    static func complain(_ text: String) { note("hashmark: \(text)") }

    static func note(_ text: String) { Output.note(text) }
}

/// A bad argument found after parsing: one line, exit 64.
func usage(_ error: some Error) -> ValidationError { ValidationError("\(error)") }
