// CLUSTER, for what `--cluster 1` makes this server: a cluster of one node that has all slots,
// until it is told of others (HASHMARK PEER). What is theirs it then answers with MOVED.
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
            guard let slot = slot(request, 2) else { return }
            reply.integer(keyspace.count(inSlot: slot))
        case "myid": reply.bulk(nodeID)
        case "info": reply.verbatim(clusterInfo)
        case "nodes": reply.verbatim(clusterNodes(request))
        case "setslot": setSlot(request)
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
        let own = nodeID
        let serving = Set(peers.ranges.map { $0.peer?.id ?? own }).count
        return "cluster_enabled:1\r\ncluster_state:ok\r\n"
            + "cluster_slots_assigned:\(HashSlot.count)\r\n"
            + "cluster_slots_ok:\(HashSlot.count)\r\ncluster_slots_pfail:0\r\n"
            + "cluster_slots_fail:0\r\ncluster_known_nodes:\(peers.all.count + 1)\r\n"
            + "cluster_size:\(serving)\r\ncluster_current_epoch:1\r\ncluster_my_epoch:1\r\n"
    }

    private func clusterNodes(_ request: Request) -> String {
        func line(
            _ node: ClusterPeers.Peer, _ flags: String, _ slots: [ClosedRange<Int>]
        ) -> String {
            var line = "\(node.id) \(node.host):\(node.port)@\(Int(node.port) + 10_000) "
            line += "\(flags) - 0 0 1 connected"
            for range in slots { line += " \(range.lowerBound)-\(range.upperBound)" }
            return line + "\n"
        }
        var lines = line(ownNode(request), "myself,master", peers.slots(of: nil))
        for peer in peers.all { lines += line(peer, "master", peers.slots(of: peer.id)) }
        return lines
    }

    /// This node as the asking client knows it.
    private func ownNode(_ request: Request) -> ClusterPeers.Peer {
        let (host, port) = address(request)
        return ClusterPeers.Peer(id: nodeID, host: host, port: port)
    }

    /// The address that the asking client reached this server by: of its ports the one that speaks
    /// as that client does.
    private func address(_ request: Request) -> (host: String, port: UInt16) {
        let local = Socket.endpoints(request.connection.pointee.descriptor).local
        guard let colon = local.lastIndex(of: ":"), !local.hasPrefix("/"),
            let port = UInt16(local[local.index(after: colon)...]), port > 0
        else { return (configuration.host, configuration.port) }
        return (String(local[..<colon]), port)
    }

    private mutating func clusterSlots(_ request: Request) {
        let ranges = peers.ranges
        let own = ownNode(request)
        reply.array(ranges.count)
        for range in ranges {
            let node = range.peer ?? own
            reply.array(3)
            reply.integer(range.slots.lowerBound)
            reply.integer(range.slots.upperBound)
            reply.array(4)
            reply.bulk(node.host)
            reply.integer(Int(node.port))
            reply.bulk(node.id)
            reply.array(0)
        }
    }

    private mutating func clusterShards(_ request: Request) {
        reply.array(peers.all.count + 1)
        shard(ownNode(request), peers.slots(of: nil))
        for peer in peers.all { shard(peer, peers.slots(of: peer.id)) }
    }

    private mutating func shard(_ node: ClusterPeers.Peer, _ slots: [ClosedRange<Int>]) {
        reply.map(2)
        reply.bulk("slots" as StaticString)
        reply.array(2 * slots.count)
        for range in slots {
            reply.integer(range.lowerBound)
            reply.integer(range.upperBound)
        }
        reply.bulk("nodes" as StaticString)
        reply.array(1)
        let fields = [
            ("id", node.id), ("port", ""), ("ip", node.host), ("endpoint", node.host),
            ("role", "master"), ("replication-offset", ""), ("health", "online"),
        ]
        reply.map(fields.count)
        for (name, value) in fields {
            reply.bulk(name)
            switch name {
            case "port": reply.integer(Int(node.port))
            case "replication-offset": reply.integer(0)
            default: reply.bulk(value)
            }
        }
    }

    // MARK: other nodes

    /// HASHMARK PEER id host port first last: another node, and slots of its.
    mutating func addPeer(_ request: Request) {
        guard configuration.keyspace.cluster else { return noCluster(request) }
        guard let port = argument(request, 4).integer.flatMap({ UInt16(exactly: $0) }), port > 0
        else { return notAnInteger(request) }
        guard let first = slot(request, 5), let last = slot(request, 6) else { return }
        guard first <= last else { return fail(request, "ERR Invalid slot") }
        let peer = ClusterPeers.Peer(
            id: argument(request, 2).string, host: argument(request, 3).string, port: port)
        peers.add(peer, slots: first...last)
        reply.ok()
    }

    /// CLUSTER SETSLOT slot NODE id; keys are not moved, so there must be none.
    private mutating func setSlot(_ request: Request) {
        guard let slot = slot(request, 2) else { return }
        guard request.argumentCount == 5, argument(request, 3).isWord("node") else {
            return fail(request, "ERR Invalid CLUSTER SETSLOT action or number of arguments")
        }
        let id = argument(request, 4).string
        guard id == nodeID || peers.all.contains(where: { $0.id == id }) else {
            return fail(request, "ERR Unknown node \(id.prefix(128))")
        }
        if id != nodeID && keyspace.count(inSlot: slot) > 0 {
            return fail(
                request,
                "ERR Can't assign hashslot \(slot) to a different node while I still hold keys for "
                    + "this hash slot.")
        }
        peers.give(slot, to: id)
        reply.ok()
    }

    /// A slot's number; nil after an error reply.
    private mutating func slot(_ request: Request, _ index: Int) -> Int? {
        guard let slot = argument(request, index).integer else {
            notAnInteger(request)
            return nil
        }
        guard (0..<Int64(HashSlot.count)).contains(slot) else {
            fail(request, "ERR Invalid slot")
            return nil
        }
        return Int(slot)
    }
}
