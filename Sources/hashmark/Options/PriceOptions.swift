// Prices that turn speed and size into one sum, as flags.
import ArgumentParser
import Reporting
import RunRecord

struct PriceOptions: ParsableArguments {
    @Option(
        help: .value("PRICE", "Price of a core for an hour: adds what each workload costs."),
        transform: NumberOption.real(0...1e12))
    var pricePerCoreHour: Double?

    @Option(
        help: .value("PRICE", "Price of 10^9 bytes of memory for an hour."),
        transform: NumberOption.real(0...1e12))
    var pricePerGbHour: Double?

    @Option(
        help: .value("N", "Operations per second that the costs are for."),
        transform: NumberOption.count(0...1_000_000_000_000))
    var costOperations = 1_000_000

    @Option(
        help: .value("N", "Entries held that the costs are for."),
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
    func text(_ record: RunRecord, _ style: TerminalStyle) -> String? {
        guard let pricePerCoreHour, let pricePerGbHour else { return nil }
        let prices = Prices(
            perCoreHour: pricePerCoreHour, perGBHour: pricePerGbHour,
            operationsPerSecond: Double(costOperations), entries: Double(costEntries))
        return "\n" + CostTable(record, prices).text(style)
    }
}
