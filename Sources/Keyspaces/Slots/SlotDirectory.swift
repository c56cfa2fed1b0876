// The tables of a keyspace by hash slot: one table without cluster mode, 16,384 possible ones with.
//
//     tables   [●][∅][∅][●] …          by slot; made when their first key comes
//     tree     keys per slot, summed    only where there is more than one slot
//     list     ⟶ slot 3 ⟶ slot 0       tables being resized, in the order in which they began
//
// The directory does not know what kind its tables are: it holds their addresses, counts their
// entries and remembers which of them are being resized, so that background work need not look for
// them among thousands.
//
// Invariants (`violations`): the tree's sums and the two counts are those of the tables; the list
// has one node for each table that is being resized.
//
// Credits: kvstore.c of Valkey 8.0 and Redis 7.4.

import RESP

/// Background work's way round all slots, once after every change.
struct SlotSweep {
    /// Slots between two looks at the clock (server.c, CRON_DICTS_PER_DB).
    static let batch = 16
    private(set) var left = 0
    private var slot = 0

    mutating func restart(_ slots: Int) { left = slots }

    mutating func next(_ mask: Int) -> Int {
        left &-= 1
        slot = (slot &+ 1) & mask
        return slot
    }
}

struct SlotDirectory: ~Copyable {
    typealias Table = UnsafeMutableRawPointer

    /// A table that is being resized, in the slab like the servers' list nodes.
    struct Node {
        var previous: UnsafeMutablePointer<Node>?
        var next: UnsafeMutablePointer<Node>?
        var slot: Int
    }
    typealias NodePointer = UnsafeMutablePointer<Node>
    static let nodeSize = 24

    /// 0 for a single table, or the slots less one: `slot & mask` finds the table.
    let mask: Int
    private var tables: UnsafeMutablePointer<Table?>
    private(set) var tree: FenwickTree?
    /// Entries of all tables.
    private(set) var entries = 0
    /// Slots with entries.
    private(set) var nonEmpty = 0
    private(set) var resizing: NodePointer?
    private var lastResizing: NodePointer?

    init(slots: Int, _ slab: inout Slab) {
        mask = slots - 1
        (tables, tree) = Self.make(slots, &slab)
    }

    private static func make(
        _ slots: Int, _ slab: inout Slab
    ) -> (UnsafeMutablePointer<Table?>, FenwickTree?) {
        let tables = slab.allocateZeroed(slots * 8).bindMemory(to: Table?.self, capacity: slots)
        guard slots > 1 else { return (tables, nil) }
        let memory = slab.allocateZeroed(FenwickTree.bytes(slots))
        return (tables, FenwickTree(zeroed: memory, count: slots))
    }

    /// Forgets everything, after the slab released it all.
    mutating func reset(_ slab: inout Slab) {
        (tables, tree) = Self.make(slots, &slab)
        (entries, nonEmpty, resizing, lastResizing) = (0, 0, nil, nil)
    }

    var slots: Int { mask &+ 1 }

    subscript(slot: Int) -> Table? {
        get { tables[slot & mask] }
        nonmutating set { tables[slot & mask] = newValue }
    }

    func forEachTable(_ body: (_ slot: Int, Table) -> Void) {
        for slot in 0..<slots { if let table = tables[slot] { body(slot, table) } }
    }

    // MARK: Counts

    /// Accounts for a table that came to have `count` entries, `change` of them new (±1).
    mutating func changed(_ slot: Int, by change: Int, to count: Int) {
        entries &+= change
        guard let tree else { return }
        tree.add(change, to: slot & mask)
        if count == 0 { nonEmpty &-= 1 } else if count == 1, change > 0 { nonEmpty &+= 1 }
    }

    /// The slot of the `k`-th entry, k from 1.
    func slot(ofEntry k: Int) -> Int { tree?.slot(ofKey: k) ?? 0 }

    /// The first slot after `slot` that has entries.
    func nonEmptySlot(after slot: Int) -> Int? {
        guard let tree else { return nil }
        let before = tree.prefix(slot)
        return before == entries ? nil : tree.slot(ofKey: before + 1)
    }

    // MARK: Cursors

    /// Goes on from `cursor`: with slots, its low 14 bits are the slot and the rest is the position
    /// in that slot's table. `visit` answers the next position, 0 at a table's end.
    func step(
        _ cursor: UInt64, _ visit: (_ slot: Int, Table, _ position: UInt64) -> UInt64
    ) -> UInt64 {
        guard mask != 0 else { return visit(0, tables[0].unsafelyUnwrapped, cursor) }
        let slot = Int(truncatingIfNeeded: cursor) & mask
        let position = cursor &>> UInt64(HashSlot.bits)
        var next: UInt64 = 0
        if let table = tables[slot] { next = visit(slot, table, position) }
        if next != 0 { return next &<< UInt64(HashSlot.bits) | UInt64(slot) }
        return nonEmptySlot(after: slot).map { UInt64($0) } ?? 0
    }

    // MARK: Tables being resized

    mutating func addResizing(_ slot: Int, _ slab: inout Slab) -> NodePointer {
        let memory = slab.allocate(Self.nodeSize)
        let node = memory.bindMemory(to: Node.self, capacity: 1)
        node.initialize(to: Node(previous: lastResizing, next: nil, slot: slot & mask))
        if let lastResizing { lastResizing.pointee.next = node } else { resizing = node }
        lastResizing = node
        return node
    }

    mutating func removeResizing(_ node: NodePointer, _ slab: inout Slab) {
        let (previous, next) = (node.pointee.previous, node.pointee.next)
        if let previous { previous.pointee.next = next } else { resizing = next }
        if let next { next.pointee.previous = previous } else { lastResizing = previous }
        slab.free(node, Self.nodeSize)
    }

    // MARK: Proof

    /// The directory's own memory, counted anew.
    func recount(_ tally: inout Tally) {
        tally.add(slots * 8)
        if tree != nil { tally.add(FenwickTree.bytes(slots)) }
        var node = resizing
        while let this = node {
            tally.add(Self.nodeSize)
            node = this.pointee.next
        }
    }

    /// - Parameters:
    ///   - count: entries of a table.
    ///   - isResizing: whether a table should be in the list.
    func violations(
        _ name: String, count: (Table) -> Int, isResizing: (Table) -> Bool
    ) -> [String] {
        var found: [String] = []
        var (sum, full, listed) = (0, 0, 0)
        var node = resizing
        var inList: Set<Int> = []
        while let this = node {
            inList.insert(this.pointee.slot)
            listed += 1
            node = this.pointee.next
        }
        if listed != inList.count { found.append("\(name): a slot is listed twice as resizing") }
        var sums = [0]
        sums.reserveCapacity(slots + 1)
        for slot in 0..<slots {
            defer { sums.append(sum) }
            if let table = tables[slot] {
                let entries = count(table)
                sum += entries
                if entries > 0 { full += 1 }
                if isResizing(table) != inList.contains(slot) {
                    found.append("\(name): slot \(slot) is resizing or listed, not both")
                }
            } else if inList.contains(slot) {
                found.append("\(name): slot \(slot) has no table and is listed as resizing")
            }
        }
        if let tree { found += Self.violations(name, tree, sums) }
        if sum != entries { found.append("\(name): \(entries) accounted, \(sum) in the tables") }
        if tree != nil, full != nonEmpty {
            found.append("\(name): \(nonEmpty) slots accounted as not empty, \(full) are")
        }
        return found
    }

    /// - Parameter sums: keys in the first 0, 1, 2 … slots, added up one by one.
    private static func violations(
        _ name: String, _ tree: FenwickTree, _ sums: [Int]
    ) -> [String] {
        var found: [String] = []
        if !tree.holds(sums) { found.append("\(name): the tree's sums are wrong") }
        for slot in 0..<(sums.count - 1) where sums[slot] != sums[slot + 1] {
            let (first, last) = (sums[slot] + 1, sums[slot + 1])
            if tree.slot(ofKey: first) != slot || tree.slot(ofKey: last) != slot {
                found.append("\(name): keys \(first) to \(last) are of slot \(slot)")
            }
            if tree.prefix(slot) != last {
                found.append("\(name): the tree has not \(last) keys up to slot \(slot)")
            }
        }
        return found
    }
}
