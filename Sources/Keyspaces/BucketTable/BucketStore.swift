// The bucket tables of one kind of entry: one of them, or one per hash slot in cluster mode.
//
// The main keyspace and its expiries are one store each. The store picks the table of a key, keeps
// the directory's counts and its list of tables being resized up to date, and frees the table of a
// slot that has become empty where the servers do (the main keyspace's).
//
// The slab is passed to whatever may allocate or free: a keyspace has one slab for both stores.

struct BucketStore: ~Copyable {
    typealias Position = BucketHandle.Position

    let policy: BucketTable.Policy
    let match: GroupMatch
    let hasher: KeyHasher
    private let freesEmpty: Bool
    private(set) var slots: SlotDirectory
    private var sweep = Sweep()

    /// - Parameter freesEmpty: the table of an empty slot is freed; a single table never is.
    init(
        _ policy: BucketTable.Policy, _ match: GroupMatch, _ hasher: KeyHasher,
        slots count: Int, freesEmpty: Bool, _ slab: inout Slab
    ) {
        self.policy = policy
        self.match = match
        self.hasher = hasher
        self.freesEmpty = freesEmpty && count > 1
        slots = SlotDirectory(slots: count, &slab)
        if count == 1 { slots[0] = BucketHandle.make(policy, &slab) }
    }

    /// Forgets everything, after the slab released it all.
    mutating func reset(_ slab: inout Slab) {
        slots.reset(&slab)
        if slots.mask == 0 { slots[0] = BucketHandle.make(policy, &slab) }
    }

    var count: Int { slots.entries }
    /// True when background work has looked at every table since the last insert or delete.
    var isRightsized: Bool { sweep.left == 0 }
    var isSettled: Bool { slots.resizing == nil }

    /// The table of `slot`, if it has one.
    func handle(_ slot: Int) -> BucketHandle? {
        guard let table = slots[slot] else { return nil }
        return handle(table)
    }

    func handle(_ table: SlotDirectory.Table) -> BucketHandle {
        BucketHandle(table, policy, match, hasher)
    }

    // MARK: Operations

    /// Where `key` is; moves a resize of its table on by a step.
    mutating func find(_ key: Key, _ slab: inout Slab) -> Position? {
        guard let table = handle(key.slot) else { return nil }
        guard table.isRehashing else { return table.peek(key) }
        let position = table.find(key, &slab)
        noteResize(table, key.slot, &slab)
        return position
    }

    /// Where `key` is, nothing moved.
    func peek(_ key: Key) -> Position? { handle(key.slot)?.peek(key) }

    /// Makes the position that holds `old` hold `new`; `old` is only compared by address.
    func replace(_ old: KeyedObject, by new: KeyedObject, _ key: Key) {
        handle(key.slot).unsafelyUnwrapped.replace(old, by: new, hash: key.hash)
    }

    func prefetchIndex(_ key: Key) { handle(key.slot)?.prefetchIndex(key.hash) }
    func prefetchEntry(_ key: Key) { handle(key.slot)?.prefetchEntry(key.hash) }
    func prefetchPayload(_ key: Key) { handle(key.slot)?.prefetchPayload(key.hash) }

    /// Adds an entry whose key is known not to be there.
    mutating func insert(_ object: KeyedObject, _ key: Key, _ slab: inout Slab) {
        if slots[key.slot] == nil { slots[key.slot] = BucketHandle.make(policy, &slab) }
        let table = handle(key.slot).unsafelyUnwrapped
        table.insert(object, hash: key.hash, &slab)
        slots.changed(key.slot, by: 1, to: table.count)
        sweep.restart(slots.slots)
        noteResize(table, key.slot, &slab)
    }

    /// Takes the entry of `key`, at `position`, out; the caller owns the object.
    mutating func remove(_ position: Position, _ key: Key, _ slab: inout Slab) {
        let table = handle(key.slot).unsafelyUnwrapped
        table.remove(position, &slab)
        slots.changed(key.slot, by: -1, to: table.count)
        sweep.restart(slots.slots)
        noteResize(table, key.slot, &slab)
        guard freesEmpty, table.count == 0 else { return }
        if let node = table.node.pointee { slots.removeResizing(node, &slab) }
        table.free(&slab)
        slots[key.slot] = nil
    }

    /// Enters a table in the list of those being resized, or takes it out.
    private mutating func noteResize(_ table: BucketHandle, _ slot: Int, _ slab: inout Slab) {
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

    /// Starts the resizes that inserts and deletes left undone: of sparse tables and of full ones,
    /// which would otherwise grow with their next insert.
    mutating func rightsize(until deadline: Deadline, _ slab: inout Slab) {
        while !isRightsized {
            let slot = sweep.next(slots.mask)
            if let table = handle(slot), table.count > 0, !table.isRehashing {
                table.shrinkIfNeeded(&slab)
                if !table.isRehashing { table.growIfNeeded(&slab) }
                noteResize(table, slot, &slab)
            }
            if slot % Sweep.batch == 0, deadline.hasPassed { return }
        }
    }

    /// Moves resizes on until all have ended or the clock passes `deadline`.
    mutating func rehash(until deadline: Deadline, _ slab: inout Slab) {
        while let node = slots.resizing {
            let slot = node.pointee.slot
            let table = handle(slot).unsafelyUnwrapped
            table.rehash(until: deadline, &slab)
            noteResize(table, slot, &slab)
            if deadline.hasPassed { return }
        }
    }

    // MARK: Walks

    func forEachObject(_ body: (KeyedObject) -> Void) {
        slots.forEachTable { _, table in handle(table).forEachObject(body) }
    }

    /// Objects at `cursor`, and the cursor after it (0 at the end).
    func visit(at cursor: UInt64, _ body: (KeyedObject) -> Void) -> UInt64 {
        slots.step(cursor) { _, table, position in handle(table).visit(at: position, body) }
    }

    /// A slot with entries, chosen with the probability of its share of them.
    private func randomSlot(_ random: inout KeyspaceRandom) -> Int {
        slots.mask == 0 ? 0 : slots.slot(ofEntry: random.below(count) + 1)
    }

    /// A fairly chosen entry of all; nil when there is none.
    func random(_ random: inout KeyspaceRandom) -> KeyedObject? {
        guard count > 0 else { return nil }
        return handle(randomSlot(&random))?.random(&random)
    }

    /// Up to `buffer.count` entries of one fairly chosen slot.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<KeyedObject>, _ random: inout KeyspaceRandom
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
            name, count: { handle($0).count }, isResizing: { handle($0).isRehashing })
        slots.forEachTable { slot, address in
            let table = handle(address)
            if freesEmpty, table.count == 0 { found.append("\(name): slot \(slot) is empty") }
            found += table.violations(slots.mask == 0 ? name : "\(name), slot \(slot)")
            guard slots.mask != 0 else { return }
            table.forEachObject { object in
                let home = HashSlot.slot(of: object.key)
                if home != slot { found.append("\(name): a key of slot \(home) is in \(slot)") }
            }
        }
        return found
    }
}
