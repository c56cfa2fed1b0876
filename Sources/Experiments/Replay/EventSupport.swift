// Which of a workload's events a target can have, and why it cannot have the others: asked before
// anything is measured.
import Targets
import Workloads

enum EventSupport {
    /// Why `event` cannot happen to a server; nil where it can, as far as it says.
    static func problem(
        _ event: ServerEvent, _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> String? {
        switch event.action {
        case .slowReaders: return nil
        case .command(let text):
            guard let verb = text.split(separator: " ").first else { return nil }
            return try connection.knows(String(verb)) == false
                ? "the server has no \(verb.uppercased())" : nil
        case .replica: return try replicaProblem(server, connection)
        case .cluster(let change): return problem(change, server)
        }
    }

    /// A majority of three primaries is left when one of them dies.
    private static let votingNodes = 3

    private static func problem(
        _ change: ServerEvent.ClusterChange, _ server: RunningServer
    ) -> String? {
        guard server.target.isCluster else { return "it is one server, and no cluster" }
        guard server.target.isOwned else {
            return "only a cluster that is started here is changed"
        }
        switch change {
        case .failover:
            if server.target.isReference { return "the reference server has no replication" }
            return server.nodes.count < votingNodes
                ? "fewer than \(votingNodes) nodes elect no successor" : nil
        case .migrateSlots:
            if server.target.isReference {
                return "the reference server does not move keys (MIGRATE)"
            }
            return server.nodes.count < 2 ? "there is no second node" : nil
        }
    }

    /// Why no replica can be started for a server.
    static func replicaProblem(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(TargetError) -> String? {
        switch server.target.kind {
        case .reference: return "the reference server has no replication"
        case .running: return "only a server that is started here gets a replica"
        case .cluster: return "a cluster that is started here has no replicas"
        case .command, .build: break
        }
        if case .unix = server.endpoint.address {
            return "a replica reaches its primary over TCP alone"
        }
        return try connection.knows("REPLICAOF") == false ? "the server has no REPLICAOF" : nil
    }
}
