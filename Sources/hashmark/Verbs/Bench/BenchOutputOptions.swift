// Where `bench` puts its results.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Reporting
import RunRecord

struct BenchOutputOptions: ParsableArguments {
    @Flag(
        name: [.customShort("q"), .customLong("quiet")],
        help: "One line per test; with --saturate, no progress.")
    var quiet = false
    @Flag(help: "CSV output.")
    var csv = false
    @Option(
        parsing: .unconditional,
        help: .value("N", "Significant digits of latencies in µs, 0 to 4."),
        transform: NumberOption.count(0...4))
    var precision = 3
    @Flag(name: [.customShort("l")], help: "Repeat the tests until interrupted.")
    var loop = false
    @Option(
        parsing: .unconditional,
        help: .value(
            "FILE",
            "Write all latencies to FILE (- is standard output) as an HdrHistogram V2 log."),
        completion: .file())
    var hdrLog: String?

    @OptionGroup var outputs: RecordOutputs

    /// Whether stdout is a document's: what else is printed then goes to stderr.
    var takesStandardOutput: Bool {
        documents.contains(where: OutputFiles.isStandardOutput)
    }

    /// Of the table behind the tests.
    var style: TerminalStyle {
        if takesStandardOutput { return .plain }
        return TerminalStyle(
            isTerminal: Terminal.isStandardOutput, columns: Terminal.columns, .auto,
            showsDetail: false, environment: ProcessInfo.processInfo.environment)
    }

    private var documents: [String] { outputs.documents + (hdrLog.map { [$0] } ?? []) }

    /// Tries all that will be written, before anything is measured.
    func prepare() throws { try outputs.prepare(hdrLog.map { [$0] } ?? []) }

    /// Writes what was asked for, if anything was measured.
    func write(_ ending: inout RunEnding, _ results: [BenchResult], startedAt: Date) {
        let files = documents + RecordOutputs.pair(in: outputs.out)
        guard !files.isEmpty, ending.hasContent else { return }
        let isWritten = ending.write(to: outputs.out) { () throws(RunRecordError) in
            guard let hdrLog else { return }
            try OutputFiles.write(
                Data(BenchLog.text(results, startedAt: startedAt).utf8), to: hdrLog)
        }
        guard isWritten else { return }
        let written = files.filter { !OutputFiles.isStandardOutput($0) }
        if !written.isEmpty { Output.note("wrote \(written.joined(separator: " and "))") }
    }
}
