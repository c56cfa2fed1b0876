// What a round does with the servers that it launched: one cell after the other, in slices that
// take turns.
import Distributions
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Targets

/// A round that is under way.
struct RoundPart {
    let round: Int
    let seed: UInt64
    let stage: String?
    let plan: RoundPlan
    let machine: MachineShare
    var warmUpNanoseconds: UInt64 = 0
    var blocks = 0
    /// Whether the cell that opens next is all that memory can grow in.
    var notesBytes = false
    /// How stacks are sampled at the end of the cell that opens next; nil: they are not.
    var sampling: CellSampling?
    /// Of all cells so far.
    var profiles: [StackProfile] = []

    /// A contestant, and the number of its target.
    typealias Entrant = (contestant: Contestant, target: Int)

    /// Slices of an open loop are long: each begins on idle connections.
    private static let openLoopSlice = Nanoseconds(50, .milliseconds)
    /// A p99 of fewer requests than this is decided by a handful of them.
    private static let openLoopRequests = 10_000.0
    /// Bounds of the open loop's time on each server. A pause of 3 ms that no account shows is 1 %
    /// of 0.3 s, and then the p99 of one round in four was its length (38 rounds on a guest of
    /// which the host took 1 %); of 0.75 s it is too little.
    private static let openLoopSeconds = 0.75...2.0

    // MARK: closed loop

    /// Drives a cell. Entrants sit out when they are not in the list.
    /// - Returns: the drift that all servers had in common.
    mutating func closedLoop(
        _ cell: RoundCell, _ entrants: [Entrant], _ number: Int, _ readings: inout RoundsReadings,
        _ random: inout SplitMix64, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Double? {
        let entrants = entrants.shuffled(using: &random)
        let load = Double(blocks) * Double(2 * plan.sliceNanoseconds)
        let all = load + Double(sampling?.blocks ?? 0) * Double(2 * plan.sliceNanoseconds)
        let begun = warmUpShare(beside: all)
        let measured = begun + (1 - begun) * load / max(all, 1)
        try open(cell, entrants, number, until: begun, &random, recorder)
        try sampleMeasured(entrants, recorder)
        let slice = BurstLimit.duration(nanoseconds: plan.sliceNanoseconds)
        let families = entrants.compactMap(\.contestant.family)
        defer { keep(cell, entrants, recorder) }
        try recorder.phase("measure") { () throws(ExperimentFailure) in
            var failures = RoundFailures(round: round)
            for block in 0..<blocks {
                let isLast = !failures.isEmpty
                for entrant in entrants + entrants.reversed() {
                    try failures.attempt(entrant.target, recorder) { () throws(ExperimentFailure) in
                        try entrant.contestant.slice(slice, machine, among: families, recorder)
                    }
                }
                recorder.progress.advance(
                    to: begun + (measured - begun) * Double(block + 1) / Double(blocks))
                if isLast { break }
            }
            try failures.end()
        }
        let drift = finish(cell, entrants, number, &readings, recorder)
        keepMeasured(cell, entrants)
        try sample(entrants, from: measured, recorder)
        try requireRightAnswers(cell, entrants, recorder)
        for entrant in entrants { entrant.contestant.close() }
        return drift
    }

    /// Wrong values, lost keys and errors on any side go into the record and end the rounds.
    private func requireRightAnswers(
        _ cell: RoundCell, _ entrants: [Entrant], _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let workload = cell.workload.workload
        let baseline = entrants.first { $0.target == 0 }?.contestant
        let incidents = entrants.flatMap { entrant -> [RunRecord.Incident] in
            let contestant = entrant.contestant
            let (total, label) = (contestant.total, contestant.target.label)
            var incidents = Answers.incidents(
                of: total, target: label, workload: workload.name, round: round)
            let hits =
                HitRatio.incident(total, workload, label, round: round)
                ?? baseline.flatMap {
                    HitRatio.incident(
                        total, besides: $0.total, of: $0.target.label, workload, label,
                        round: round)
                }
            if let hits, incidents.isEmpty { incidents.append(hits) }
            return incidents
        }.filter { $0.kind != .errors || plan.errorPolicy != .ignore }
        for incident in incidents { recorder.add(incident) }
        if let problem = Answers.problem(incidents, plan.errorPolicy) {
            throw ExperimentFailure(.invalid, problem)
        }
    }

    /// Which part of a cell its warm-up is.
    /// - Parameter load: of its slices on one server, in ns.
    private func warmUpShare(beside load: Double) -> Double {
        let warmUp = Double(warmUpNanoseconds) * 1.25
        return warmUp / max(warmUp + load, 1)
    }

    /// Connects, warms up, and begins the accounts.
    /// - Parameter until: which part of the cell's progress that is.
    private func open(
        _ cell: RoundCell, _ entrants: [Entrant], _ number: Int, until: Double,
        _ random: inout SplitMix64, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var failures = RoundFailures(round: round)
        let phase = Double.random(in: 1...1.5, using: &random)
        let warmUp = BurstLimit.duration(nanoseconds: UInt64(Double(warmUpNanoseconds) * phase))
        for entrant in entrants {
            try failures.attempt(entrant.target, recorder) { () throws(ExperimentFailure) in
                try entrant.contestant.open(cell, plan, seed: seed &+ UInt64(number) << 32)
            }
        }
        for (position, entrant) in entrants.enumerated() {
            let contestant = entrant.contestant
            try failures.attempt(entrant.target, recorder) { () throws(ExperimentFailure) in
                try recorder.phase("warm-up", contestant.target.label) {
                    () throws(ExperimentFailure) in try contestant.warmUp(warmUp)
                }
            }
            recorder.progress.advance(to: until * Double(position + 1) / Double(entrants.count))
        }
        try failures.end()
        if notesBytes {
            for entrant in entrants { entrant.contestant.noteBytes() }
        }
        for entrant in entrants { entrant.contestant.begin() }
    }

    /// Ends the accounts, and takes the readings.
    private func finish(
        _ cell: RoundCell, _ entrants: [Entrant], _ number: Int, _ readings: inout RoundsReadings,
        _ recorder: Recorder
    ) -> Double? {
        for entrant in entrants { entrant.contestant.end() }
        let slices = entrants.map(\.contestant.slices)
        for (entrant, drift) in zip(entrants, RoundDrift.own(slices)) {
            guard let drift, abs(drift) > RoundDrift.limit else { continue }
            recorder.warn(
                "server CPU per operation drifted by \(abs(drift).percent(0)) "
                    + "against the others within a round",
                remedy: "give it a longer warm-up", target: entrant.contestant.target.label)
        }
        for target in readings.cells[number].indices {
            guard let contestant = entrants.first(where: { $0.target == target })?.contestant
            else {
                readings.cells[number][target].skip()
                continue
            }
            readings.cells[number][target].add(
                contestant.totals, contestant.total, contestant.slices, contestant.target.label,
                recorder)
            note(contestant.totals, target, &readings)
        }
        return RoundDrift.common(slices)
    }

    /// The longest stall of the round so far.
    private func note(
        _ totals: RunRecord.Totals, _ target: Int, _ readings: inout RoundsReadings
    ) {
        let longest = Double(totals.longestStallNanoseconds)
        // Growth is noted once per round, so its count tells whether this round has an entry.
        if readings.longestStalls[target].count <= readings.growth[target].count {
            readings.longestStalls[target].append(longest)
        } else {
            let last = readings.longestStalls[target].count - 1
            readings.longestStalls[target][last] = max(
                readings.longestStalls[target][last] ?? 0, longest)
        }
    }

    /// Slices taken before a failure are evidence, but not a round's totals.
    private func keep(_ cell: RoundCell, _ entrants: [Entrant], _ recorder: Recorder) {
        for entrant in entrants where !entrant.contestant.slices.isEmpty {
            recorder.add(
                RunRecord.Round(
                    round: round, seed: seed, order: entrant.contestant.order,
                    target: entrant.contestant.target.label,
                    workload: cell.workload.workload.name, conditions: cell.conditions(plan),
                    stage: stage, slices: entrant.contestant.slices,
                    totals: entrant.contestant.totals))
            for host in entrant.contestant.hosts {
                recorder.add(
                    RunRecord.LoadHost(
                        host, target: entrant.contestant.target.label,
                        workload: cell.workload.workload.name, recorder))
            }
        }
    }

    // MARK: open loop

    /// The cell's share of what the slower of the servers answers in a closed loop, in requests per
    /// second.
    /// - Parameter alive: everybody, those that are not compared too.
    func openLoopRate(
        _ cell: RoundCell, _ contestants: [Contestant], among alive: [Contestant],
        _ recorder: Recorder
    ) throws(ExperimentFailure) -> Double {
        var slowest = Double.infinity
        let families = alive.compactMap(\.family)
        let slice = BurstLimit.duration(nanoseconds: Self.openLoopSlice.count)
        for contestant in contestants { try contestant.open(cell, plan, seed: seed) }
        for contestant in contestants {
            try contestant.warmUp(slice)
            contestant.begin()
        }
        for _ in 0..<4 {
            for contestant in contestants {
                try contestant.slice(slice, machine, among: families, recorder)
            }
        }
        for contestant in contestants {
            contestant.end()
            contestant.close()
            slowest = min(slowest, contestant.totals.throughput ?? 0)
        }
        guard slowest.isFinite, slowest > 0 else {
            throw ExperimentFailure(
                .invalid, "no requests were answered under \(cell.title); look in the server's log")
        }
        return slowest * (cell.openLoopShare ?? 1)
    }

    mutating func openLoop(
        _ cell: RoundCell, _ entrants: [Entrant], _ number: Int, _ rate: Double,
        _ readings: inout RoundsReadings, _ random: inout SplitMix64, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let entrants = entrants.shuffled(using: &random)
        let wanted = min(
            max(Self.openLoopRequests / rate, Self.openLoopSeconds.lowerBound),
            Self.openLoopSeconds.upperBound)
        let begun = warmUpShare(beside: Nanoseconds.value(wanted, .seconds, in: .nanoseconds))
        try open(cell, entrants, number, until: begun, &random, recorder)
        // Slow servers answer fewer in all of it.
        let enough = min(Self.openLoopRequests, rate * wanted / 2)
        let step = Self.openLoopSlice.seconds
        let limit = BurstLimit.duration(nanoseconds: Self.openLoopSlice.count)
        let families = entrants.compactMap(\.contestant.family)
        defer { keep(cell, entrants, recorder) }
        // A server that falls behind the rate takes longer over a slice than the slice is.
        let most = Self.openLoopSeconds.upperBound * Double(entrants.count)
        let end = recorder.now + Int(clamping: Nanoseconds(seconds: most).count)
        try recorder.phase("measure") { () throws(ExperimentFailure) in
            var done = 0
            var failures = RoundFailures(round: round)
            // Until each has requests enough in slices that the machine left alone.
            while done == 0
                || recorder.now < end
                    && (Double(done) * step < wanted
                        || Double(done) * step < Self.openLoopSeconds.upperBound
                            && entrants.contains(where: { $0.contestant.isDisturbed(enough) }))
            {
                let isLast = !failures.isEmpty
                let pace = Pace(rate: rate, arrival: .poisson, seed: random.next())
                let turn = done % 2 == 0 ? entrants : entrants.reversed()
                for entrant in turn {
                    try failures.attempt(entrant.target, recorder) { () throws(ExperimentFailure) in
                        try entrant.contestant.slice(
                            limit, pace: pace, machine, among: families, recorder)
                    }
                }
                done += 1
                recorder.progress.advance(
                    to: begun + (1 - begun) * min(Double(done) * step / wanted, 1))
                if isLast { break }
            }
            try failures.end()
        }
        for entrant in entrants { entrant.contestant.end() }
        if entrants.contains(where: { $0.contestant.isDisturbed(enough) }) {
            recorder.warn(
                "the machine took time from most slices of an open loop: its latencies are of the "
                    + "others, and few",
                remedy: "use a quieter machine")
        }
        for entrant in entrants {
            let contestant = entrant.contestant
            readings.cells[number][entrant.target].add(
                contestant.totals, contestant.undisturbed, contestant.slices,
                contestant.target.label, recorder)
            contestant.close()
        }
        try requireRightAnswers(cell, entrants, recorder)
    }
}
