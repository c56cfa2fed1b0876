// Every combination of some settings, each measured as a test of its own: a search for the best of
// them, or a staircase of rates.
//
//     connections=10,50 × pipeline=1,16     GET (10 connections, pipeline 1) … four tests
//     qps=10k,20k,40k                       GET (10,000 requests/s) … three, in an open loop
//
// The best is the one with most requests per second of those that meet the objective; repeated ones
// by their median, and only if each repetition meets it.
//
// Credits: rpc-perf and cachecannon step rates, resp-benchmark clients; the grid is of all of them.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Statistics

public struct BenchGrid: Sendable {
    public var connections: [Int] = []
    public var threads: [Int] = []
    public var pipelines: [Int] = []
    /// Requests per second of an open loop.
    public var rates: [Double] = []
    public var objective: LatencyObjective?

    public init() {}

    /// One combination; nil: as the options say.
    public struct Cell: Hashable, Sendable {
        public var connections: Int?
        public var threads: Int?
        public var pipeline: Int?
        public var rate: Double?

        /// `50 connections, 2 threads, pipeline 16`
        public var text: String {
            var parts: [String] = []
            if let connections {
                parts.append(connections == 1 ? "1 connection" : "\(connections) connections")
            }
            if let threads { parts.append(threads == 1 ? "1 thread" : "\(threads) threads") }
            if let pipeline { parts.append("pipeline \(pipeline)") }
            if let rate { parts.append("\(rate.grouped(rate < 10 ? 3 : 0)) requests/s") }
            return parts.joined(separator: ", ")
        }

        func apply(to options: inout BenchOptions) {
            if let connections { options.connections = connections }
            if let threads { options.threads = threads }
            if let pipeline { options.pipeline = pipeline }
            guard let rate else { return }
            options.pace = Pace(
                rate: rate, arrival: options.pace?.arrival ?? .constant, seed: options.seed)
        }
    }

    /// All combinations, the last setting changing fastest.
    public var cells: [Cell] {
        var cells: [Cell] = []
        for threads in Self.choices(self.threads) {
            for connections in Self.choices(self.connections) {
                for pipeline in Self.choices(pipelines) {
                    for rate in Self.choices(rates) {
                        cells.append(
                            Cell(
                                connections: connections, threads: threads, pipeline: pipeline,
                                rate: rate))
                    }
                }
            }
        }
        return cells
    }

    private static func choices<Setting>(_ settings: [Setting]) -> [Setting?] {
        settings.isEmpty ? [nil] : settings.map { Optional($0) }
    }

    /// `connections=10,50 pipeline=1,16`
    fileprivate var text: String {
        var parts: [String] = []
        for (name, values) in [
            ("threads", threads), ("connections", connections), ("pipeline", pipelines),
        ] where !values.isEmpty {
            parts.append("\(name)=" + values.map { "\($0)" }.joined(separator: ","))
        }
        if !rates.isEmpty {
            parts.append("qps=" + rates.map(\.plainText).joined(separator: ","))
        }
        return parts.joined(separator: " ")
    }

    /// Conditions whose values are the combination's.
    fileprivate var varied: [String] {
        var names: [String] = []
        if !connections.isEmpty { names.append("connections") }
        if !threads.isEmpty { names.append("client_threads") }
        if !pipelines.isEmpty { names.append("pipeline") }
        return names
    }

    /// The best combination for a work.
    public struct Best: Sendable {
        /// Of the work.
        public let title: String
        public let grid: BenchGrid
        /// Nil where none met the objective.
        public let cell: Cell?
        /// Requests per second of that one.
        public let rate: Double?
        /// Combinations that were measured.
        public let tried: Int

        /// `GET: best of 4: 50 connections, pipeline 16: 793,000 requests per second`
        public var text: String {
            let goal = grid.objective.map { " with \($0)" } ?? ""
            guard let cell, let rate else {
                return "\(title): none of \(tried) combinations\(goal)"
            }
            return "\(title): best of \(tried)\(goal): \(cell.text): "
                + "\(rate.grouped(0)) requests per second"
        }

        /// What it is in a record. Which combination it was has been measured, and is no condition.
        func result(_ target: String, _ common: Conditions) -> RunRecord.Result {
            var conditions = common
            for name in grid.varied { conditions[name] = nil }
            conditions["grid"] = .string(grid.text)
            conditions["objective"] = .string(grid.objective.map { "\($0)" } ?? "throughput")
            guard let rate else {
                return .init(
                    .throughput, target: target, workload: title, conditions: conditions,
                    unavailable: "none of \(tried) combinations met the objective")
            }
            return .init(
                .throughput, target: target, workload: title, conditions: conditions, value: rate)
        }
    }
}

extension BenchOptions {
    /// With the most connections, threads and requests in flight that any of its bursts has.
    public var largest: BenchOptions {
        var largest = self
        for cell in grid?.cells ?? [] {
            largest.connections = max(largest.connections, cell.connections ?? 0)
            largest.threads = max(largest.threads, cell.threads ?? 0)
            largest.pipeline = max(largest.pipeline, cell.pipeline ?? 0)
        }
        return largest
    }

    /// Of all tests, in their order.
    public var titles: [String] {
        works.flatMap { work -> [String] in
            grid?.cells.map { work.title($0) } ?? [work.title]
        }
    }
}

extension BenchWork {
    /// What it is called as one of a grid.
    fileprivate func title(_ cell: BenchGrid.Cell) -> String { "\(title) (\(cell.text))" }
}

extension BenchRun {
    /// Measures all combinations, and says which is the best.
    /// - Parameter open: connects.
    mutating func measureGrid(
        _ grid: BenchGrid, _ work: BenchWork, _ observer: inout some BenchObserver,
        _ open: (SocketAddress, LoadOptions) throws(LoadFailure) -> any Load
    ) {
        var best: (cell: BenchGrid.Cell, rate: Double)?
        var tried = 0
        var isWhole = true
        // The combinations behind one whose rate was not kept are measured all the same.
        var unkept: [BenchTestResult] = []
        for cell in grid.cells {
            guard result.failure == nil && result.invalid.isEmpty else {
                isWhole = false
                break
            }
            let outcomes = measureCell(cell, work, &observer, open)
            unkept += outcomes.filter(\.missedRate)
            guard let rate = Descriptive.median(outcomes.map(\.sample.operationsPerSecond)) else {
                continue
            }
            tried += 1
            let isMet = outcomes.allSatisfy { Self.meets(grid.objective, $0) }
            if isMet && rate > best?.rate ?? 0 { best = (cell, rate) }
        }
        for outcome in unkept { judgeKept(outcome) }
        guard isWhole && tried > 0 else { return }
        if let objective = grid.objective, best == nil {
            invalidate(
                work.title, "\(work.title): no combination of the grid meets \(objective)",
                "relax the objective, or try other combinations")
        }
        guard tried > 1 else { return }
        let found = BenchGrid.Best(
            title: work.title, grid: grid, cell: best?.cell, rate: best?.rate, tried: tried)
        result.best.append(found)
        observer.chose(found)
    }

    /// Whether a burst kept its rate, if it had one, and the objective, if there is one.
    private static func meets(
        _ objective: LatencyObjective?, _ outcome: BenchTestResult
    ) -> Bool {
        if outcome.missedRate { return false }
        guard let objective else { return true }
        let latency = outcome.sample.intendedLatency ?? outcome.sample.latency
        let value = latency.carriedPercentile(objective.percent)
        return value.map { $0 <= objective.nanoseconds } ?? false
    }

    /// - Returns: of each repetition.
    private mutating func measureCell(
        _ cell: BenchGrid.Cell, _ work: BenchWork, _ observer: inout some BenchObserver,
        _ open: (SocketAddress, LoadOptions) throws(LoadFailure) -> any Load
    ) -> [BenchTestResult] {
        var own = options
        own.threads = result.options.threads
        cell.apply(to: &own)
        var load = loadOptions()
        load.connections = own.connections
        load.pipeline = own.pipeline
        load.threads = own.threads
        let title = work.title(cell)
        var outcomes: [BenchTestResult] = []
        do throws(LoadFailure) {
            let session = try open(options.endpoint.address, load)
            if options.warmup.count > 0 {
                _ = try session.run(
                    .duration(nanoseconds: options.warmup.count), pace: own.pace
                ) { observer.progressed("Warming up \(title)", $0) }
            }
            for repetition in 0..<options.repeats {
                guard var outcome = measure(title, repetition, own.pace, session, &observer) else {
                    break
                }
                outcome.cell = cell
                outcome.missedRate = isUnkept(outcome)
                if repetition == 0 { outcome.openingHandshakes = session.handshakes }
                if options.readsBack { readBack(&outcome) }
                outcomes.append(outcome)
                result.tests.append(outcome)
                observer.finished(outcome)
                judgeCell(outcome, &observer)
                if result.failure != nil { break }
            }
        } catch {
            result.failure = error
        }
        if outcomes.count > 1 { observer.repeated(outcomes) }
        return outcomes
    }
}
