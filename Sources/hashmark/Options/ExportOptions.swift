// `--export FORMAT=FILE`: a run in other formats, written when it ends.
import ArgumentParser
import Foundation
import Reporting
import RunRecord
import Spelling

/// One `--export`.
struct Export: Sendable {
    let format: any ReportFormat
    let path: String

    static func parse(_ text: String) throws -> Export {
        guard let equals = text.firstIndex(of: "="), text.index(after: equals) < text.endIndex
        else {
            throw ValidationError("'\(text)' is no FORMAT=FILE, such as markdown=summary.md")
        }
        let format = try ExportOptions.format(String(text[..<equals]))
        return Export(format: format, path: String(text[text.index(after: equals)...]))
    }

    /// Writes the document; what it cannot say goes to stderr.
    func write(_ record: RunRecord) throws(RunRecordError) {
        try OutputFiles.write(format.render(record), to: path)
        for doubt in format.doubts(record) {
            MeasuringOptions.note("warning: \(path): \(doubt)")
        }
    }
}

struct ExportOptions: ParsableArguments {
    @Option(
        name: .customLong("export"), parsing: .unconditionalSingleValue,
        help: .value(
            "FORMAT=FILE",
            "Write the run in another format: one of \(ReportFormats.names); repeat for more. "
                + "Folders that are missing are made, here and for every output."),
        transform: Export.parse)
    var exports: [Export] = []

    static func format(_ name: String) throws -> any ReportFormat {
        guard let format = ReportFormats.named(name) else {
            let known = ReportFormats.all.map(\.name)
            let meant = Spelling.closest(to: name, among: known).map { "did you mean `\($0)`?" }
            throw ValidationError(
                "there is no format '\(name)'; \(meant ?? "use \(ReportFormats.names)")")
        }
        return format is MarkdownFormat
            ? MarkdownFormat(ProcessInfo.processInfo.environment) : format
    }

    var paths: [String] { exports.map(\.path) }

    /// Refuses formats that have no place for what will be measured.
    /// - Parameter loads: with a rate; at least as many.
    func check(_ better: Set<Metric.Better>, hasProfiles: Bool, loads: Int) throws {
        for format in exports.map(\.format) {
            let problem =
                format.problem(ofNumbers: better) ?? format.problem(ofProfiles: hasProfiles)
                ?? format.problem(ofLoads: loads)
            guard let problem else { continue }
            throw ValidationError("--export \(format.name): \(problem)")
        }
    }

    /// Writes every export that can be; false where one cannot, which one line each says.
    func write(_ record: RunRecord) -> Bool {
        var isWhole = true
        for export in exports {
            do throws(RunRecordError) {
                try export.write(record)
            } catch {
                MeasuringOptions.complain("--export \(export.format.name): \(error)")
                isWhole = false
            }
        }
        return isWhole
    }
}
