// hashmark report: run records in other formats.
import ArgumentParser
import Foundation
import Reporting
import RunRecord

struct ReportVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Run records as text, a page, Markdown, JUnit, Go benchmarks or JSON of others.",
        discussion: """
            Formats: text, html, markdown, junit, annotations, go (benchstat reads it), \
            action-bigger and action-smaller (github-action-benchmark, customBiggerIsBetter and \
            customSmallerIsBetter).

            Examples:
              hashmark report Reports/latest/run.json
              hashmark report Reports/latest/run.json --format markdown --output summary.md
            """)

    @Argument(
        help: .value("RECORD", "Run records: what --json and --out write."),
        completion: .file(extensions: ["json"]))
    var files: [String]

    @Option(
        help: .value("FORMAT", "One of \(ReportFormats.names)."),
        completion: .format,
        transform: ExportOptions.format)
    var format: any ReportFormat = TextFormat()

    @Option(
        help: .value("FILE", "Write to FILE instead of standard output; with one record."),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Prices") var prices: PriceOptions

    @OptionGroup var tables: TableOptions

    func validate() throws {
        if output != nil && files.count > 1 {
            throw ValidationError("--output takes one record; give them one by one")
        }
        if !isText {
            try GivenOptions.refuse(
                GivenOptions.prices + ["--color", "--detail"],
                "has no effect on --format \(format)")
        }
        if !format.isStream && files.count > 1 {
            throw ValidationError("\(format) takes one record; give them one by one")
        }
    }

    func run() throws {
        if let output { try OutputFiles.prepare([output]) }
        let style = self.style
        var format = self.format
        if isText { format = TextFormat(style) }
        do throws(RunRecordError) {
            for file in files {
                let record = try RunRecord.read(file)
                var data = try format.render(record)
                if isText, let costs = prices.text(record, style) { data += Data(costs.utf8) }
                for doubt in format.doubts(record) { MeasuringOptions.note("warning: \(doubt)") }
                try OutputFiles.write(data, to: output ?? "-")
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    private var isText: Bool { format is TextFormat }

    /// A file is no terminal.
    private var style: TerminalStyle {
        guard output != nil else { return tables.style }
        return TerminalStyle(
            isTerminal: false, columns: nil, tables.color, showsDetail: tables.detail,
            environment: ProcessInfo.processInfo.environment)
    }
}
