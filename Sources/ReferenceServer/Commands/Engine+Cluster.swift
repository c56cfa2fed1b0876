// CLUSTER for the cluster of one node that `--cluster 1` makes this server: drivers ask for its
// slots at connect, and all of them are here.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func role(_ request: Request) {
        reply.array(3)
        reply.bulk("master" as StaticString)
        reply.integer(0)
        reply.array(0)
    }

    /// READONLY and READWRITE: for replicas, which this node never is.
    mutating func replicaMode(_ request: Request) {
        guard configuration.keyspace.cluster else { return noCluster(request) }
        reply.ok()
    }

    private mutating func noCluster(_ request: Request) {
        fail(request, "ERR This instance has cluster support disabled")
    }

    mutating func cluster(_ request: Request) {
        guard let name = subcommand(request) else { return }
        guard configuration.keyspace.cluster else { return noCluster(request) }
        switch name {
        case "keyslot": reply.integer(HashSlot.slot(of: argument(request, 2).bytes))
        case "countkeysinslot":
            guard let slot = argument(request, 2).integer else { return notAnInteger(request) }
            guard (0..<Int64(HashSlot.count)).contains(slot) else {
                return fail(request, "ERR Invalid slot")
            }
            reply.integer(keyspace.count(inSlot: Int(slot)))
        case "myid": reply.bulk(nodeID)
        case "info": reply.verbatim(clusterInfo)
        case "nodes":
            let (host, port) = address(request)
            reply.verbatim(
                "\(nodeID) \(host):\(port)@\(Int(port) + 10_000) myself,master - 0 0 1 connected"
                    + " 0-\(HashSlot.count - 1)\n")
        case "slots": clusterSlots(request)
        default: clusterShards(request)
        }
    }

    /// 40 hexadecimal digits, the same for the same seed and port.
    private var nodeID: String {
        var state = configuration.keyspace.seed &+ UInt64(configuration.port) &<< 32 &+ 1
        var digits = ""
        while digits.utf8.count < 40 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let word = String(state >> 32, radix: 16)
            digits += String(repeating: "0", count: 8 - word.utf8.count) + word
        }
        return digits
    }

    private var clusterInfo: String {
        "cluster_enabled:1\r\ncluster_state:ok\r\ncluster_slots_assigned:\(HashSlot.count)\r\n"
            + "cluster_slots_ok:\(HashSlot.count)\r\ncluster_slots_pfail:0\r\n"
            + "cluster_slots_fail:0\r\ncluster_known_nodes:1\r\ncluster_size:1\r\n"
            + "cluster_current_epoch:1\r\ncluster_my_epoch:1\r\n"
    }

    /// The address that the asking client reached this server by.
    private func address(_ request: Request) -> (host: String, port: UInt16) {
        let local = Socket.endpoints(request.connection.pointee.descriptor).local
        let host = local.split(separator: ":").dropLast().joined(separator: ":")
        let isUnix = host.isEmpty || host.hasPrefix("/")
        return (isUnix ? configuration.host : host, configuration.port)
    }

    private mutating func clusterSlots(_ request: Request) {
        let (host, port) = address(request)
        reply.array(1)
        reply.array(3)
        reply.integer(0)
        reply.integer(HashSlot.count - 1)
        reply.array(4)
        reply.bulk(host)
        reply.integer(Int(port))
        reply.bulk(nodeID)
        reply.array(0)
    }

    private mutating func clusterShards(_ request: Request) {
        let (host, port) = address(request)
        reply.array(1)
        reply.map(2)
        reply.bulk("slots" as StaticString)
        reply.array(2)
        reply.integer(0)
        reply.integer(HashSlot.count - 1)
        reply.bulk("nodes" as StaticString)
        reply.array(1)
        let fields = [
            ("id", nodeID), ("port", ""), ("ip", host), ("endpoint", host), ("role", "master"),
            ("replication-offset", ""), ("health", "online"),
        ]
        reply.map(fields.count)
        for (name, value) in fields {
            reply.bulk(name)
            switch name {
            case "port": reply.integer(Int(port))
            case "replication-offset": reply.integer(0)
            default: reply.bulk(value)
            }
        }
    }
}
