// Rounds made up by a model of what live ones do, in thousands: the false alarms and the power of a
// policy, before any server runs.
//
// Everything that makes real rounds less informative than their number is in it, with its
// parameters in one place: launches that differ and share their difference over all cells of a
// round, one launch in so many far off, rounds that resemble the one before (AR(1)), throughput
// that follows CPU time. The gate runs as it does live, through ``OfflineMeasurer``.
//
// "Recorded" below: 314 rounds of four hours on a shared virtual machine with two CPUs, a baseline
// and two copies of it, one load (git show cb41521:Reports/rounds). Their log-ratios between copies
// scatter by 1.3–1.9 % in CPU time and 1.4–6.5 % in throughput, and resemble the one before with
// −0.18 … 0.24, 0.05 in the mean of 24 series.
import Distributions
import Foundation
import Quantities
import RunRecord

public struct RoundModel: Sendable {
    /// Standard deviation of one cell's log-ratio of CPU time in a round, everything included. Busy
    /// guests gave 1.7–4.6 %; the self-test tries 2, 3 and 5 %.
    public var cell = 0.03
    /// Of it, the launches' difference, which all cells of the round share: as measured, launch to
    /// launch.
    public var launch = 0.008
    /// Share of launches that are off, and by how much. Recorded: 2 of 942, by 6 and 7 %.
    public var offShare = 0.01
    public var off = 0.03
    /// Correlation of a cell's scatter with its own a round before: twice the recorded mean.
    public var serial = 0.1
    /// Of throughput's scatter with that of CPU time in the same cell. Recorded: 0.26 and three
    /// times 0.97 or more. The less it is, the more chances a false alarm has.
    public var metrics = 0.5
    /// As `cell` for throughput.
    public var throughput = 0.04
    /// As `cell` for the open loop's p50 and p99: A/A gates of 34 rounds on a guest of two cores.
    /// With 0.6 the interval of p99 is ±20 % wide after as many rounds.
    public var p50 = 0.09
    public var p99 = 0.6
    /// Scatter of the copy of the baseline, relative to the candidate's. It takes part in a quarter
    /// of the cells, where it has as many slices.
    public var sentinelFactor = 1.0
    /// Time of a round, in s, and of it under load on each side.
    public var roundSeconds = 10.0
    public var loadSeconds = 3.0

    public init() {}

    /// - Parameter cell: the scatter of one cell's CPU time; throughput has the machine's pauses
    ///   besides.
    public init(cell: Double) {
        self.cell = cell
        throughput = cell * 4 / 3
    }

    /// The parameters, for people.
    public var words: String {
        "one load scatters by \(cell.shortPercent(2)) a round in CPU time, "
            + "\(throughput.shortPercent(2)) in throughput; launches by \(launch.shortPercent(2)), "
            + "\(offShare.shortPercent(2)) of them \(off.shortPercent(2)) off; "
            + "p50 by \(p50.shortPercent(2)), p99 by \(p99.shortPercent(2)); "
            + "correlation \(serial) with the round before"
    }

    /// What the candidate does.
    public enum Fault: Sendable, Equatable {
        case nothing
        /// CPU time per operation, as shares: in every cell, in the first.
        case everyCell(Double)
        case oneCell(Double)
        /// CPU time once in so many requests, in s.
        case perRequests(Double, each: Double)
        /// CPU time once in so much time, in s.
        case perTime(Double, each: Double)
        /// Share of the time asleep.
        case stalls(Double)
        /// Every metric over all cells is as much worse as its rule lets it be, and no more.
        case margins
    }
}

/// What the rules over all cells allow.
private struct Margins {
    var cpu = 0.0
    var throughput = 0.0
    var stallShare = 0.0
    var stallMax = 0.0
    var growth = 0.0
    var latencies: [String: Double] = [:]

    init() {}

    init(_ policy: Policy) {
        func margin(_ metric: Metric) -> Double {
            guard let rule = policy.rule(for: metric.id), rule.kind == .timed else { return 0 }
            return rule.marginAbsolute ?? rule.margin
        }
        cpu = margin(.serverCPU)
        throughput = margin(.throughput)
        stallShare = margin(.stallShare)
        stallMax = margin(.stallMax)
        growth = margin(.memoryPerOperation)
        for point in ["p50", "p99"] {
            let metric = Metric.latency(command: "GET", timing: .intended, point: point)
            latencies[metric.id] = margin(metric)
        }
    }
}

/// Answers a gate's needs by a ``RoundModel``.
public struct ModelMeasurer: OfflineMeasurer {
    private let model: RoundModel
    private let fault: RoundModel.Fault
    private let cells: [(cell: Policy.Cell, conditions: Conditions)]
    /// Open-loop metrics and their scatter.
    private let latencies: [(metric: Metric, workload: String, deviation: Double)]
    /// How much worse than the baseline's the candidate's readings are by
    /// ``RoundModel/Fault/margins``.
    private let margins: Margins
    private var random: Xoshiro256PlusPlus
    /// Of which cells the copy takes part in.
    private var copies: SplitMix64
    /// By cell: what is left of the scatter of the round before.
    private var memory: [Double]
    /// Every round has the same, in the same order: those of the screening stage come first.
    private var series: [Series] = []
    /// Where a stage's begin, and which of them gets the next values.
    private var starts: [Stage: Int] = [:]
    private var next = 0
    private var rounds: [RunRecord.Round] = []

    /// A metric of one load and stage: values by side, then by round.
    private struct Series {
        let metric: Metric
        let workload: String?
        let conditions: Conditions
        var samples: [[Double?]] = [[], [], []]
    }

    private static let conditions: Conditions = [Estimator.condition: Estimator.total]

    public init(_ model: RoundModel, _ fault: RoundModel.Fault, _ policy: Policy, seed: UInt64) {
        self.model = model
        self.fault = fault
        cells = policy.cells.map { cell in
            (cell, Self.conditions.merging(["pipeline": .number(cell.pipeline)]) { $1 })
        }
        latencies =
            (policy.openLoop?.workload).map { workload in
                [("p50", model.p50), ("p99", model.p99)].map { point, deviation in
                    let metric = Metric.latency(command: "GET", timing: .intended, point: point)
                    return (metric, workload, deviation)
                }
            } ?? []
        margins = fault == .margins ? Margins(policy) : Margins()
        random = Xoshiro256PlusPlus(seed: seed)
        copies = SplitMix64(seed: seed)
        memory = policy.cells.map { _ in 0 }
    }

    private mutating func normal() -> Double {
        (-2 * log(1 - random.nextUnit())).squareRoot() * cos(2 * .pi * random.nextUnit())
    }

    private mutating func launch() -> Double {
        // Two launches differ, so each has half of the variance.
        let usual = model.launch / 2.0.squareRoot() * normal()
        return usual + (random.nextUnit() < model.offShare ? model.off : 0)
    }

    public mutating func answer(
        _ need: Need, _ sides: Sides, _ record: inout RunRecord
    ) -> Double {
        guard case .rounds(let stage, let first, let count) = need else { return 0 }
        for round in first..<(first + count) { add(round, stage, sides) }
        let labels = [sides.baseline, sides.sentinel, sides.candidate]
        record.results = series.flatMap { series in
            zip(labels, series.samples).compactMap { label, samples in
                label.map {
                    RunRecord.Result(
                        series.metric, target: $0, workload: series.workload,
                        conditions: series.conditions,
                        value: samples.compactMap(\.self).last ?? .nan, samples: samples)
                }
            }
        }
        record.rounds = rounds
        return Double(count) * model.roundSeconds
    }

    private mutating func keep(
        _ metric: Metric, _ workload: String?, _ conditions: Conditions, _ stage: Stage,
        _ values: [Double?]
    ) {
        if next == series.count {
            series.append(
                Series(
                    metric: metric, workload: workload,
                    conditions: conditions.merging(
                        [Stage.condition: .string(stage.rawValue)]) { $1 }))
        }
        for (side, value) in values.enumerated() { series[next].samples[side].append(value) }
        next += 1
    }

    private mutating func add(_ round: Int, _ stage: Stage, _ sides: Sides) {
        next = starts[stage] ?? series.count
        starts[stage] = next
        let launches = [launch(), launch(), launch()]
        let copied = Set(cells.indices.shuffled(using: &copies).prefix((cells.count + 3) / 4))
        for index in cells.indices {
            add(index, round, stage, launches, sides, isCopied: copied.contains(index))
        }
        guard !latencies.isEmpty else { return }
        for (metric, workload, deviation) in latencies {
            let scatter = deviation / 2.0.squareRoot()
            let worse = 1 + (margins.latencies[metric.id] ?? 0)
            let values = (0..<3).map { side in
                1e5 * exp(scatter * normal() * (side == 1 ? model.sentinelFactor : 1))
                    * (side == 2 ? worse : 1)
            }
            keep(metric, workload, Self.conditions, stage, values)
        }
        // Sleeps of 20 ms.
        let asleep = if case .stalls = fault { 2e7 } else { margins.stallMax }
        let longest = (0..<3).map { 4e6 * exp(0.8 * normal()) + ($0 == 2 ? asleep : 0) }
        keep(.stallMax, nil, Self.conditions, stage, longest)
        let growth = (0..<3).map { 0.02 * normal() + ($0 == 2 ? margins.growth : 0) }
        keep(.memoryPerOperation, nil, Self.conditions, stage, growth)
    }

    /// One cell of one round on all sides.
    private mutating func add(
        _ index: Int, _ round: Int, _ stage: Stage, _ launches: [Double], _ sides: Sides,
        isCopied: Bool
    ) {
        let (cell, conditions) = cells[index]
        // About what a request costs a server of one thread.
        let cost = cell.pipeline > 1 ? 1.1e-6 : 8e-6
        let seconds = model.loadSeconds / Double(cells.count)
        let own = max(0, model.cell * model.cell - model.launch * model.launch).squareRoot()
        memory[index] =
            model.serial * memory[index]
            + (1 - model.serial * model.serial).squareRoot() * normal()
        let (shared, copy) = (memory[index], normal())
        var cpu: [Double] = []
        var throughput: [Double] = []
        var stalls: [Double] = []
        for side in 0..<3 {
            let noise = side == 0 ? 0 : side == 1 ? copy * model.sentinelFactor : shared
            let other = side == 0 ? 0 : normal() * (side == 1 ? model.sentinelFactor : 1)
            let ops = seconds * 0.9 / cost
            let extra = side == 2 ? burst(ops, seconds) : (cpu: 0, time: 0)
            let slower = side == 2 ? steady(index) : 0
            let atMargin = side == 2 ? margins : Margins()
            let perOp =
                cost * exp(launches[side] + own * noise) * (1 + slower + atMargin.cpu)
                + extra.cpu / ops
            let mixed =
                model.metrics * noise + (1 - model.metrics * model.metrics).squareRoot() * other
            let time =
                seconds * exp(launches[side] + model.throughput * mixed) * (1 + slower)
                / (1 - atMargin.throughput) + extra.time
            let asleep = side == 2 ? sleep : 0
            cpu.append(perOp * Nanoseconds.perSecond)
            throughput.append(ops / (time / (1 - asleep)))
            stalls.append(abs(0.002 * normal()) + asleep + atMargin.stallShare)
            keepTotals(
                cell.workload, conditions, round, stage,
                [sides.baseline, sides.sentinel, sides.candidate][side],
                ops: ops, cpu: perOp * ops, time: time / (1 - asleep), stalls: stalls[side])
        }
        for (metric, values) in [
            (Metric.serverCPU, cpu), (.throughput, throughput), (.stallShare, stalls),
        ] {
            keep(
                metric, cell.workload, conditions, stage,
                values.enumerated().map { $0 == 1 && !isCopied ? nil : $1 })
        }
    }

    private func steady(_ index: Int) -> Double {
        switch fault {
        case .everyCell(let share): share
        case .oneCell(let share): index == 0 ? share : 0
        default: 0
        }
    }

    private var sleep: Double { if case .stalls(let share) = fault { share } else { 0 } }

    /// CPU time and wall time of the bursts that fall into a cell of a round, in s.
    private mutating func burst(_ ops: Double, _ seconds: Double) -> (cpu: Double, time: Double) {
        switch fault {
        case .perRequests(let cost, let each):
            let count = (ops / each + random.nextUnit()).rounded(.down)
            return (count * cost, count * cost)
        case .perTime(let cost, let each):
            // CPU time counts over the cell's whole time, the load is a share of it.
            let whole = model.roundSeconds / Double(max(cells.count, 1))
            let count = (whole / each + random.nextUnit()).rounded(.down)
            return (count * cost, count * cost * seconds / whole)
        default: return (0, 0)
        }
    }

    private mutating func keepTotals(
        _ workload: String, _ conditions: Conditions, _ round: Int, _ stage: Stage,
        _ target: String?, ops: Double, cpu: Double, time: Double, stalls: Double
    ) {
        guard let target else { return }
        func nanoseconds(_ seconds: Double) -> Int {
            Int(saturating: seconds * Nanoseconds.perSecond)
        }
        var totals = RunRecord.Totals(ops: Int(saturating: ops), nanoseconds: nanoseconds(time))
        totals.serverCPUNanoseconds = nanoseconds(cpu)
        totals.stallNanoseconds = nanoseconds(stalls * time)
        rounds.append(
            RunRecord.Round(
                round: round, seed: 0, order: 0, target: target, workload: workload,
                conditions: conditions, stage: stage.rawValue, totals: totals))
    }
}
