// A candidate against the first target, in words: `valkey-9.1 serves 38 ± 4 % more per core than
// valkey-7.2 in 17.5 % less memory, with half the cache misses`; of tables, `valkey-9.1 finds a key
// in 0.62 ± 0.03 of valkey-7.2’s time at 1M entries`.
import Quantities
import RunRecord

struct HeadlineDifferences {
    fileprivate enum Quantity: CaseIterable {
        case speed, memory, misses, instructions
    }

    fileprivate struct Part {
        let quantity: Quantity
        let metric: Metric
        let difference: Difference
        /// At how many it was read; nil for several loads.
        let entries: Double?
        /// What it calls memory.
        let memory: String
    }

    private let baseline: String
    private let candidate: String
    private let parts: [Part]
    private let tellsPower: Bool
    /// Why nothing is said of memory; nil where nothing needs saying.
    private let uncounted: String?

    /// - Parameter partlyCounted: targets some of whose memory only the kernel sees: of them the
    ///   resident set is told, or nothing.
    init(
        _ comparison: Comparison, _ candidate: String, _ kind: KindOfRun,
        partlyCounted: Set<String>
    ) {
        baseline = comparison.baseline
        self.candidate = candidate
        tellsPower = kind == .compare || kind == .tables
        let all = comparison.rows(of: candidate)
        let rows = kind == .tables ? Self.atOnePlace(all) : all
        // A run of counters is about counts; elsewhere instructions explain and decide nothing.
        let quantities: [Quantity] =
            kind == .counters ? Quantity.allCases : [.speed, .memory, .misses]
        let hidden = [comparison.baseline, candidate].filter { partlyCounted.contains($0) }
        let memory = Metric.Memory.told.map { Metric.memoryPerEntry($0) }
        let parts = quantities.compactMap { quantity -> Part? in
            let metrics =
                quantity == .memory && !hidden.isEmpty
                ? [Metric.memoryPerEntry(.rss)] : quantity.metrics
            for metric in metrics {
                let some = quantity.rows(rows.filter { $0.metric == metric.id })
                if let difference = Difference(some) {
                    return Part(
                        quantity: quantity, metric: metric, difference: difference,
                        entries: some.count == 1 ? some[0].conditions.entries : nil,
                        memory: hidden.isEmpty ? "memory" : "resident memory")
                }
            }
            return nil
        }
        self.parts = parts
        let isLeftOut =
            !hidden.isEmpty && !parts.contains { $0.quantity == .memory }
            && rows.contains { row in memory.contains { $0.id == row.metric } }
        uncounted =
            isLeftOut
            ? "memory is not compared, for part of what \(hidden.joined(separator: " and ")) "
                + "takes is not counted" : nil
    }

    /// Of tables at several sizes and loads, the largest at which operations were measured: smaller
    /// ones are in some cache. What is there once all entries were replaced is left out.
    private static func atOnePlace(_ rows: [Comparison.Row]) -> [Comparison.Row] {
        let measured = rows.filter { Metric.isTableCost($0.metric) }
        guard let most = measured.compactMap(\.conditions.entries).max() else { return rows }
        let place = measured.last { $0.conditions.entries == most }?.conditions
        return rows.filter { row in
            row.conditions.entries == most && row.conditions["turnovers"] == nil
                && ["key_size", "load"].allSatisfy { row.conditions[$0] == place?[$0] }
        }
    }

    private var told: [Part] { parts.filter(\.difference.isDistinct) }

    var tellsDifference: Bool { !told.isEmpty }
    /// Whether anything was read often enough to know its scatter.
    var isMeasured: Bool { parts.contains { $0.difference.isKnown } }

    /// How good the candidate is, by the quantity that is told first; larger is better.
    var score: Double? {
        parts.first.map { part in
            part.metric.better == .higher ? part.difference.share : -part.difference.share
        }
    }

    /// Nil where the two have nothing in common.
    var sentence: String? {
        let all = [differences, uncounted].compactMap(\.self)
        guard !all.isEmpty else { return nil }
        let text = all.joined(separator: "; ")
        return told.isEmpty ? "\(candidate) against \(baseline): \(text)" : text
    }

    /// Without the names of both where no difference is told.
    private var differences: String? {
        guard !parts.isEmpty else { return nil }
        guard let first = told.first else {
            let silent = parts.first { $0.quantity == .speed } ?? parts[0]
            return silent.silence(tellsPower)
        }
        var text = "\(candidate) \(first.lead(baseline))"
        text += told.dropFirst().map(\.continuation).joined()
        if let scope = first.difference.scope { text += " (\(scope))" }
        if let speed = parts.first, speed.quantity == .speed, !speed.difference.isDistinct {
            text += "; \(speed.silence(tellsPower))"
        }
        return text
    }
}

extension HeadlineDifferences.Part {
    private var isMore: Bool { difference.share > 0 }
    private var amount: String { "\(difference.size) \(isMore ? "more" : "less")" }

    /// The predicate of a sentence.
    fileprivate func lead(_ baseline: String) -> String {
        switch quantity {
        case .speed where metric.unit == .nanosecondsPerOperation:
            "finds a key in \(difference.ratio) of \(baseline)’s time\(size)"
        case .speed: "serves \(amount)\(perCore) than \(baseline)"
        case .memory: "takes \(amount) \(memory) than \(baseline)"
        case .misses:
            isHalf
                ? "has half the cache misses of \(baseline)"
                : "has \(counted) cache misses than \(baseline)"
        case .instructions: "executes \(counted) instructions than \(baseline)"
        }
    }

    /// What follows another part.
    fileprivate var continuation: String {
        switch quantity {
        case .speed: ""
        case .memory: " in \(amount) \(memory)"
        case .misses: isHalf ? ", with half the cache misses" : ", with \(counted) cache misses"
        case .instructions: ", with \(counted) instructions"
        }
    }

    /// ` at 1M entries`
    private var size: String { entries.map { " at \(Count.text($0)) entries" } ?? "" }

    private var counted: String { "\(difference.size) \(isMore ? "more" : "fewer")" }
    private var isHalf: Bool { abs(difference.share + 0.5) < 0.025 }
    private var perCore: String { metric == .throughputPerCore ? " per core" : "" }

    /// That there is no difference to tell, and how large one would have shown.
    fileprivate func silence(_ tellsPower: Bool) -> String {
        let isLookUp = quantity == .speed && metric.unit == .nanosecondsPerOperation
        let about = isLookUp ? " in finding a key" : perCore
        guard difference.isKnown else { return "too few rounds to tell a difference\(about)" }
        if tellsPower, let least = difference.detectable {
            return "no difference\(about) seen; could have seen \(least.shareText)"
        }
        let scatter = difference.halfWidth.map { " (\("±" + $0.shareText))" } ?? ""
        return "no difference\(about) beyond the scatter\(scatter)"
    }
}

extension HeadlineDifferences.Quantity {
    /// The first of them that both sides have is told.
    fileprivate var metrics: [Metric] {
        switch self {
        case .speed: [.throughputPerCore, .throughput, .tableCPU("find")]
        case .memory: Metric.Memory.told.map { Metric.memoryPerEntry($0) }
        case .misses:
            [
                .simulated(.llReadMisses), .hardware("ll_read_misses"), .simulated(.d1ReadMisses),
                .tableSimulated(Metric.simulated(.llReadMisses).id, "find"),
            ]
        case .instructions: [.simulated(.instructions), .hardware("instructions")]
        }
    }

    /// Of look-ups what finds a key is told, one by one: batches and misses are further loads.
    fileprivate func rows(_ rows: [Comparison.Row]) -> [Comparison.Row] {
        guard let first = rows.first, Metric.isTableCost(first.metric) else { return rows }
        let found = rows.filter { $0.conditions["hit_percent"] == 100 }
        return (found.isEmpty ? rows : found).first.map { [$0] } ?? []
    }
}

extension Metric.Memory {
    /// Which bytes a sentence tells: the server's own, else those of its allocator or the kernel.
    static let told: [Metric.Memory] = [.reported, .sizeClass, .rss]
}

extension Conditions {
    /// The number of entries that a reading was taken at.
    var entries: Double? {
        if case .number(let entries)? = self["entries"] { entries } else { nil }
    }
}
