// A failover of a cluster that was started here: the first node gets a replica, which the others
// know and which has all its data before anything is measured; then the node is killed.
//
//     attached ─► known to all, data copied ═► first node killed ─► time-out of the nodes, election
//
// How long that takes is the nodes' own choice: `--cluster-node-timeout`, and half a second to a
// second for the election.
import LinuxSystem
import Quantities
import RESP
import Targets

final class ClusterSuccessor: Sendable {
    private let primary: RunningServer
    private let replica: RunningServer

    /// Far longer than gossip and a copy of what fits this machine take.
    private static let patience = Nanoseconds(60, .seconds).count
    private static let stepMilliseconds = 20

    /// Starts the replica, and waits until it could take over.
    init(in cluster: RunningServer) throws(TargetError) {
        guard let primary = cluster.nodes.first,
            case .tcp(let host, let port) = primary.endpoint.address
        else { throw TargetError("there is no node to follow", remedy: "start a cluster") }
        let leader = try primary.connect()
        guard let name = try leader.call(["CLUSTER", "MYID"]).text else {
            throw TargetError("a node does not tell its name", remedy: "look in its log")
        }
        var target = primary.target
        target.label += "-replica"
        let replica = try target.launch()
        self.primary = primary
        self.replica = replica
        let follower = try replica.connect()
        // Servers wait some seconds for more replicas to send one copy to all.
        _ = try leader.send(["CONFIG", "SET", "repl-diskless-sync-delay", "0"])
        try follower.call(["CLUSTER", "MEET", host, "\(port)"])
        try Self.wait("the replica does not hear of its primary") { () throws(TargetError) in
            if case .error = try follower.send(["CLUSTER", "REPLICATE", name]) { return false }
            return true
        }
        try Self.wait("the replica had not copied all data") { () throws(TargetError) in
            try follower.info("replication")["master_link_status"] == "up"
        }
        // Who has not heard of it does not vote for it.
        for node in cluster.nodes {
            let connection = try node.connect()
            try Self.wait("the nodes do not hear of the replica") { () throws(TargetError) in
                try connection.text(["CLUSTER", "NODES"])?.contains("slave \(name)") == true
            }
        }
    }

    private static func wait(
        _ problem: String, until isTrue: () throws(TargetError) -> Bool
    ) throws(TargetError) {
        let end = Clock.monotonicNanoseconds() + patience
        while try !isTrue() {
            if Interruption.requested { throw TargetError("interrupted", remedy: "run it again") }
            guard Clock.monotonicNanoseconds() < end else {
                throw TargetError(
                    "\(problem) after a minute", remedy: "look in the nodes' logs")
            }
            Clock.sleep(milliseconds: stepMilliseconds)
        }
    }

    /// Kills the first node, and waits until the replica has its slots.
    /// - Parameter isStopped: whether the wait is over anyway.
    func takeOver(isStopped: () -> Bool) throws(TargetError) {
        let connection = try replica.connect()
        primary.crash()
        while try connection.info("replication")["role"] != "master" {
            guard !isStopped() else {
                throw TargetError(
                    "the replica had not taken over when the phase ended",
                    remedy: "give the phase more time, or the nodes a shorter "
                        + "--cluster-node-timeout")
            }
            Clock.sleep(milliseconds: Self.stepMilliseconds)
        }
    }
}
