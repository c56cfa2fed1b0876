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
        while try connection.info("replication")["master_link_status"] != "up" {
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
}
