// Who serves which hash slots, as CLUSTER SLOTS tells it:
//
//     *ranges → [first, last, [host, port, id, …] primary, [host, port, id, …] replica, …]
//
// Credits: the Redis cluster specification (Salvatore Sanfilippo).

/// A node of a cluster, as others tell of it.
public struct ClusterNode: Hashable, Sendable {
    public var host: String
    public var port: UInt16
    /// 40 hexadecimal digits; empty where it is not told.
    public var id: String

    public init(host: String, port: UInt16, id: String = "") {
        self.host = host
        self.port = port
        self.id = id
    }
}

/// Slots that one primary serves.
public struct SlotRange: Hashable, Sendable {
    public var slots: ClosedRange<Int>
    public var primary: ClusterNode
    public var replicas: [ClusterNode]

    public init(slots: ClosedRange<Int>, primary: ClusterNode, replicas: [ClusterNode] = []) {
        self.slots = slots
        self.primary = primary
        self.replicas = replicas
    }
}

public enum ClusterSlots {
    public static let request = ["CLUSTER", "SLOTS"]

    /// The ranges of a reply to CLUSTER SLOTS; nil when it is none.
    /// - Parameter host: of the node that was asked: a node that does not know how it is reached
    ///   leaves its own out.
    public static func ranges(of reply: RESPValue, askedOf host: String) -> [SlotRange]? {
        guard case .array(let items) = reply else { return nil }
        var ranges: [SlotRange] = []
        for item in items {
            guard let parts = item.elements, parts.count >= 3, let first = parts[0].number,
                let last = parts[1].number, first >= 0, first <= last,
                last < Int64(HashSlot.count), let primary = node(parts[2], host)
            else { return nil }
            ranges.append(
                SlotRange(
                    slots: Int(first)...Int(last), primary: primary,
                    replicas: parts.dropFirst(3).compactMap { node($0, host) }))
        }
        return ranges
    }

    private static func node(_ value: RESPValue, _ asked: String) -> ClusterNode? {
        guard let parts = value.elements, parts.count >= 2, let number = parts[1].number,
            let port = UInt16(exactly: number), port > 0
        else { return nil }
        let host = parts[0].text ?? ""
        // "?" is what a node says that shall tell its name and has none.
        return ClusterNode(
            host: host.isEmpty || host == "?" ? asked : host, port: port,
            id: parts.count > 2 ? parts[2].text ?? "" : "")
    }
}
