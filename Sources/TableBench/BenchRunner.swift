// Runs a plan: place by place (BenchRunner+Rounds), then the curves of bytes, then the doublings.
// What does not fit the memory that is allowed is measured in parts, or left out and said.

import Distributions
import Keyspaces
import Progress
import Quantities

public struct BenchRunner {
    let plan: BenchPlan
    let progress: ProgressBar
    let isCancelled: () -> Bool
    var results = BenchResults()
    /// Orders of turns.
    var random: Xoshiro256PlusPlus
    /// Of cold measurements; nil where they are hot.
    let displacer: CacheDisplacer?
    private var footprint: Footprint
    private let memoryLimit: Int

    /// - Parameters:
    ///   - isCancelled: asked between operations; true ends the run with what it has.
    ///   - progress: where it is told how far the run is.
    public init(
        _ plan: BenchPlan, isCancelled: @escaping () -> Bool = { false },
        progress: ProgressBar = ProgressBar(quiet: true)
    ) {
        self.plan = plan
        self.isCancelled = isCancelled
        self.progress = progress
        random = Xoshiro256PlusPlus(seed: plan.seed)
        footprint = Footprint(plan)
        let isCold = plan.temperature == .cold
        displacer = isCold ? CacheDisplacer(lastLevelBytes: plan.lastLevelBytes) : nil
        memoryLimit =
            plan.memoryLimit
            - (isCold ? CacheDisplacer.bytes(lastLevel: plan.lastLevelBytes) : 0)
    }

    public mutating func run() -> BenchResults {
        let spans = Course.spans(plan.parts)
        let places = plan.places
        results.warnings += plan.leftOut
        for (place, span) in zip(places, spans) where !isCancelled() {
            progress.begin(title(place), span)
            defer { progress.end() }
            measure(place)
        }
        for (index, keySize) in plan.keySizes.enumerated() {
            let part = places.count + 2 * index
            if plan.curveEntries > 0 { addCurves(keySize, spans[part]) }
            if plan.growthEntries > 0 { addGrowth(keySize, spans[part + 1]) }
        }
        return results
    }

    private func title(_ place: BenchPlace) -> String {
        var parts = ["\(place.entries) entries"]
        if plan.keySizes.count > 1 { parts.append("keys of \(place.keySize) B") }
        if let load = place.load { parts.append("\(load.rawValue) load") }
        return parts.joined(separator: ", ")
    }

    // MARK: Curves and doublings

    private mutating func addCurves(_ keySize: Int, _ span: ClosedRange<Double>) {
        progress.begin("bytes per entry", span)
        defer { progress.end() }
        for (index, table) in plan.tables.enumerated()
        where !isCancelled() && fits(table, plan.curveEntries, keySize) {
            progress.say("\(table.label), up to \(plan.curveEntries) entries")
            curve(table, keySize)
            progress.advance(to: Double(index + 1) / Double(plan.tables.count))
        }
    }

    /// Eight points per doubling: the sawtooth of growth, of which one number shows one tooth.
    private mutating func curve(_ table: TableSpecification, _ keySize: Int) {
        let measured = plan.make(table)
        let feed = KeyFeed(width: keySize, count: 4_096)
        let known = plan.loads.isEmpty ? plan.entries : []
        var point = 10_000.0
        while Int(point) <= plan.curveEntries {
            let place = BenchPlace(entries: Int(point), keySize: keySize)
            GrowthBench.fill(measured, place.entries, feed)
            // Where operations are measured, their memory is known.
            if !known.contains(place.entries) {
                results.curve.append(MemoryResult(measured, place))
            }
            point *= 1.0905  // 2^(1/8)
        }
    }

    private mutating func addGrowth(_ keySize: Int, _ span: ClosedRange<Double>) {
        progress.begin("inserts across a doubling", span)
        defer { progress.end() }
        guard !isCancelled() else { return }
        let tables = plan.tables.filter { fits($0, plan.growthEntries * 2, keySize) }
        let bench = GrowthBench(plan, keySize: keySize)
        let (progress, count) = (self.progress, plan.growthEntries)
        let growths = bench.run(tables, &random, isCancelled: isCancelled) { label, share in
            progress.say("\(label), of \(count) entries")
            progress.advance(to: share)
        }
        results.growth += growths
        for (table, growth) in zip(tables, growths)
        where !growth.phases.contains(where: { $0.phase == .starts }) {
            let remedy = "use another --growth"
            results.warnings.append(notSeenToGrow(table, count, count * 2, remedy))
        }
    }

    /// Whether `entries` of `table` fit the memory allowed; warns where they do not.
    private mutating func fits(
        _ table: TableSpecification, _ entries: Int, _ keySize: Int
    ) -> Bool {
        if let problem = plan.problem(entries, keySize: keySize) {
            results.warnings.append(problem)
            return false
        }
        let bytes = footprint.peakBytes(table, entries, keySize: keySize)
        if bytes > memoryLimit { results.warnings.append(tooLarge(table, entries, bytes)) }
        return bytes <= memoryLimit
    }

    private func tooLarge(_ table: TableSpecification, _ entries: Int, _ bytes: Int) -> String {
        "\(entries) entries of \(table.label) left out: they take up to "
            + "\(ByteCount.text(bytes)), and \(ByteCount.text(max(memoryLimit, 0))) are allowed or "
            + "available; raise --memory, or use a machine with more"
    }

    private func notSeenToGrow(
        _ table: TableSpecification, _ entries: Int, _ most: Int, _ remedy: String
    ) -> String {
        let means =
            table.resizesAtOnce ? ", as far as its capacity or what it allocates here tells" : ""
        return "\(table.label) does not grow between \(entries) and \(most) entries\(means); "
            + remedy
    }

    // MARK: One place

    /// A table, and how many entries it is to hold.
    struct Contestant {
        var table: TableSpecification
        var entries: Int
    }

    private mutating func measure(_ place: BenchPlace) {
        if let problem = plan.problem(place) { return results.warnings.append(problem) }
        let most = plan.mostEntries(place)
        let bytes = plan.tables.map {
            footprint.measuredBytes($0, most, keySize: place.keySize)
        }
        var fitting: [Contestant] = []
        for (table, bytes) in zip(plan.tables, bytes) {
            if bytes > memoryLimit {
                results.warnings.append(tooLarge(table, most, bytes))
            } else if let entries = held(table, place) {
                fitting.append(Contestant(table: table, entries: entries))
            } else {
                let remedy = "leave out --load, or use other --entries"
                results.warnings.append(notSeenToGrow(table, place.entries, most, remedy))
            }
        }
        if bytes.reduce(0, +) <= memoryLimit { return measure(place, fitting) }
        if fitting.count > 1 {
            results.warnings.append(
                "\(place.entries) entries: tables measured one after the other, not interleaved, "
                    + "to stay within \(ByteCount.text(memoryLimit)); raise --memory, or use a "
                    + "machine with more")
        }
        for (index, one) in fitting.enumerated() where !isCancelled() {
            progress.begin("", Course.part(index, of: fitting.count))
            defer { progress.end() }
            measure(place, [one])
        }
    }

    /// How many entries of `table` make the load of a place; nil where it does not grow near there.
    private func held(_ table: TableSpecification, _ place: BenchPlace) -> Int? {
        guard let load = place.load else { return place.entries }
        let bench = GrowthBench(plan, keySize: place.keySize)
        let full = bench.fullCount(table, from: place.entries, to: plan.mostEntries(place))
        return full.map { load == .max ? $0 : $0 + 1 }
    }
}
