// The other nodes of a cluster, as far as this one knows: who they are, and which slots are theirs.
// It is told (HASHMARK PEER, CLUSTER SETSLOT), for there is no bus between reference servers: a map
// stays what it is, and keys stay where they are.
//
// Invariant: slots that no peer has are this node's; without peers, all of them.
import RESP

struct ClusterPeers {
    struct Peer {
        let id: String
        var host: String
        var port: UInt16
    }

    private(set) var all: [Peer] = []
    /// By slot, 0 for this node's own, else the number of a peer from 1; empty without peers.
    private var owners: [UInt16] = []

    var isEmpty: Bool { all.isEmpty }

    /// Whose a slot is; nil where it is this node's.
    @inline(__always)
    func owner(ofSlot slot: Int) -> Peer? {
        guard !owners.isEmpty, owners[slot] > 0 else { return nil }
        return all[Int(owners[slot]) - 1]
    }

    /// Adds a peer, or what is new about it.
    mutating func add(_ peer: Peer, slots: ClosedRange<Int>) {
        if owners.isEmpty { owners = [UInt16](repeating: 0, count: HashSlot.count) }
        if let index = all.firstIndex(where: { $0.id == peer.id }) {
            all[index] = peer
        } else {
            all.append(peer)
        }
        for slot in slots { give(slot, to: peer.id) }
    }

    /// Makes a slot a peer's, or with an id that is no peer's this node's.
    mutating func give(_ slot: Int, to id: String) {
        guard !owners.isEmpty else { return }
        owners[slot] = UInt16((all.firstIndex { $0.id == id } ?? -1) + 1)
    }

    /// Neighbouring slots of one node, in order; the peer is nil where they are this node's.
    var ranges: [(slots: ClosedRange<Int>, peer: Peer?)] {
        guard !owners.isEmpty else { return [(slots: 0...HashSlot.count - 1, peer: nil)] }
        var ranges: [(slots: ClosedRange<Int>, peer: Peer?)] = []
        var first = 0
        for slot in 1...HashSlot.count {
            guard slot == HashSlot.count || owners[slot] != owners[first] else { continue }
            ranges.append((slots: first...slot - 1, peer: owner(ofSlot: first)))
            first = slot
        }
        return ranges
    }

    /// The slots of a peer, or with nil of this node.
    func slots(of id: String?) -> [ClosedRange<Int>] {
        ranges.filter { $0.peer?.id == id }.map(\.slots)
    }
}
