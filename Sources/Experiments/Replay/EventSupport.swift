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
