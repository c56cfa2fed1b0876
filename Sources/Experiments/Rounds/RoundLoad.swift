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
    func slice(_ limit: BurstLimit) throws(ExperimentFailure) -> LoadSample
}

/// Our own load generator, with its connections open from slice to slice.
final class SessionLoad: RoundLoad {
    private var session: LoadSession<WorkloadSource>
    private let server: RunningServer

    init(
        _ server: RunningServer, _ workload: CompiledWorkload, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) {
        let options = LoadOptions(for: server, workload, plan)
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
        _ = try slice(limit)
    }

    func slice(_ limit: BurstLimit) throws(ExperimentFailure) -> LoadSample {
        do throws(LoadFailure) {
            return try session.run(limit)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }
}
