// Who samples a server's stacks while rounds drive it: `Profiler`, or a script in its place.
import Profiling
import Quantities
import RunRecord

/// Samples one process in windows.
public protocol StackSampler: AnyObject {
    func start()
    /// Ends what `start` began.
    /// - Parameter operations: what the process did in the window; nil where nobody knows.
    func stop(operations: UInt64?) -> StackProfile.Round
    /// Windows, or sums of them, with names in place of addresses.
    func profile(
        target: String, workload: String?, rounds: [StackProfile.Round]
    ) -> StackProfile
}

extension Profiler: StackSampler {}

/// How stacks are sampled.
public struct StackSampling: Sendable {
    public var options = Profiler.Options()
    /// Load on each server and round while its stacks are sampled, over all cells, in ns.
    public var loadNanoseconds = Nanoseconds(500, .milliseconds).count
    /// Whether a server that cannot be sampled ends the run; else that is a warning, and the run
    /// goes on without.
    public var isRequired = false
    /// Label of the one target that is sampled, in the slices that are measured: what sampling
    /// costs it. Nil: all are, in slices of their own.
    public var measured: String?
    /// What is known of programs and their symbols, from launch to launch.
    let binaries = Binaries()

    public init() {}
}

/// The sampling of one cell of a round.
struct CellSampling {
    let sampling: StackSampling
    /// In each, every target has a slice in order and then in reverse order.
    let blocks: Int
    /// What profiles call the load.
    let load: String
    /// Label of the baseline's copy, whose stacks are the baseline's.
    let sentinel: String?

    /// Nil where the plan has none, and of open loops: at a fixed rate servers mostly wait.
    init?(
        _ cell: RoundCell, among cells: [RoundCell], _ plan: RoundPlan, without sentinel: String?
    ) {
        blocks = plan.sampledBlocks(of: cell, among: cells)
        guard let sampling = plan.sampling, blocks > 0 else { return nil }
        self.sampling = sampling
        self.sentinel = sentinel
        load = cell.profiledLoad(among: cells)
    }
}

extension RoundCell {
    /// Cells of one workload differ in their pipeline: then that is in the name, as a gate's checks
    /// have it.
    func profiledLoad(among cells: [RoundCell]) -> String {
        let name = workload.workload.name
        return cells.count == 1 ? name : "\(name) P\(depth)"
    }
}

extension RoundPlan {
    /// Of one of several cells; none where nothing is sampled, or what is measured.
    func sampledBlocks(of cell: RoundCell, among cells: [RoundCell]) -> Int {
        guard let sampling, sampling.measured == nil, cell.openLoopShare == nil else { return 0 }
        let all = cells.filter { $0.openLoopShare == nil }.reduce(0) { $0 + $1.weight }
        let time = Nanoseconds(sampling.loadNanoseconds).seconds * cell.weight / all
        return max(1, Int((time / (2 * sliceSeconds)).rounded()))
    }
}
