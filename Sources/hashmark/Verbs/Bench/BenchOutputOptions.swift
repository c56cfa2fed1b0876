// Where `bench` puts its results.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Reporting
import RunRecord

struct BenchOutputOptions: ParsableArguments {
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "One line per test.")
    var quiet = false
    @Flag(help: "CSV output.")
    var csv = false
    @Option(
        parsing: .unconditional, help: "Significant digits of latencies in µs, 0 to 4.",
        transform: NumberOption.count(0...4))
    var precision = 3
    @Flag(name: [.customShort("l")], help: "Repeat the tests until interrupted.")
    var loop = false
    @Option(
        parsing: .unconditional,
        help: "Write a run record to this file; - is stdout, reports then go to stderr.")
    var json: String?
    @Option(parsing: .unconditional, help: "Folder for run.json and index.html.")
    var out: String?
    @Option(
        parsing: .unconditional,
        help: "Write all latencies to this file (- as above) as an HdrHistogram V2 log.")
    var hdrLog: String?
    @Flag(help: "Warnings make the run invalid: exit 3.")
    var strict = false

    @OptionGroup var exports: ExportOptions

    /// Whether stdout is a document's: what else is printed then goes to stderr.
    var takesStandardOutput: Bool {
        documents.contains(where: OutputFiles.isStandardOutput)
    }

    private var documents: [String] { [json, hdrLog].compactMap(\.self) + exports.paths }

    /// Tries all that will be written, before anything is measured.
    func prepare() throws {
        try OutputFiles.check(folder: out)
        let pair = out.map { ["\($0)/run.json", "\($0)/index.html"] } ?? []
        try OutputFiles.prepare(documents + pair)
    }

    func write(
        _ result: BenchResult, seed: UInt64, isDrawn: Bool, startedAt: Date
    ) throws {
        guard out != nil || !documents.isEmpty else { return }
        var record = RunRecord(
            hashmarkVersion: RunRecord.hashmarkVersion,
            arguments: Redaction.masked(CommandLine.arguments), seed: seed)
        record.seedIsUnused = !isDrawn
        record.startedAt = startedAt.formatted(.iso8601)
        record.durationSeconds = Date().timeIntervalSince(startedAt)
        record.environment = .current()
        result.add(to: &record)
        do throws(RunRecordError) {
            if let json { try OutputFiles.write(record.json(), to: json) }
            if let hdrLog {
                try OutputFiles.write(
                    Data(result.histogramLog(startedAt: startedAt).utf8), to: hdrLog)
            }
            if let out {
                try record.write(to: "\(out)/run.json")
                try AtomicFile.write(HTMLFormat().render(record), to: "\(out)/index.html")
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        guard exports.write(record) else { throw ExitCode.error }
        let files =
            documents.filter { !OutputFiles.isStandardOutput($0) }
            + (out.map { ["\($0)/run.json", "\($0)/index.html"] } ?? [])
        if !files.isEmpty { Output.note("wrote \(files.joined(separator: " and "))") }
    }
}
