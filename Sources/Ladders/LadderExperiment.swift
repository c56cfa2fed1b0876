// Climbs ladders: rounds in which every rung of every ladder gets the same blocks of requests, in
// turns (see LadderPlan.swift).
//
// That they did the same work is proved and not assumed: what each rung was given has one digest,
// and its replies to the first and the last block of a round have one as well, byte by byte, on the
// table alone, in the engine and from every server. A difference makes the run invalid.
import Distributions
import Experiments
import LinuxSystem
import LoadGenerator
import Progress
import ReferenceServer
import RunRecord
import Targets
import Workloads

public struct LadderExperiment {
    public let ladders: [Ladder]
    public let workload: CompiledWorkload
    public let plan: LadderPlan

    public init(_ ladders: [Ladder], _ workload: CompiledWorkload, _ plan: LadderPlan) {
        self.ladders = ladders
        self.workload = workload
        self.plan = plan
    }

    /// Requests of a turn.
    var depth: Int { plan.pipeline ?? workload.workload.load.pipeline }

    /// Requests of a block: whole turns.
    var blockRequests: Int { max(plan.requests / depth, 1) * depth }

    /// Runs the rounds and adds results to the record; rounds before a failure stay in them.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) {
        if let problem { throw ExperimentFailure(.usage, problem) }
        try requireMemory()
        recorder.add(ladders.compactMap { $0.table?.target } + ladders.compactMap(\.top))
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        recorder.warn(ofUnused: workload.workload)
        recorder.warn(ofWaits: workload.workload)
        var readings = LadderReadings(ladders)
        defer { addResults(readings, recorder) }
        for round in 0..<plan.rounds {
            recorder.progress.begin(
                "\(workload.workload.name): round \(round + 1) of \(plan.rounds)",
                Course.part(round, of: plan.rounds))
            defer { recorder.progress.end() }
            do throws(ExperimentFailure) {
                readings.add(try run(round, recorder))
            } catch {
                var error = error
                error.incident?.round = round
                if let incident = error.incident { recorder.add(incident) }
                // Only a first launch that fails is a set-up that cannot work.
                if error.kind == .setUp && round > 0 {
                    throw ExperimentFailure(
                        .invalid, "round \(round + 1): \(error)", incident: error.incident)
                }
                throw error
            }
        }
    }

    private func run(
        _ round: Int, _ recorder: Recorder
    ) throws(ExperimentFailure) -> [Climber] {
        var random = SplitMix64(seed: plan.seed &+ UInt64(round))
        let seed = random.next()
        var climbers: [Climber] = []
        defer {
            for climber in climbers {
                if let rung = climber.body as? ServerRung { recorder.notePages(of: rung.server) }
                climber.body.stop()
            }
        }
        try place(seed, &climbers, recorder)
        try fill(climbers, seed, recorder)
        try recorder.phase("measure") { () throws(ExperimentFailure) in
            try climb(climbers, seed, &random, recorder)
        }
        try Self.requireSameWork(climbers, round)
        return climbers
    }

    // MARK: rungs

    /// Servers first, those that may be unreachable before the others: their failures cost no fill.
    /// - Parameter climbers: who is there, also where it throws.
    private func place(
        _ seed: UInt64, _ climbers: inout [Climber], _ recorder: Recorder
    ) throws(ExperimentFailure) {
        for (index, ladder) in ladders.enumerated() {
            guard let top = ladder.top else { continue }
            let server = try launch(top, seed, recorder)
            climbers.append(
                Climber(index, ladder.label, .target, ServerRung(server, depth: depth)))
        }
        for (index, ladder) in ladders.enumerated() {
            guard let table = ladder.table else { continue }
            let server = try launch(table.target, seed, recorder)
            climbers.append(
                Climber(index, ladder.label, .loopback, ServerRung(server, depth: depth)))
        }
        for (index, ladder) in ladders.enumerated() {
            guard let configuration = ladder.configuration(seed) else { continue }
            climbers.append(
                Climber(
                    index, ladder.label, .engine, EngineRung(ladder.label, configuration)))
            climbers.append(
                Climber(index, ladder.label, .table, TableRung(ladder.label, configuration)))
        }
    }

    private func launch(
        _ target: Target, _ seed: UInt64, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        var launch = LaunchOptions()
        launch.seed = seed
        let server = try Launching.launch(target, launch, recorder)
        let connection = try server.controlConnection()
        try Launching.requireEmpty(server, connection, allowFlush: plan.allowFlush)
        return server
    }

    private func fill(
        _ climbers: [Climber], _ seed: UInt64, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        recorder.progress.begin("", 0...0.5)
        defer { recorder.progress.end() }
        let fill = LadderFill(workload: workload, seed: seed)
        for (index, climber) in climbers.enumerated() {
            recorder.progress.begin("", Course.part(index, of: climbers.count))
            defer { recorder.progress.end() }
            recorder.progress.say("filling \(climber.title)")
            try recorder.phase("prefill", climber.label) { () throws(ExperimentFailure) in
                try climber.body.fill(fill) { recorder.progress.advance(to: $0) }
            }
        }
    }

    // MARK: blocks

    private func climb(
        _ climbers: [Climber], _ seed: UInt64, _ random: inout SplitMix64, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        recorder.progress.begin("", 0.5...1)
        defer { recorder.progress.end() }
        recorder.progress.say("measuring")
        var source = WorkloadSource(
            workload, seed: seed, checksAnswers: false, sendsWaits: false,
            WorkerPlace(index: 0, count: 1))
        let last = plan.blocks + 1
        for number in 0...last {
            let block = RequestBlock(&source, requests: blockRequests, depth: depth)
            let isProof = number == 0 || number == last
            for climber in climbers.shuffled(using: &random) {
                if Interruption.requested {
                    throw ExperimentFailure(.interrupted, "interrupted")
                }
                climber.body.rest()
                if isProof {
                    _ = try climber.body.run(block, .proved)
                } else {
                    try climber.time(block)
                }
            }
            recorder.progress.advance(to: Double(number + 1) / Double(last + 1))
        }
    }

    /// Throws unless all were given the same bytes and answered with the same.
    private static func requireSameWork(
        _ climbers: [Climber], _ round: Int
    ) throws(ExperimentFailure) {
        // The engine, where there is one: it is neither the least nor the most.
        guard let judge = climbers.first(where: { $0.rung == .engine }) ?? climbers.first else {
            return
        }
        for climber in climbers {
            let (own, other) = (climber.body.account, judge.body.account)
            let alike = climbers.first { ($0.rung == .table) == (climber.rung == .table) }
            let what: String? =
                if own.requests != other.requests {
                    "was given other requests (digest \(own.requests)) than \(judge.title) "
                        + "(\(other.requests))"
                } else if own.replies != other.replies {
                    "answered otherwise (digest \(own.replies)) than \(judge.title) "
                        + "(\(other.replies))"
                } else if let alike, own.sum != alike.body.account.sum {
                    "answered with a sum of \(own.sum) while it was timed, and \(alike.title) "
                        + "with \(alike.body.account.sum)"
                } else {
                    nil
                }
            guard let what else { continue }
            throw ExperimentFailure(
                .invalid,
                "\(climber.title) \(what) in round \(round + 1), so their costs are not of the "
                    + "same work; see whether one of them evicts, expires or loses keys",
                incident: RunRecord.Incident(
                    target: climber.label, kind: .wrongValues, round: round,
                    detail: "\(climber.rung.rawValue) \(what)"))
        }
    }
}

extension Ladder {
    /// What the rungs in this process are made of.
    /// - Parameter seed: of the hash, as a launch gives it to a server whose query names none.
    func configuration(_ seed: UInt64) -> ServerConfiguration? {
        guard let table else { return nil }
        var configuration = table.configuration
        guard case .reference(_, let options) = table.target.kind else { return configuration }
        if !options.contains(where: { $0.key == "seed" }) { configuration.keyspace.seed = seed }
        return configuration
    }
}

/// A rung of a ladder in a round, and what its timed requests have cost so far.
final class Climber {
    /// Position among the ladders.
    let ladder: Int
    let label: String
    let rung: LadderRung
    let body: any Rung
    private var operations = 0
    private var cpuNanoseconds: UInt64? = 0

    init(_ ladder: Int, _ label: String, _ rung: LadderRung, _ body: any Rung) {
        self.ladder = ladder
        self.label = label
        self.rung = rung
        self.body = body
    }

    /// For people.
    var title: String { "\(label)'s \(rung.rawValue)" }

    /// CPU time per operation; nil where it cannot be read.
    var perOperation: Double? {
        guard let cpuNanoseconds, operations > 0 else { return nil }
        return Double(cpuNanoseconds) / Double(operations)
    }

    func time(_ block: RequestBlock) throws(ExperimentFailure) {
        let turns = block.turns
        let start = turns.lowerBound + LadderPlan.leadIn(ofTurns: turns.count)
        _ = try body.run(block, turns.lowerBound..<start, .timed)
        let reading = try body.run(block, start..<turns.upperBound, .timed)
        operations += reading.operations
        guard let spent = reading.cpuNanoseconds, let before = cpuNanoseconds else {
            cpuNanoseconds = nil
            return
        }
        cpuNanoseconds = before + spent
    }
}
