// The error replies by which a node of a cluster says that a request belongs elsewhere, or has to
// wait:
//
//     MOVED 3999 127.0.0.1:6381       the slot is that node's for good
//     ASK 3999 127.0.0.1:6381         this once: the key has gone there already
//     TRYAGAIN …                      some keys of the command have gone, and others have not
//     CLUSTERDOWN …                   nobody serves the slot now

public enum Redirection: Equatable, Sendable {
    /// An empty host is that of the node which answered.
    case moved(slot: Int, ClusterNode)
    case ask(slot: Int, ClusterNode)
    case tryAgain
    case down

    /// - Parameter text: an error reply without its type byte. Nil where it is another error.
    public init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard let first = text.first,
            first == UInt8(ascii: "M") || first == UInt8(ascii: "A") || first == UInt8(ascii: "T")
                || first == UInt8(ascii: "C")
        else { return nil }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        switch words.first {
        case "MOVED", "ASK":
            guard words.count >= 3, let slot = Int(words[1]), (0..<HashSlot.count).contains(slot),
                let colon = words[2].lastIndex(of: ":"),
                let port = UInt16(words[2][words[2].index(after: colon)...]), port > 0
            else { return nil }
            let node = ClusterNode(host: String(words[2][..<colon]), port: port)
            self = words[0] == "MOVED" ? .moved(slot: slot, node) : .ask(slot: slot, node)
        case "TRYAGAIN": self = .tryAgain
        case "CLUSTERDOWN": self = .down
        default: return nil
        }
    }
}
