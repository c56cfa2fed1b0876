// Rounds of several targets under one or several loads, and the results that follow from them.
//
//     round   launch C, A, B   fill   settle
//             cell 3   warm up   a c c a  a c c a …            each cell in a random order,
//             cell 1   warm up   c b a a b c  c b a a b c …    one after the other
//             …
//             memory   open-loop cells   stop
//
// A copy of the baseline (the sentinel) is launched in every round and sits out three of four
// cells: it has only to show what two equal servers differ by. In the cells in which it takes part
// it has as many slices as the others, and so as many pauses.
import Distributions
import LoadGenerator
import Progress
import RunRecord
import Targets
import Workloads

/// What the first round finds out and all later ones keep to.
public struct RoundCalibration: Sendable, Equatable {
    /// Of the open-loop cells, in requests per second, by the cell's number.
    public internal(set) var rates: [Int: Double] = [:]
    /// By how much rounds are longer than planned, so that slow servers answer enough requests.
    public internal(set) var stretch: Double?

    public init() {}
}

public struct InterleavedRounds {
    public let targets: [Target]
    public let cells: [RoundCell]
    public let plan: RoundPlan
    /// May running servers that hold entries be emptied?
    public var allowFlush = false
    /// What sets the results of these rounds apart from others of the run.
    public var conditions: Conditions = [:]
    /// The stage that the record's rounds name.
    public var stage: String?
    /// The label of a target that takes part in some cells alone.
    public var sentinel: String?
    public var calibration = RoundCalibration()
    /// Rounds of all the runs that go on counting, for people; nil: those of the plan.
    public var roundsInAll: Int?
    /// Whether the first round's rates are told as soon as they are measured.
    public var tellsFirstRound = false
    /// Whether misses that are counted after the rounds are told by function, too.
    public var tellsMissFunctions = false
    /// Where the servers are from.
    public var host: any RoundHost = LocalRounds()

    public init(_ targets: [Target], _ workload: CompiledWorkload, _ plan: RoundPlan) {
        self.init(targets, [RoundCell(workload, pipeline: plan.pipeline)], plan)
    }

    public init(_ targets: [Target], _ cells: [RoundCell], _ plan: RoundPlan) {
        self.targets = targets
        self.cells = cells
        self.plan = plan
    }

    /// Runs the rounds and adds rounds and results to the record.
    ///
    /// A failure after the first round leaves the results of the rounds before it in the record.
    public mutating func run(_ recorder: Recorder) throws(ExperimentFailure) {
        for cell in cells { try plan.client?.check(cell.workload.workload) }
        try MemoryNeeds.check(cells.map(\.workload), on: targets, recorder.placement)
        recorder.add(targets)
        for cell in cells {
            recorder.add(
                workload: cell.workload.workload.name,
                contentHash: cell.workload.workload.contentHash)
            recorder.warn(ofUnused: cell.workload.workload)
        }
        var readings = RoundsReadings(targets: targets.count, cells: cells.count)
        var drift = CommonDrift()
        defer {
            drift.warn(recorder)
            addResults(readings, recorder)
        }
        let start = host.accounts.monotonicNanoseconds()
        for round in 0..<plan.rounds {
            let spent = host.accounts.monotonicNanoseconds() - start
            if round > 0, let budget = plan.budgetNanoseconds,
                spent + spent / UInt64(round) > budget
            {
                break
            }
            let phase = phase(round, spent: spent)
            recorder.progress.begin(phase.name, phase.span)
            defer { recorder.progress.end() }
            // A round that fails leaves its slices in the record, and no reading.
            var attempt = readings
            do throws(ExperimentFailure) {
                try run(plan.firstRound + round, &attempt, &drift, recorder)
                readings = attempt
            } catch {
                var error = error
                error.incident?.round = plan.firstRound + round
                if let incident = error.incident { recorder.add(incident) }
                // Only a first launch that fails is a set-up that cannot work.
                if error.kind == .setUp && plan.firstRound + round > 0 {
                    throw ExperimentFailure(
                        .invalid, "round \(plan.firstRound + round + 1): \(error)",
                        incident: error.incident)
                }
                throw error
            }
        }
    }

    private mutating func run(
        _ round: Int, _ readings: inout RoundsReadings, _ drift: inout CommonDrift,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let start = host.accounts.monotonicNanoseconds()
        var random = SplitMix64(seed: plan.seed &+ UInt64(round))
        let seed = plan.pinsSeed ? plan.seed : random.next()
        let order = targets.indices.shuffled(using: &random)
        var contestants: [Contestant] = []
        defer {
            for contestant in contestants {
                recorder.notePages(of: contestant.server)
                contestant.server.stop()
            }
        }
        try launch(order, round, seed: seed, &contestants, recorder)
        recorder.progress.begin("", forecast.spans[1])
        defer { recorder.progress.end() }
        var part = RoundPart(
            round: round, seed: seed, stage: stage, plan: plan,
            machine: MachineShare(plan.placement, host.accounts))
        let closed = cells.indices.filter { cells[$0].openLoopShare == nil }
            .shuffled(using: &random)
        let sentinelCells = Set(closed.prefix((closed.count + 3) / 4))
        let open = cells.indices.filter { cells[$0].openLoopShare != nil }
        let weights = forecast.cells
        let spans = Course.spans((closed + open).map { weights[$0] })
        part.warmUpNanoseconds = plan.warmUpNanoseconds
        // What a server allocates once in its life is left out: with several cells the first one.
        part.notesBytes = closed.count == 1
        for (position, number) in closed.enumerated() {
            let present = contestants.indices.filter {
                contestants[$0].target.label != sentinel || sentinelCells.contains(number)
            }
            part.blocks = plan.blocks(
                of: cells[number], among: cells, stretch: calibration.stretch ?? 1)
            part.sampling = CellSampling(cells[number], among: cells, plan, without: sentinel)
            let pairs = present.map { (contestants[$0], order[$0]) }
            begin(cells[number], spans[position], recorder)
            defer { recorder.progress.end() }
            drift.add(
                try part.closedLoop(cells[number], pairs, number, &readings, &random, recorder))
            if tellsFirstRound && round == 0 { tell(cells[number], pairs, round, recorder) }
            if position == 0 {
                // Enough for what a server does once in its life; later cells bring their own load.
                part.warmUpNanoseconds /= UInt64(max(closed.count, 1))
                if closed.count > 1 {
                    for contestant in contestants { contestant.noteBytes() }
                }
            }
        }
        part.notesBytes = false
        noteGrowth(contestants, order, &readings)
        for (position, number) in open.enumerated() {
            begin(cells[number], spans[closed.count + position], recorder)
            defer { recorder.progress.end() }
            if calibration.rates[number] == nil {
                let compared = contestants.filter { $0.target.label != sentinel }
                calibration.rates[number] = try part.openLoopRate(
                    cells[number], compared, among: contestants, recorder)
            }
            guard let rate = calibration.rates[number] else { continue }
            let pairs = contestants.indices.map { (contestants[$0], order[$0]) }
            try part.openLoop(
                cells[number], pairs, number, rate, &readings, &random, recorder)
        }
        for profile in part.profiles { recorder.add(profile) }
        calibrate(contestants, host.accounts.monotonicNanoseconds() - start)
    }

    /// How long later rounds are, from what the first did in so many ns.
    private mutating func calibrate(_ contestants: [Contestant], _ nanoseconds: UInt64) {
        guard calibration.stretch == nil, plan.loadNanoseconds != nil else { return }
        let most = contestants.filter { $0.target.label != sentinel }.map(\.operations).max()
        calibration.stretch = plan.stretch(
            requests: UInt64(most ?? 0), nanoseconds: nanoseconds)
    }

    /// Launches, fills and settles everybody in that order.
    /// - Parameter contestants: who is alive, also where it throws.
    private func launch(
        _ order: [Int], _ round: Int, seed: UInt64, _ contestants: inout [Contestant],
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        recorder.progress.begin("", forecast.spans[0])
        defer { recorder.progress.end() }
        var failures = RoundFailures(round: round)
        for (position, index) in order.enumerated() {
            recorder.progress.begin("", Course.part(position, of: order.count))
            defer { recorder.progress.end() }
            recorder.progress.say("launching and filling \(targets[index].label)")
            try failures.attempt(index, recorder) { () throws(ExperimentFailure) in
                let server = try host.fill(
                    targets[index], cells.map(\.workload), plan, seed: seed,
                    readsMemory: plan.readsMemory && round == 0, allowFlush: allowFlush, recorder)
                contestants.append(Contestant(server, order: position))
            }
        }
        try failures.end()
    }

    private func begin(_ cell: RoundCell, _ span: ClosedRange<Double>, _ recorder: Recorder) {
        recorder.progress.begin("", span)
        recorder.progress.say(cells.count == 1 ? "measuring" : cell.title)
    }

    private func noteGrowth(
        _ contestants: [Contestant], _ order: [Int], _ readings: inout RoundsReadings
    ) {
        for (contestant, index) in zip(contestants, order) {
            readings.growth[index].append(contestant.growthPerOperation())
        }
    }

    private func addResults(_ readings: RoundsReadings, _ recorder: Recorder) {
        for (number, cell) in cells.enumerated() {
            var conditions = cell.conditions(plan)
            for (name, value) in self.conditions { conditions[name] = value }
            // Who sat out all of these rounds has empty samples for them: results are merged by
            // position, and the same position is the same round.
            let present = readings.cells[number].first { !$0.isEmpty }
            for (target, reading) in zip(targets, readings.cells[number]) where reading.count > 0 {
                guard let shown = reading.isEmpty ? present : reading else { continue }
                let results = shown.results(
                    target.label, cell.workload.workload.name, conditions,
                    cell.openLoopShare == nil ? .closed : .openForLatency)
                for result in results {
                    recorder.add(reading.isEmpty ? result.satOut : result)
                }
            }
        }
        addWholeRoundResults(readings, recorder)
    }

    /// What belongs to a round and to none of its cells.
    private func addWholeRoundResults(_ readings: RoundsReadings, _ recorder: Recorder) {
        // With one cell it belongs to that cell's workload.
        let workload = cells.count == 1 ? cells[0].workload.workload.name : nil
        var conditions: Conditions = ["estimator": "total"]
        for (name, value) in self.conditions { conditions[name] = value }
        for (index, target) in targets.enumerated() where !readings.growth[index].isEmpty {
            recorder.add(
                RoundReadings.result(
                    .memoryPerOperation, readings.growth[index], target.label, workload,
                    conditions, "the server does not report used_memory"))
            recorder.add(
                RoundReadings.result(
                    .stallMax, readings.longestStalls[index], target.label, workload, conditions,
                    "no slice had an operation"))
        }
    }
}

extension RunRecord.Result {
    /// What it would be of a target that took part in none of its rounds.
    fileprivate var satOut: RunRecord.Result {
        guard let metric = Metric.named(metric) else { return self }
        return RunRecord.Result(
            metric, target: target, workload: workload, conditions: conditions,
            unavailable: "it sat these rounds out", samples: samples.map { _ in nil })
    }
}

/// All readings of some rounds: by cell, then by target in the order of the command line.
struct RoundsReadings {
    var cells: [[RoundReadings]]
    /// By target: growth of memory per operation, and the longest stall, of each round.
    var growth: [[Double?]]
    var longestStalls: [[Double?]]

    init(targets: Int, cells: Int) {
        self.cells = Array(
            repeating: Array(repeating: RoundReadings(), count: targets), count: cells)
        growth = Array(repeating: [], count: targets)
        longestStalls = growth
    }
}
