// A cluster of servers that were just started: slots in equal shares, every node a primary.
//
//     ref:   HASHMARK PEER for each of the others: who it is, where, and its slots
//     exec:  CLUSTER SET-CONFIG-EPOCH, ADDSLOTSRANGE (before 7.0: ADDSLOTS), MEET; then
//     cluster_state
//            ok on every node, which knows all the others
//
// Credits: the order is that of redis-cli --cluster create (Salvatore Sanfilippo).
import LinuxSystem
import RESP

struct ClusterAssembly {
    private let nodes: [(address: SocketAddress, connection: ControlConnection)]
    private let label: String

    /// Time for nodes to hear of each other, which they do ten times a second.
    private static let readyMilliseconds = 30_000

    init(_ servers: [RunningServer], label: String) throws(TargetError) {
        var nodes: [(address: SocketAddress, connection: ControlConnection)] = []
        for server in servers {
            let connection = try server.connect()
            nodes.append((address: server.endpoint.address, connection: connection))
        }
        self.nodes = nodes
        self.label = label
    }

    /// The slots of the node of that number.
    private func slots(_ index: Int) -> ClosedRange<Int> {
        let first = HashSlot.count * index / nodes.count
        return first...HashSlot.count * (index + 1) / nodes.count - 1
    }

    private func place(_ index: Int) -> (host: String, port: UInt16) {
        guard case .tcp(let host, let port) = nodes[index].address else { return ("", 0) }
        return (host, port)
    }

    /// Reference servers are told of each other: they have no bus.
    func introduce() throws(TargetError) {
        var names: [String] = []
        for node in nodes {
            names.append(try node.connection.call(["CLUSTER", "MYID"]).text ?? "")
        }
        for (index, node) in nodes.enumerated() {
            for other in nodes.indices where other != index {
                let (host, port) = place(other)
                try node.connection.call([
                    "HASHMARK", "PEER", names[other], host, "\(port)",
                    "\(slots(other).lowerBound)", "\(slots(other).upperBound)",
                ])
            }
        }
    }

    /// Other servers find each other.
    func meet() throws(TargetError) {
        for (index, node) in nodes.enumerated() {
            try node.connection.call(["CLUSTER", "SET-CONFIG-EPOCH", "\(index + 1)"])
            let own = slots(index)
            let reply = try node.connection.send([
                "CLUSTER", "ADDSLOTSRANGE", "\(own.lowerBound)", "\(own.upperBound)",
            ])
            if case .error = reply {
                try node.connection.call(["CLUSTER", "ADDSLOTS"] + own.map { "\($0)" })
            }
        }
        let (host, port) = place(0)
        for node in nodes.dropFirst() {
            try node.connection.call(["CLUSTER", "MEET", host, "\(port)"])
        }
        let deadline = Clock.deadline(milliseconds: Self.readyMilliseconds)
        for node in nodes {
            while !(try isReady(node.connection)) {
                if Interruption.requested {
                    throw TargetError("interrupted", remedy: "run it again")
                }
                guard Clock.monotonicNanoseconds() < deadline else {
                    throw TargetError(
                        "the nodes of \(label) did not become a cluster within "
                            + "\(Self.readyMilliseconds / 1_000) s",
                        remedy: "see their logs; their bus ports are 10,000 above their own")
                }
                Clock.sleep(milliseconds: 20)
            }
        }
    }

    /// Whether a node serves, knows all slots and all the others.
    private func isReady(_ node: ControlConnection) throws(TargetError) -> Bool {
        let fields = try node.fields(["CLUSTER", "INFO"])
        return fields["cluster_state"] == "ok"
            && fields["cluster_slots_ok"] == "\(HashSlot.count)"
            && fields["cluster_known_nodes"] == "\(nodes.count)"
    }
}
