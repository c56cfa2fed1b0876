// A sorted set that is too large for a listpack: a table by member and a skiplist by score.
//
//     [table 8][skiplist 8]      7.2, 8.0: entry [member ●][node ●][next], the member's string is
//                                the node's; from 8.1 on the table leads to the nodes themselves

struct SortedSet {
    static let size = 16

    let address: UnsafeMutableRawPointer
    let table: MemberTable
    let list: SkipList
    /// The table leads to nodes.
    private let hasNodes: Bool

    init(_ address: UnsafeMutableRawPointer, _ traits: CollectionTraits) {
        self.address = address
        table = traits.table(address.loadPointer(0).unsafelyUnwrapped, .scored)
        list = SkipList(
            address: address.loadPointer(8).unsafelyUnwrapped, layout: traits.nodes)
        hasNodes = traits.packsFields
    }

    static func make(_ traits: CollectionTraits, _ slab: inout Slab) -> SortedSet {
        let address = slab.allocate(size)
        address.storePointer(traits.makeTable(.scored, &slab).address, 0)
        address.storePointer(SkipList.make(traits.nodes, &slab).address, 8)
        return SortedSet(address, traits)
    }

    /// Frees a set without members.
    func free(_ slab: inout Slab) {
        table.free(&slab)
        list.free(&slab)
        slab.free(address, Self.size)
    }

    private var entrySize: Int { DictEntryLayout.separateKey.fixedSize }

    func node(_ entry: MemberTable.Entry) -> SkipList.Node {
        hasNodes ? entry : entry.loadPointer(DictEntryLayout.separateKey.valueOffset) ?? entry
    }

    /// The node of a member; moves a resize on by a step.
    func find(_ member: Bytes, _ slab: inout Slab) -> SkipList.Node? {
        table.find(table.makeKey(member), &slab).map { node($0.entry) }
    }

    /// Adds a member that is not there.
    func add(
        _ member: Bytes, _ score: Double, _ random: inout KeyspaceRandom, _ slab: inout Slab
    ) {
        let height = SkipList.drawHeight(&random)
        let node = list.layout.make(member, score, height: height, &slab)
        list.insert(node)
        guard !hasNodes else {
            return table.insert(node, table.makeKey(member), &slab)
        }
        let entry = slab.allocate(entrySize)
        DictEntryLayout.separateKey.setKey(entry, list.layout.member(node))
        entry.storePointer(node, DictEntryLayout.separateKey.valueOffset)
        table.insert(entry, table.makeKey(member), &slab)
    }

    /// False when it was not there; the bytes may be the node's own.
    func remove(_ member: Bytes, _ slab: inout Slab) -> Bool {
        guard let entry = table.remove(table.makeKey(member), &slab) else { return false }
        let node = node(entry)
        if !hasNodes { slab.free(entry, entrySize) }
        list.remove(node)
        list.layout.free(node, &slab)
        return true
    }

    /// Adds all allocations.
    func recount(_ tally: inout Tally) {
        tally.add(Self.size)
        table.recount(&tally)
        list.recount(&tally)
        if !hasNodes { table.forEachEntry { _ in tally.add(entrySize) } }
        list.forEachNode { list.layout.add($0, to: &tally) }
    }

    func violations() -> [String] {
        var found = table.violations("sorted set") + list.violations()
        if table.count != list.count {
            found.append("sorted set: \(table.count) in the table, \(list.count) in the list")
        }
        list.forEachNode { node in
            let key = table.makeKey(list.member(node))
            if table.peek(key).map({ self.node($0) }) != node {
                found.append("sorted set: a node that the table does not lead to")
            }
        }
        return found
    }
}
