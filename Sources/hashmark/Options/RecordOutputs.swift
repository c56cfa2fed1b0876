// Where a run's record goes: what every measuring verb takes for it and how it is written, `bench`
// included.
import ArgumentParser
import Reporting
import RunRecord

struct RecordOutputs: ParsableArguments {
    // Unconditional: a lone - is a value.
    @Option(
        parsing: .unconditional,
        help: .value(
            "FILE",
            "Write the run record to FILE; - is standard output, and the table goes to stderr."),
        completion: .file())
    var json: String?

    @Option(
        parsing: .unconditional,
        help: .value("FOLDER", "Folder for run.json and index.html; made where it is missing."),
        completion: .directory)
    var out: String?

    @Flag(help: "Warnings make the run invalid: exit 3.")
    var strict = false

    @OptionGroup var exports: ExportOptions

    /// Files that hold one document, or standard output.
    var documents: [String] { (json.map { [$0] } ?? []) + exports.paths }

    /// The record and the page.
    static func pair(in folder: String?) -> [String] {
        folder.map { ["\($0)/run.json", "\($0)/index.html"] } ?? []
    }

    /// The file that has the whole record; nil where none has.
    /// - Parameter folder: of the pair.
    func file(in folder: String?) -> String? {
        Self.pair(in: folder).first
            ?? json.flatMap { OutputFiles.isStandardOutput($0) ? nil : $0 }
    }

    /// Tries all that will be written, before anything is measured.
    /// - Parameters:
    ///   - folder: of the pair, where it is not `--out`'s.
    ///   - others: what else the verb writes.
    func prepare(folder: String? = nil, _ others: [String]) throws {
        try OutputFiles.check(folder: out)
        try OutputFiles.prepare(documents + Self.pair(in: folder ?? out) + others)
    }

    /// Writes the record and its page; exports are ``ExportOptions``' own.
    func write(_ record: RunRecord, to folder: String?) throws(RunRecordError) {
        if let json { try OutputFiles.write(record.json(), to: json) }
        guard let folder else { return }
        try record.write(to: "\(folder)/run.json")
        try AtomicFile.write(HTMLFormat().render(record), to: "\(folder)/index.html")
    }

    /// - Throws: exit 3 where `--strict` was given and there are warnings.
    func requireNone(of warnings: [RunRecord.Warning]) throws {
        guard strict && !warnings.isEmpty else { return }
        MeasuringOptions.complain(
            "\(warnings.count) warnings, and --strict makes them errors")
        throw ExitCode.invalid
    }
}
