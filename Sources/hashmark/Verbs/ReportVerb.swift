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
            """)

    @Argument(help: "Run records: what --json and --out write.")
    var files: [String]

    @Option(help: "One of \(ReportFormats.names).", transform: ExportOptions.format)
    var format: any ReportFormat = TextFormat()

    @Option(help: "Write to FILE instead of standard output; with one record.")
    var output: String?

    @OptionGroup var prices: PriceOptions

    func validate() throws {
        if output != nil && files.count > 1 {
            throw ValidationError("--output takes one record; give them one by one")
        }
        if !isText {
            try GivenOptions.refuse(GivenOptions.prices, "has no effect on --format \(format)")
        }
        if !format.isStream && files.count > 1 {
            throw ValidationError("\(format) takes one record; give them one by one")
        }
    }

    func run() throws {
        if let output { try OutputFiles.prepare([output]) }
        do throws(RunRecordError) {
            for file in files {
                let record = try RunRecord.read(file)
                var data = try format.render(record)
                if isText, let costs = prices.text(record) { data += Data(costs.utf8) }
                for doubt in format.doubts(record) { MeasuringOptions.note("warning: \(doubt)") }
                try OutputFiles.write(data, to: output ?? "-")
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    private var isText: Bool { format is TextFormat }
}

/// Prices that turn speed and size into one sum.
struct PriceOptions: ParsableArguments {
    @Option(
        help: "Price of a core for an hour: adds what each workload costs.",
        transform: NumberOption.real(0...1e12))
    var pricePerCoreHour: Double?

    @Option(
        help: "Price of 10^9 bytes of memory for an hour.", transform: NumberOption.real(0...1e12))
    var pricePerGbHour: Double?

    @Option(
        help: "Operations per second that the costs are for.",
        transform: NumberOption.count(0...1_000_000_000_000))
    var costOperations = 1_000_000

    @Option(
        help: "Entries held that the costs are for.",
        transform: NumberOption.count(0...1_000_000_000_000_000))
    var costEntries = 100_000_000

    func validate() throws {
        guard (pricePerCoreHour == nil) == (pricePerGbHour == nil) else {
            throw ValidationError("give both --price-per-core-hour and --price-per-gb-hour")
        }
        if pricePerCoreHour == nil {
            try GivenOptions.refuse(GivenOptions.prices, "has no effect without prices")
        }
    }

    /// The cost table; nil without prices.
    func text(_ record: RunRecord) -> String? {
        guard let pricePerCoreHour, let pricePerGbHour else { return nil }
        let prices = Prices(
            perCoreHour: pricePerCoreHour, perGBHour: pricePerGbHour,
            operationsPerSecond: Double(costOperations), entries: Double(costEntries))
        return "\n" + CostTable(record, prices).text()
    }
}
