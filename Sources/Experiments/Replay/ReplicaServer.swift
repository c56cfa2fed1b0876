// A replica for a server that was started here: the same program once more, told to copy the first
// one's data.
import LinuxSystem
import Quantities
import Targets

enum ReplicaServer {
    /// Far longer than a copy of what fits this machine takes.
    private static let patience = Nanoseconds(60, .seconds).count
    private static let stepMilliseconds = 20

    /// Starts it, and waits until it has all data.
    /// - Parameter isStopped: whether the wait is over anyway.
    /// - Returns: the replica, which ends with its last reference.
    static func attach(
        to server: RunningServer, _ primary: ControlConnection, isStopped: () -> Bool
    ) throws(TargetError) -> RunningServer {
        guard case .tcp(let host, let port) = server.endpoint.address else {
            throw TargetError(
                "a replica reaches its primary over TCP alone", remedy: "listen there")
        }
        var target = server.target
        target.label += "-replica"
        let replica = try target.launch()
        // Servers wait some seconds for more replicas to send one copy to all.
        _ = try primary.send(["CONFIG", "SET", "repl-diskless-sync-delay", "0"])
        let connection = try replica.connect()
        if let password = server.endpoint.password {
            _ = try connection.call(["CONFIG", "SET", "masterauth", password])
        }
        _ = try connection.call(["REPLICAOF", host, "\(port)"])
        let end = Clock.monotonicNanoseconds() + patience
        while try !hasCopied(replica, connection, primary) {
            guard Clock.monotonicNanoseconds() < end else {
                throw TargetError(
                    "the replica had not copied all data after a minute",
                    remedy: "look in the servers' logs")
            }
            if isStopped() { break }
            Clock.sleep(milliseconds: stepMilliseconds)
        }
        return replica
    }

    /// Whether it has all data, and its primary counts it among those that acknowledge writes.
    private static func hasCopied(
        _ replica: RunningServer, _ connection: ControlConnection, _ primary: ControlConnection
    ) throws(TargetError) -> Bool {
        guard try connection.info("replication")["master_link_status"] == "up",
            case .tcp(_, let port) = replica.endpoint.address
        else { return false }
        // `slave0:ip=127.0.0.1,port=6380,state=online,…`; `stable_sync` is Dragonfly's word.
        return try primary.info("replication").contains { field in
            let parts = field.value.split(separator: ",")
            return field.key.hasPrefix("slave") && parts.contains(Substring("port=\(port)"))
                && (parts.contains("state=online") || parts.contains("state=stable_sync"))
        }
    }
}
