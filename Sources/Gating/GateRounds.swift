// What a policy asks to be driven: its cells and the load that is simulated, compiled, and the plan
// of its rounds.
import Experiments
import Gate
import Quantities
import ShippedFiles
import Workloads

extension Policy {
    /// What every round drives, in the policy's order; the open loop comes last.
    /// - Parameter search: where its workloads are looked for.
    public func roundCells(in search: SearchPath) throws(WorkloadProblems) -> [RoundCell] {
        var found: [RoundCell] = []
        for cell in cells {
            let workload = try compiled(cell.workload, cell.entries, search)
            found.append(RoundCell(workload, pipeline: cell.pipeline))
        }
        if let load = openLoop {
            // It shares the keys of the cells of its workload.
            let entries = cells.first { $0.workload == load.workload }?.entries
            let workload = try compiled(load.workload, entries, search)
            found.append(RoundCell(workload, pipeline: 1, openLoopShare: load.load))
        }
        return found
    }

    /// What is simulated, in the policy's size; nil where nothing is.
    public func simulatedLoad(
        in search: SearchPath
    ) throws(WorkloadProblems) -> CompiledWorkload? {
        guard isSimulated else { return nil }
        return try CompiledWorkload.read(
            simulatedWorkload ?? Self.usualWorkload, in: search,
            entries: UInt64(simulated.entries))
    }

    /// Of a policy that names neither cells nor what is to be simulated.
    private static let usualWorkload = "get-16x64"

    private func compiled(
        _ workload: String, _ own: Int?, _ search: SearchPath
    ) throws(WorkloadProblems) -> CompiledWorkload {
        try CompiledWorkload.read(
            workload, in: search, entries: (own ?? entries).map { UInt64($0) })
    }
}

extension RoundPlan {
    /// Rounds as a policy wants them.
    init(_ policy: Policy, seed: UInt64) {
        self.init()
        self.seed = seed
        readsMemory = false
        loadNanoseconds = Nanoseconds(seconds: policy.rounds.seconds).count
        // Twice what a comparison of one load has: rounds are long, and each slice has accounts.
        sliceNanoseconds = Nanoseconds(10, .milliseconds).count
        warmUpNanoseconds = Nanoseconds(milliseconds: policy.rounds.warmUpMilliseconds).count
        connections = policy.connections
    }
}
