// All rounds of one workload over several targets, and the results that follow from them.
import LinuxSystem
import RunRecord
import Statistics
import Targets
import Workloads

public struct InterleavedRounds {
    public let targets: [Target]
    public let workload: CompiledWorkload
    public let plan: RoundPlan
    /// May running servers that hold entries be emptied?
    public var allowFlush = false
    /// What sets the results of these rounds apart from others of the run.
    public var conditions: Conditions = [:]

    public init(_ targets: [Target], _ workload: CompiledWorkload, _ plan: RoundPlan) {
        self.targets = targets
        self.workload = workload
        self.plan = plan
    }

    /// Runs the rounds and adds rounds and results to the record.
    ///
    /// A failure after the first round leaves the results of the rounds before it in the record.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) {
        try plan.client?.check(workload.workload)
        var readings = targets.map { _ in RoundReadings() }
        recorder.add(targets)
        recorder.add(workload: workload.workload.name, contentHash: workload.workload.contentHash)
        var drift = CommonDrift()
        defer {
            drift.warn(recorder)
            addResults(readings, recorder)
        }
        let start = Clock.monotonicNanoseconds()
        for round in 0..<plan.rounds {
            if round > 0, let budget = plan.budgetNanoseconds {
                let spent = Clock.monotonicNanoseconds() - start
                if spent + spent / UInt64(round) > budget { break }
            }
            do throws(ExperimentFailure) {
                drift.add(try run(plan.firstRound + round, &readings, recorder))
            } catch {
                // Only a first launch that fails is a set-up that cannot work.
                if error.kind == .setUp && round > 0 {
                    throw ExperimentFailure(.invalid, "round \(round + 1): \(error)")
                }
                throw error
            }
        }
    }

    /// - Returns: the drift that all servers had in common (``RoundSample/commonDrift(_:)``).
    private func run(
        _ round: Int, _ readings: inout [RoundReadings], _ recorder: Recorder
    ) throws(ExperimentFailure) -> Double? {
        var random = SplitMix64(seed: plan.seed &+ UInt64(round))
        let seed = plan.pinsSeed ? plan.seed : random.next()
        let order = targets.indices.shuffled(using: &random)
        recorder.progress(
            "\(workload.workload.name) round \(round + 1)"
                + (plan.rounds < .max ? " of \(plan.rounds)" : "") + ": launching and filling "
                + order.map { targets[$0].label }.joined(separator: ", "))
        var contestants: [Contestant] = []
        defer { for contestant in contestants { contestant.server.stop() } }
        for (position, index) in order.enumerated() {
            contestants.append(
                try Round.prepare(
                    targets[index], workload, plan, seed: seed, order: position,
                    readsMemory: plan.readsMemory && round == 0, allowFlush: allowFlush, recorder))
        }
        // Slices taken before a failure are evidence, but not a round.
        defer {
            for contestant in contestants where !contestant.slices.isEmpty {
                recorder.add(
                    RunRecord.Round(
                        round: round, seed: seed, order: contestant.order,
                        target: contestant.target.label, slices: contestant.slices))
            }
        }
        try Round.drive(contestants, plan, recorder)
        let slices = contestants.map(\.slices)
        let samples = RoundSample.samples(slices)
        for (contestant, (sample, index)) in zip(contestants, zip(samples, order)) {
            readings[index].add(contestant, sample, recorder)
            if let problem = HitRatio.problem(contestant.total, workload.workload) {
                recorder.warn(
                    problem.cause, remedy: problem.remedy, target: contestant.target.label)
            }
        }
        return RoundSample.commonDrift(slices)
    }

    /// Rounds in which all servers drifted together.
    private struct CommonDrift {
        /// Effects compare slices of the same pass and are not touched; the figures themselves are.
        private static let limit = 0.1
        private var rounds = 0
        private var drifting = 0
        private var largest = 0.0

        mutating func add(_ drift: Double?) {
            rounds += 1
            guard let drift, abs(drift) > Self.limit else { return }
            drifting += 1
            largest = max(largest, abs(drift))
        }

        func warn(_ recorder: Recorder) {
            guard drifting > 0 else { return }
            recorder.warn(
                "in \(drifting) of \(rounds) rounds server CPU per operation drifted, of all "
                    + "servers together, by up to \(Int((largest * 100).rounded())) %",
                remedy: "effects compare neighbouring slices and stand; for steadier figures use a "
                    + "quieter machine or a longer warm-up")
        }
    }

    private func addResults(_ readings: [RoundReadings], _ recorder: Recorder) {
        var conditions: Conditions = [
            "entries": .number(Int(workload.populatedKeys)),
            "connections": .number(plan.connections ?? workload.workload.load.connections),
            "pipeline": .number(plan.pipeline ?? workload.workload.load.pipeline),
        ]
        if let client = plan.client {
            conditions["client"] = .string(
                client.program.split(separator: "/").last.map { String($0) } ?? "")
            conditions["slice_requests"] = .number(
                client.requests(pipeline: plan.pipeline ?? workload.workload.load.pipeline))
        } else {
            conditions["slice_ns"] = .number(Int(plan.sliceNanoseconds))
        }
        for (name, value) in plan.placement.conditions { conditions[name] = value }
        for (name, value) in self.conditions { conditions[name] = value }
        for (target, reading) in zip(targets, readings) where reading.rounds > 0 {
            for result in reading.results(target.label, workload.workload.name, conditions) {
                recorder.add(result)
            }
        }
    }
}
