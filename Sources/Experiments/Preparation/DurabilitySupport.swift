// Which targets can wait for a workload's writes to be durable, and why the others cannot: asked
// before anything is measured, for a wait that never comes true would only measure its time-out.
import Targets
import Workloads

enum DurabilitySupport {
    /// Why `server` cannot give what the workload waits for; nil where it can, as far as it says.
    static func problem(
        _ workload: Workload, _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> String? {
        let waits = workload.waits
        if !waits.isEmpty {
            if server.target.isReference {
                return "the reference server has neither replicas nor an append-only file"
            }
            if server.endpoint.isCluster {
                return "a wait is for the replicas of one server, and this is a cluster"
            }
        }
        let wantsFile = waits.contains { ($0.local ?? 0) > 0 }
        if wantsFile, try connection.configuration("appendonly") == "no" {
            return "its append-only file is off (--appendonly yes)"
        }
        return try replicaProblem(workload.load.replicas, server, connection)
    }

    /// Why the server cannot have so many replicas.
    static func replicaProblem(
        _ count: Int, _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> String? {
        guard count > 0 else { return nil }
        guard case .running = server.target.kind else {
            return try EventSupport.replicaProblem(server, connection)
        }
        // They are whoever's it is.
        let told = try connection.info("replication")["connected_slaves"]
        let connected = told.flatMap { Int($0) } ?? 0
        return connected >= count
            ? nil : "it has \(connected) replicas, and the workload asks for \(count)"
    }
}
