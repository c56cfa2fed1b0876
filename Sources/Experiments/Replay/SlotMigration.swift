// Slots of a cluster's first node move to its second one, key by key, as redis-cli --cluster
// reshard does it (Salvatore Sanfilippo):
//
//     IMPORTING, MIGRATING ─► GETKEYSINSLOT, MIGRATE … ─► SETSLOT NODE, on every node
import LinuxSystem
import RESP
import Targets

struct SlotMigration {
    private let nodes: [ControlConnection]
    private let names: [String]

    /// A fifth of a node's of three.
    private static let slots = 1_000
    /// Moved by one MIGRATE.
    private static let keys = 100
    private static let keyMilliseconds = 5_000

    init(in cluster: RunningServer) throws(TargetError) {
        var nodes: [ControlConnection] = []
        var names: [String] = []
        for node in cluster.nodes {
            let connection = try node.connect()
            names.append(try connection.call(["CLUSTER", "MYID"]).text ?? "")
            nodes.append(connection)
        }
        (self.nodes, self.names) = (nodes, names)
    }

    /// Moves them, or those that there is time for.
    func run(isStopped: () -> Bool) throws(TargetError) {
        for slot in try ownSlots().prefix(Self.slots) {
            if isStopped() || Interruption.requested { return }
            try move(slot)
        }
    }

    /// The slots of the first node.
    private func ownSlots() throws(TargetError) -> [Int] {
        guard case .tcp(let host, let port) = nodes[0].address else { return [] }
        let reply = try nodes[0].call(ClusterSlots.request)
        let ranges = ClusterSlots.ranges(of: reply, askedOf: host) ?? []
        return ranges.filter { $0.primary.port == port }.flatMap { Array($0.slots) }
    }

    private func move(_ slot: Int) throws(TargetError) {
        let (source, target) = (nodes[0], nodes[1])
        guard case .tcp(let host, let port) = target.address else { return }
        try target.call(["CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", names[0]])
        try source.call(["CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", names[1]])
        while true {
            let found = try source.call(["CLUSTER", "GETKEYSINSLOT", "\(slot)", "\(Self.keys)"])
            let keys = (found.elements ?? []).compactMap { key -> [UInt8]? in
                if case .bytes(let bytes) = key { bytes } else { nil }
            }
            if keys.isEmpty { break }
            let words = ["MIGRATE", host, "\(port)", "", "0", "\(Self.keyMilliseconds)", "KEYS"]
            let reply = try source.pipeline([words.map { Array($0.utf8) } + keys])[0]
            if case .error(let text) = reply {
                throw TargetError(
                    "slot \(slot) does not move: \(ErrorReply.printable(text))",
                    remedy: "look in the nodes' logs")
            }
        }
        // The new owner first, then the old one: nobody asks a node that denies it.
        for node in [target, source] + nodes.dropFirst(2) {
            try node.call(["CLUSTER", "SETSLOT", "\(slot)", "NODE", names[1]])
        }
    }
}
