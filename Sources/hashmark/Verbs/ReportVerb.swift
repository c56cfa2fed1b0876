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
            customSmallerIsBetter), bencher (BMF), openmetrics, influx, memtier (its JSON) and csv \
            (valkey-benchmark's); of a record with call stacks also folded (flamegraph.pl), \
            speedscope, pprof, firefox (profiler.firefox.com) and perf-script. Several records \
            are one trend as text and as a page, by the time at which they were measured; other \
            formats take one after the other.

            Examples:
              hashmark report Reports/latest/run.json
              hashmark report may.json june.json july.json --output trend.html
              hashmark report Reports/latest/run.json --output summary.md
            """)

    @Argument(
        help: .value("RECORD", "Run records: what --json and --out write."),
        completion: .file(extensions: ["json"]))
    var files: [String]

    @Option(
        help: .value(
            "FORMAT",
            "One of \(ReportFormats.names); text, or what an --output in .html or .md says."),
        completion: .format,
        transform: ExportOptions.format)
    var format: (any ReportFormat)?

    @Option(
        help: .value("FILE", "Write to FILE instead of standard output."),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Prices") var prices: PriceOptions

    @OptionGroup var tables: TableOptions

    func validate() throws {
        if !isText {
            try GivenOptions.refuse(
                GivenOptions.prices + ["--color", "--detail"],
                "has no effect on --format \(chosen)")
        }
        guard files.count > 1 else { return }
        try GivenOptions.refuse(GivenOptions.prices, "has no effect on several records")
        if !chosen.isStream && !isTrend {
            throw ValidationError("\(chosen) takes one record; give them one by one")
        }
    }

    func run() throws {
        if let output { try OutputFiles.prepare([output]) }
        do throws(RunRecordError) {
            if isTrend {
                try OutputFiles.write(trend(), to: output ?? "-")
            } else if let output {
                var all = Data()
                for file in files { all += try rendered(file) }
                try OutputFiles.write(all, to: output)
            } else {
                for file in files { try OutputFiles.write(rendered(file), to: "-") }
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    private func rendered(_ file: String) throws(RunRecordError) -> Data {
        let record = try RunRecord.read(file)
        for doubt in chosen.doubts(record) { MeasuringOptions.note("warning: \(doubt)") }
        guard isText else { return try chosen.render(record) }
        let costs = prices.text(record, style) ?? ""
        return try TextFormat(style).render(record) + Data(costs.utf8)
    }

    // MARK: several records

    private var isTrend: Bool { files.count > 1 && (isText || chosen is HTMLFormat) }

    private func trend() throws(RunRecordError) -> Data {
        var records: [RunRecord] = []
        let page = output.flatMap { isText || OutputFiles.isStandardOutput($0) ? nil : $0 }
        for file in files {
            var record = try RunRecord.read(file)
            if record.partial {
                MeasuringOptions.note("warning: \(file) ended early, and is left out")
            }
            record.label = record.label ?? Self.name(of: file)
            record.recordFile = file == "-" ? nil : page.flatMap { RelativePath.from($0, to: file) }
            records.append(record)
        }
        let history = History(records)
        guard history.groups.contains(where: { !$0.series.isEmpty }) else {
            throw RunRecordError(
                cause: "the records hold no reading of a run that was not ended early",
                remedy: "give records of runs that measured something")
        }
        return Data((isText ? history.trends(style) : TrendPage(history).page()).utf8)
    }

    /// `june` of june.json and of june/run.json.
    private static func name(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return path }
        let name = file.hasSuffix(".json") ? String(file.dropLast(5)) : file
        return name == "run" && parts.count > 1 ? parts[parts.count - 2] : name
    }

    private var isText: Bool { chosen is TextFormat }

    /// The format that is written.
    private var chosen: any ReportFormat {
        if let format { return format }
        switch output?.split(separator: ".").last ?? "" {
        case "html": return HTMLFormat()
        case "md": return MarkdownFormat()
        default: return TextFormat()
        }
    }

    /// A file is no terminal.
    private var style: TerminalStyle {
        guard output != nil else { return tables.style }
        return TerminalStyle(
            isTerminal: false, columns: nil, tables.color, showsDetail: tables.detail,
            environment: ProcessInfo.processInfo.environment)
    }
}
