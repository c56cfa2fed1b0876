// The tables of one kind of entry: one of them, or one per hash slot in cluster mode.
//
// The main keyspace and its expiries are one store each. The store picks the table of a key, keeps
// the directory's counts and its list of tables being resized up to date, and frees the table of a
// slot that has become empty where the servers do (the main keyspace's). What kind of table it is,
// its handle says (`KeyIndex`); the store is specialised for each.
//
// The slab is passed to whatever may allocate or free: a keyspace has one slab for both stores.

import RESP

struct TableStore<Index: KeyIndex>: ~Copyable {
    let traits: Index.Traits
    private let freesEmpty: Bool
    private(set) var slots: SlotDirectory
    private var sweep = SlotSweep()

    /// - Parameter freesEmpty: the table of an empty slot is freed; a single table never is.
    init(_ traits: Index.Traits, slots count: Int, freesEmpty: Bool, _ slab: inout Slab) {
        self.traits = traits
        self.freesEmpty = freesEmpty && count > 1
        slots = SlotDirectory(slots: count, &slab)
        if count == 1 { slots[0] = Index.make(traits, &slab) }
    }

    // See `KeyIndex`; of all stores with these traits, not of this one alone.
    var memoryElsewhere: MemoryReport { Index.memoryElsewhere(traits) }
    var violationsElsewhere: [String] { Index.violationsElsewhere(traits) }
    func giveUpAll() { Index.giveUpAll(traits) }

    /// Forgets everything, after the slab released it all.
    mutating func reset(_ slab: inout Slab) {
        slots.reset(&slab)
        if slots.mask == 0 { slots[0] = Index.make(traits, &slab) }
    }

    private var isListed: Bool { Index.isListed(traits) }
    var count: Int { slots.entries }
    /// True when background work has looked at every table since the last insert or delete.
    var isRightsized: Bool { sweep.left == 0 }
    /// True without a resize in progress. Only single tables are not listed.
    var isSettled: Bool {
        isListed ? slots.resizing == nil : handle(0)?.isRehashing != true
    }

    /// The table of `slot`, if it has one.
    @inline(__always)
    func handle(_ slot: Int) -> Index? {
        guard let table = slots[slot] else { return nil }
        return handle(table)
    }

    @inline(__always)
    private func handle(_ table: SlotDirectory.Table) -> Index { Index(table, traits) }

    // MARK: Operations

    /// Where `key` is; moves a resize of its table on by a step.
    @inline(__always)
    mutating func find(_ key: Key, _ slab: inout Slab) -> Index.Found? {
        guard let table = handle(key.slot) else { return nil }
        guard table.isRehashing else { return table.peek(key) }
        let found = table.find(key, &slab)
        noteResize(table, key.slot, &slab)
        return found
    }

    /// Where `key` is, nothing moved.
    func peek(_ key: Key) -> Index.Found? { handle(key.slot)?.peek(key) }

    @inline(__always)
    func prefetchIndex(_ key: Key) { handle(key.slot)?.prefetchIndex(key.hash) }
    @inline(__always)
    func prefetchEntry(_ key: Key) { handle(key.slot)?.prefetchEntry(key.hash) }
    @inline(__always)
    func prefetchValue(_ key: Key) { handle(key.slot)?.prefetchValue(key) }
    @inline(__always)
    func prefetchPayload(_ key: Key) { handle(key.slot)?.prefetchPayload(key) }

    /// Adds an entry whose key is known not to be there.
    mutating func insert(_ element: Index.Element, _ key: Key, _ slab: inout Slab) {
        if slots[key.slot] == nil { slots[key.slot] = Index.make(traits, &slab) }
        let table = handle(key.slot).unsafelyUnwrapped
        table.insert(element, hash: key.hash, &slab)
        slots.changed(key.slot, by: 1, to: table.count)
        sweep.restart(slots.slots)
        noteResize(table, key.slot, &slab)
    }

    /// Accounts for an entry that was just taken out of `table`.
    mutating func noteRemoval(_ table: Index, _ slot: Int, _ slab: inout Slab) {
        slots.changed(slot, by: -1, to: table.count)
        sweep.restart(slots.slots)
        guard freesEmpty, table.count == 0 else {
            if table.shrinksOnDelete { table.shrinkIfNeeded(&slab) }
            return noteResize(table, slot, &slab)
        }
        if isListed, let node = table.node.pointee { slots.removeResizing(node, &slab) }
        table.free(&slab)
        slots[slot] = nil
    }

    /// After an eviction of `key`.
    func reclaim(_ key: Key, _ slab: inout Slab) { handle(key.slot)?.reclaim(key.hash, &slab) }

    /// Enters a table in the list of those being resized, or takes it out.
    mutating func noteResize(_ table: Index, _ slot: Int, _ slab: inout Slab) {
        guard isListed else { return }
        let node = table.node.pointee
        if table.isRehashing == (node != nil) { return }
        if let node {
            slots.removeResizing(node, &slab)
            table.node.pointee = nil
        } else {
            table.node.pointee = slots.addResizing(slot, &slab)
        }
    }

    // MARK: Background

    /// Starts the resizes that inserts and deletes left undone: of sparse tables and, where the
    /// servers do, of full ones, which would otherwise grow with their next insert.
    mutating func rightsize(until deadline: Deadline, _ slab: inout Slab) {
        while !isRightsized {
            let slot = sweep.next(slots.mask)
            // Of many, empty ones are freed; one that resizes at once and is alone shrinks here,
            // for no delete did it.
            if let table = handle(slot), table.count > 0 || !isListed, !table.isRehashing {
                table.shrinkIfNeeded(&slab)
                if table.growsWhenFull, !table.isRehashing { table.growIfNeeded(&slab) }
                noteResize(table, slot, &slab)
            }
            if slot % SlotSweep.batch == 0, deadline.hasPassed { return }
        }
    }

    /// Moves resizes on until all have ended or the clock passes `deadline`.
    mutating func rehash(until deadline: Deadline, _ slab: inout Slab) {
        guard isListed else {
            handle(0)?.rehash(until: deadline, &slab)
            return
        }
        while let node = slots.resizing {
            let slot = node.pointee.slot
            let table = handle(slot).unsafelyUnwrapped
            table.rehash(until: deadline, &slab)
            noteResize(table, slot, &slab)
            if deadline.hasPassed { return }
        }
    }

    // MARK: Walks

    func forEachElement(_ body: (Index.Element) -> Void) {
        slots.forEachTable { _, table in handle(table).forEachElement(body) }
    }

    /// Entries at `cursor`, and the cursor after it (0 at the end).
    func visit(at cursor: UInt64, _ body: (Index.Element) -> Void) -> UInt64 {
        slots.step(cursor) { _, table, position in handle(table).visit(at: position, body) }
    }

    /// A slot with entries, chosen with the probability of its share of them.
    private func randomSlot(_ random: inout KeyspaceRandom) -> Int {
        slots.mask == 0 ? 0 : slots.slot(ofEntry: random.below(count) + 1)
    }

    /// A fairly chosen entry of all; nil when there is none.
    func random(_ random: inout KeyspaceRandom) -> Index.Element? {
        guard count > 0 else { return nil }
        return handle(randomSlot(&random))?.random(&random)
    }

    /// Up to `buffer.count` entries of one fairly chosen slot.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<Index.Element>, _ random: inout KeyspaceRandom
    ) -> Int {
        guard count > 0 else { return 0 }
        return handle(randomSlot(&random))?.sample(buffer, &random) ?? 0
    }

    func addStatistics(to statistics: inout StatisticsSum) {
        slots.forEachTable { _, table in handle(table).addStatistics(to: &statistics) }
    }

    func recount(_ tally: inout Tally) {
        slots.recount(&tally)
        slots.forEachTable { _, table in handle(table).recount(&tally) }
    }

    func violations(_ name: String) -> [String] {
        var found = slots.violations(
            name, count: { handle($0).count },
            isResizing: { isListed && handle($0).isRehashing })
        slots.forEachTable { slot, address in
            let table = handle(address)
            if freesEmpty, table.count == 0 { found.append("\(name): slot \(slot) is empty") }
            found += table.violations(slots.mask == 0 ? name : "\(name), slot \(slot)")
            guard slots.mask != 0 else { return }
            table.forEachElement { element in
                let home = HashSlot.slot(of: table.key(of: element))
                if home != slot { found.append("\(name): a key of slot \(home) is in \(slot)") }
            }
        }
        return found
    }
}

extension TableStore where Index: ObjectIndex {
    /// Makes the position that holds `old` hold `new`; `old` is only compared by address.
    func replace(_ old: KeyedObject, by new: KeyedObject, _ key: Key) {
        handle(key.slot).unsafelyUnwrapped.replace(old, by: new, hash: key.hash)
    }

    /// Takes the object of `key`, which is at `found`, out; the caller owns it.
    mutating func remove(_ found: Index.Found, _ key: Key, _ slab: inout Slab) {
        let table = handle(key.slot).unsafelyUnwrapped
        table.remove(found, &slab)
        noteRemoval(table, key.slot, &slab)
    }
}
