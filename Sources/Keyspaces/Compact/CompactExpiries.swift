// How many entries have an expiry, in all and by slot: where candidates for eviction and entries
// that have ended are looked for. The times themselves are in the records.

import RESP

struct CompactExpiries {
    private(set) var count = 0
    /// Slots with some.
    private(set) var slots = 0
    /// Only where there is more than one slot.
    private var tree: FenwickTree?

    init(isCluster: Bool, _ slab: inout Slab) {
        guard isCluster else { return }
        let memory = slab.allocateZeroed(FenwickTree.bytes(HashSlot.count))
        tree = FenwickTree(zeroed: memory, count: HashSlot.count)
    }

    /// A slot that had `before` expiries has `after` of them.
    @inline(__always)
    mutating func changed(_ slot: Int, from before: Int, to after: Int) {
        guard before != after else { return }
        count &+= after &- before
        if before == 0 { slots &+= 1 } else if after == 0 { slots &-= 1 }
        tree?.add(after &- before, to: slot)
    }

    /// A slot, each with the probability of its share. Only if there are some.
    func randomSlot(_ random: inout KeyspaceRandom) -> Int {
        guard let tree else { return 0 }
        return tree.slot(ofKey: random.below(count) + 1)
    }

    func recount(_ tally: inout Tally) {
        if tree != nil { tally.add(FenwickTree.bytes(HashSlot.count)) }
    }

    /// - Parameter sums: expiries in the first 0, 1, 2 … slots, added up one by one.
    func violations(_ sums: [Int]) -> [String] {
        var found: [String] = []
        if let tree, !tree.holds(sums) { found.append("the tree of expiries has wrong sums") }
        if sums.last != count {
            found.append("\(count) expiries accounted, \(sums.last ?? 0) in the tables")
        }
        return found
    }
}
