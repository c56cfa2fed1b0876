// The rounds that a policy asks for: its cells, and how long and how often they are driven.
import Experiments
import Gate
import Quantities
import RunRecord
import Targets
import Workloads

enum GateRounds {
    /// What every round drives, in the policy's order; the open loop comes last.
    /// - Throws: usage errors of workload files that cannot be read.
    static func cells(_ policy: Policy) throws -> [RoundCell] {
        func compiled(_ workload: String, _ entries: Int?) throws -> CompiledWorkload {
            try WorkloadFile.compiled(
                workload, entries: (entries ?? policy.entries).map { UInt64($0) })
        }
        var cells = try policy.cells.map {
            RoundCell(try compiled($0.workload, $0.entries), pipeline: $0.pipeline)
        }
        if let load = policy.openLoop {
            // It shares the keys of the cells of its workload.
            let entries = policy.cells.first { $0.workload == load.workload }?.entries
            cells.append(
                RoundCell(
                    try compiled(load.workload, entries), pipeline: 1, openLoopShare: load.load))
        }
        return cells
    }

    /// Drives all cells of the policy for about `seconds`, round after round, for `gate selftest`.
    /// - Returns: complete rounds.
    static func record(
        _ targets: [Target], _ policy: Policy, seconds: Double, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Int {
        let cells: [RoundCell]
        do {
            cells = try Self.cells(policy)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        var plan = RoundPlan(policy, seed: recorder.record.seed)
        plan.rounds = .max
        plan.budgetNanoseconds = Nanoseconds(seconds: seconds).count
        plan.placement = Placement(parsing: "auto") ?? Placement()
        try plan.placement.apply(recorder)
        var rounds = InterleavedRounds(targets, cells, plan)
        rounds.conditions = [Stage.condition: .string(Stage.screen.rawValue)]
        rounds.stage = Stage.screen.rawValue
        rounds.sentinel = Sides.sentinelLabel
        try rounds.run(recorder)
        return Set(recorder.record.rounds.map(\.round)).count
    }
}
