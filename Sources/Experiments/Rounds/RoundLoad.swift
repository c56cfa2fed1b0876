// What loads the server of a contestant: a session of ours, or an external client.
import LoadGenerator
import Targets
import Workloads

/// Puts load on one server in bursts, none of which leaves a request outstanding.
protocol RoundLoad: AnyObject {
    /// What its samples count, in their order.
    var commands: [CommandLabel] { get }

    /// Load before anything is measured.
    func warmUp(_ limit: BurstLimit) throws(ExperimentFailure)
    /// The load of one slice.
    /// - Parameter pace: the schedule of an open loop, for loads that have one.
    func slice(_ limit: BurstLimit, pace: Pace?) throws(ExperimentFailure) -> LoadSample
}

/// Our own load generator, with its connections open from slice to slice.
final class SessionLoad: RoundLoad {
    private var session: LoadSession<WorkloadSource>
    private let server: RunningServer

    init(
        _ server: RunningServer, _ cell: RoundCell, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) {
        let workload = cell.workload
        var options = LoadOptions(for: server, workload, plan)
        options.pipeline = cell.depth
        self.server = server
        do throws(LoadFailure) {
            session = try LoadSession(to: server.endpoint.address, options) {
                WorkloadSource(workload, seed: seed, $0)
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    var commands: [CommandLabel] { session.commands }

    func warmUp(_ limit: BurstLimit) throws(ExperimentFailure) {
        _ = try slice(limit, pace: nil)
    }

    func slice(_ limit: BurstLimit, pace: Pace?) throws(ExperimentFailure) -> LoadSample {
        do throws(LoadFailure) {
            return try session.run(limit, pace: pace)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }
}
