// How a run of `tables` is read: operations down, tables across; the median with half the range
// beside it for the first table, and for each other one its change with the interval.
import Quantities
import RunRecord

struct TablesReading {
    private let results: [RunRecord.Result]
    private let targets: [String]
    private let footnotes: Footnotes
    private let effects: TableEffects
    /// Whether headings must tell sizes of keys apart.
    private let hasKeySizes: Bool

    init(_ record: RunRecord, _ footnotes: Footnotes) {
        results = record.results
        let measured = Set(record.results.map(\.target))
        targets = (record.targets.map(\.label) + record.results.map(\.target)).distinct()
            .filter { measured.contains($0) }
        self.footnotes = footnotes
        effects = TableEffects(record, baseline: targets.first)
        hasKeySizes = Set(record.results.compactMap { $0.conditions["key_size"] }).count > 1
    }

    var sections: [ReadingSection] { costs + counts + histograms + curves + growths }

    // MARK: places

    /// Where tables stood side by side.
    private struct Place: Hashable {
        var entries: Double
        var keySize: ConditionValue?
        var load: ConditionValue?

        init?(_ result: RunRecord.Result) {
            guard let entries = result.conditions.entries else { return nil }
            self.entries = entries
            keySize = result.conditions["key_size"]
            load = result.conditions["load"]
        }
    }

    private func words(_ place: Place) -> String {
        let count = Self.count(place.entries)
        let entries =
            switch place.load {
            case .string("min")?: "just after the first growth behind \(count) entries"
            case .string("max")?: "just before the first growth behind \(count) entries"
            default: "\(count) entries"
            }
        guard hasKeySizes, let size = place.keySize else { return entries }
        return "\(entries), keys of \(size) B"
    }

    private static func count(_ entries: Double) -> String { entries.grouped(0) }

    private func rows() -> TableRowsReading { TableRowsReading(targets, footnotes, effects) }

    // MARK: operations

    /// CPU time and memory, a section per place.
    private var costs: [ReadingSection] {
        let timed = results.filter { Metric.tableCPURow.covers($0.metric) }
        return timed.compactMap(Place.init).distinct().map { place in
            var section = rows()
            let own = timed.filter { Place($0) == place }
            section.add(own) { $0.operationName }
            let sizes = results.filter { Self.isSize($0) && Place($0) == place }
            section.add(sizes.filter { $0.conditions["turnovers"] == nil }) { $0.titleWithUnit }
            section.add(sizes.filter { $0.conditions["turnovers"] != nil }) {
                $0.titleWithUnit + $0.turnedOver
            }
            addEntries(place, to: &section)
            let isCold = own.contains { $0.conditions["temperature"] == "cold" }
            let parts = [
                "\(words(place)): CPU time per operation\(isCold ? ", caches cold" : ""), in ns",
                targets.count > 1 ? effects.note(own) : nil,
            ]
            return section.named(parts.compactMap(\.self).joined(separator: "; "))
        }
    }

    private static let sizes: [Metric] = [
        .memoryPerEntry(.sizeClass), .memoryPerEntry(.requested), .memoryElsewhere,
        .allocationsPerEntry, .loadFactor,
    ]

    private static func isSize(_ result: RunRecord.Result) -> Bool {
        sizes.contains { $0.id == result.metric }
    }

    /// How many each table holds, where that is its own matter.
    private func addEntries(_ place: Place, to section: inout TableRowsReading) {
        let held = results.filter { $0.metric == Metric.tableEntries.id && Place($0) == place }
        let first = held.filter { $0.conditions["turnovers"] == nil }
        guard !first.isEmpty else { return }
        section.add(
            Metric.tableEntries.title, Scale(.count, values: first.compactMap(\.value)),
            targets.map { target in first.first { $0.target == target }?.value })
    }

    /// Simulated counts, a section per place and counter.
    private var counts: [ReadingSection] {
        let counted = results.filter { Metric.tableSimulatedRow.covers($0.metric) }
        return counted.compactMap(Place.init).distinct().flatMap { place in
            let some = counted.filter { Place($0) == place }
            return some.map(\.counterID).distinct().map { id in
                var section = rows()
                section.add(some.filter { $0.counterID == id }) { $0.operationName }
                let title = Metric.named(id)?.title ?? id
                return section.named("\(words(place)): \(title) per operation")
            }
        }
    }

    // MARK: histograms

    /// Shares of places and of buckets, at the largest number of entries; the record has them at
    /// all. A line for each kind says where most of them are, the shares are details.
    private var histograms: [ReadingSection] {
        let kinds = [Metric.chainLengthShare(0), .bucketOccupancyShare(0)]
        let some = results.filter { result in
            result.conditions["turnovers"] == nil
                && kinds.contains { $0.covers(result.metric) }
        }
        let places = some.compactMap(Place.init).distinct()
        let most = places.map(\.entries).max()
        return places.filter { $0.entries == most }.map { place in
            var section = rows()
            for (kind, (title, detail)) in zip(kinds, Self.histogramTitles) {
                let own = some.filter { Place($0) == place && kind.covers($0.metric) }
                guard !own.isEmpty else { continue }
                section.add(
                    title,
                    targets.map { target in Histogram(own.filter { $0.target == target })?.words })
                for id in own.map(\.metric).distinct().sorted(by: Self.isShorter) {
                    let row = own.filter { $0.metric == id && $0.value != nil }
                    // There may be none of that length.
                    guard row.contains(where: { $0.value != 0 }) else { continue }
                    let scale = Scale(.ratio, values: row.compactMap(\.value))
                    section.add(
                        "\(Metric.named(id)?.title ?? id) (\(scale.unit))", scale,
                        targets.map { target in row.first { $0.target == target }?.value },
                        detail: detail)
                }
            }
            return section.named(
                "\(words(place)): places by the length of their chains, buckets by their entries")
        }
    }

    /// Of the line of each kind, and of what it leaves out.
    private static let histogramTitles = [
        ("chain: mean, range", "places by the length of their chains"),
        ("entries of a bucket: mean, range", "buckets by their entries"),
    ]

    /// The shares of one table.
    private struct Histogram {
        private var shares: [(place: Int, isOpen: Bool, share: Double)] = []

        /// Nil where there is none.
        init?(_ results: [RunRecord.Result]) {
            for result in results {
                let name = result.metric.split(separator: "/").last ?? ""
                guard let share = result.value, share > 0, let place = Int(name.filter(\.isNumber))
                else { continue }
                shares.append((place, name.hasSuffix("+"), share))
            }
            if shares.isEmpty { return nil }
        }

        /// `1.04, 0–8+`; the longest chains are counted together, and their mean is at least so
        /// much then.
        var words: String {
            let mean = shares.reduce(0) { $0 + Double($1.place) * $1.share }
            let places = shares.map(\.place)
            let isOpen = shares.contains(where: \.isOpen)
            let range = "\(places.min() ?? 0)–\(places.max() ?? 0)\(isOpen ? "+" : "")"
            return "\(isOpen ? "≥ " : "")\(mean.grouped(2)), \(range)"
        }
    }

    /// Of `…/2` and `…/10`, the former.
    private static func isShorter(_ one: String, _ other: String) -> Bool {
        (one.count, one) < (other.count, other)
    }

    // MARK: curves

    /// Every third of eight points per doubling meets all phases of the saw-tooth in turn; the
    /// record and the page have every point.
    private static let curveStep = 3

    private var curves: [ReadingSection] {
        let measured = Set(
            results.filter { Metric.isTableCost($0.metric) }.compactMap(\.conditions.entries))
        let points = results.filter {
            $0.metric == Metric.memoryPerEntry(.sizeClass).id && $0.value != nil
                && !measured.contains($0.conditions.entries ?? -1)
        }
        return points.map { $0.conditions["key_size"] }.distinct().map { size in
            let about = hasKeySizes ? size.map { ", keys of \($0) B" } ?? "" : ""
            return curve(points.filter { $0.conditions["key_size"] == size })
                .named("bytes per entry, in size classes, by the number of entries\(about)")
        }
    }

    private func curve(_ points: [RunRecord.Result]) -> TableRowsReading {
        var section = rows()
        let scale = Scale(.bytesPerEntry, values: points.compactMap(\.value))
        let counts = points.compactMap(\.conditions.entries).distinct()
        for (index, entries) in counts.enumerated() where index % Self.curveStep == 0 {
            section.add(
                Self.count(entries), scale,
                targets.map { target in
                    points.first { $0.target == target && $0.conditions.entries == entries }?.value
                })
        }
        for (title, isMost) in [("least", false), ("most", true)] {
            section.add(
                title, scale,
                targets.map { target in
                    let values = points.filter { $0.target == target }.compactMap(\.value)
                    return isMost ? values.max() : values.min()
                })
        }
        return section
    }

    // MARK: growth

    private var growths: [ReadingSection] {
        let some = results.filter { $0.conditions["entries_after"] != nil }
        return some.compactMap(Place.init).distinct().flatMap { place in
            let own = some.filter { Place($0) == place }
            return growth(place, own)
        }
    }

    private func growth(_ place: Place, _ own: [RunRecord.Result]) -> [ReadingSection] {
        var all = rows()
        for (metric, title) in Self.inserts {
            all.add(own.filter { $0.metric == metric.id }, tellsChange: Self.isTable(metric)) { _ in
                title
            }
        }
        var parts = rows()
        for (phase, words) in Self.phases {
            for (metric, what) in [
                (Metric.growthInserts(phase), "number of inserts"),
                (.growthInsertMean(phase), "mean ()"), (.growthStallMax(phase), "longest ()"),
                (.growthStallFaults(phase), "page faults in the longest"),
            ] {
                parts.add(
                    own.filter { $0.metric == metric.id }, tellsChange: metric.unit == .nanoseconds
                ) { _ in "\(words): \(what)" }
            }
        }
        let range = "\(Self.count(place.entries)) to \(Self.count(place.entries * 2)) entries"
        return [
            all.named("time of each insert on the way from \(range); nothing is subtracted"),
            parts.named("the same inserts by what they do besides inserting"),
        ]
    }

    /// Times of inserts, then what explains them.
    private static let inserts: [(Metric, String)] = [
        (.growthInsert("p50"), "p50 ()"), (.growthInsert("p99"), "p99 ()"),
        (.growthInsert("p99.99"), "p99.99 ()"), (.growthStallMax, "longest ()"),
        (.growthStallMaxRaw, "longest, interruptions by other work included ()"),
        (.clockTime, "of each: the clock itself ()"),
        (.growthPageFaults, "page faults per insert"),
        (.pageFaultTime, "a page fault by itself ()"),
    ]

    /// Whether it is the table's doing, and not the machine's.
    private static func isTable(_ metric: Metric) -> Bool {
        let others: [Metric] = [.clockTime, .pageFaultTime, .growthStallMaxRaw]
        return !others.contains(metric)
    }

    /// In the order of a doubling.
    private static let phases: [(Metric.GrowthPhase, String)] = [
        (.atRest, "nothing"), (.starts, "grows the table"), (.rehashes, "moves a chain"),
        (.ends, "frees the old array"),
    ]
}

extension RunRecord.Result {
    /// `longest stall ()`: the unit follows from the row's numbers.
    fileprivate var titleWithUnit: String {
        let title = Metric.named(metric)?.title ?? metric
        return unit == .count || unit == .entriesPerPlace ? title : "\(title) ()"
    }

    /// `find-hit/16`, `find-25%/1 zipf:0.99`, `insert`, `erase and insert after 1 ×`.
    fileprivate var operationName: String {
        let name = metric.split(separator: "/").last.map(String.init) ?? metric
        if name == "churn" { return "erase and insert\(turnedOver)" }
        guard case .number(let percent)? = conditions["hit_percent"],
            case .number(let depth)? = conditions["batch"]
        else { return name }
        let share = percent == 100 ? "hit" : percent == 0 ? "miss" : "\(percent.plainText)%"
        let keys = conditions["popularity"].map { "\($0)" } ?? "uniform"
        return "\(name)-\(share)/\(depth.plainText)" + (keys == "uniform" ? "" : " \(keys)")
    }

    /// ` after 2 ×`, when all entries had been replaced so often.
    fileprivate var turnedOver: String {
        conditions["turnovers"].map { $0 == 0 ? "" : " after \($0) ×" } ?? ""
    }

    /// Of `table_sim_ll_read_misses_per_op/find`: `sim_ll_read_misses_per_op`.
    fileprivate var counterID: String {
        Metric.serverCounterID(ofTable: metric) ?? metric
    }
}
