// The dicts of one kind of entry: one of them, or one per hash slot from Valkey 8.0 on.
//
// The main keyspace and its expiries are one store each. The store picks the dict of a key, keeps
// the directory's counts and its list of dicts being resized up to date, and frees the dict of a slot
// that has become empty where the servers do (the main keyspace's).
//
// The slab is passed to whatever may allocate or free: a keyspace has one slab for both stores.

struct DictStore: ~Copyable {
    typealias Entry = ChainedDict.Entry

    let policy: ChainedDict.Policy
    let layout: DictEntryLayout
    let hasher: KeyHasher
    private let freesEmpty: Bool
    private(set) var slots: SlotDirectory
    private var sweep = Sweep()

    /// - Parameter freesEmpty: the dict of an empty slot is freed; a single dict never is.
    init(
        _ policy: ChainedDict.Policy, _ layout: DictEntryLayout, _ hasher: KeyHasher,
        slots count: Int, freesEmpty: Bool, _ slab: inout Slab
    ) {
        self.policy = policy
        self.layout = layout
        self.hasher = hasher
        self.freesEmpty = freesEmpty && count > 1
        slots = SlotDirectory(slots: count, &slab)
        if count == 1 { slots[0] = DictHandle.make(policy, &slab) }
    }

    /// Forgets everything, after the slab released it all.
    mutating func reset(_ slab: inout Slab) {
        slots.reset(&slab)
        if slots.mask == 0 { slots[0] = DictHandle.make(policy, &slab) }
    }

    var count: Int { slots.entries }
    /// True when background work has looked at every dict since the last insert or delete.
    var isRightsized: Bool { sweep.left == 0 }
    /// True without a resize in progress. The servers list such dicts only where they have many.
    var isSettled: Bool {
        policy.metadataSize == 0 ? !handle(0).unsafelyUnwrapped.isRehashing : slots.resizing == nil
    }

    /// The dict of `slot`, if it has one.
    func handle(_ slot: Int) -> DictHandle? {
        guard let table = slots[slot] else { return nil }
        return handle(table)
    }

    func handle(_ table: SlotDirectory.Table) -> DictHandle {
        DictHandle(table, policy, layout, hasher)
    }

    // MARK: Operations

    /// The entry of `key`; moves a resize of its dict on by a step.
    mutating func find(_ key: Key, _ slab: inout Slab) -> Entry? {
        guard let dict = handle(key.slot) else { return nil }
        guard dict.isRehashing else { return dict.peek(key) }
        let entry = dict.find(key, &slab)
        noteResize(dict, key.slot, &slab)
        return entry
    }

    /// The entry of `key`, nothing moved.
    func peek(_ key: Key) -> Entry? { handle(key.slot)?.peek(key) }

    func prefetchIndex(_ key: Key) { handle(key.slot)?.prefetchIndex(key.hash) }
    /// The first entry of the key's chain, to be asked for or looked into.
    func prefetchEntry(_ key: Key) { handle(key.slot)?.prefetchEntry(key.hash) }

    /// Adds an entry whose key is known not to be there.
    mutating func insert(_ entry: Entry, _ key: Key, _ slab: inout Slab) {
        if slots[key.slot] == nil { slots[key.slot] = DictHandle.make(policy, &slab) }
        let dict = handle(key.slot).unsafelyUnwrapped
        dict.insert(entry, hash: key.hash, &slab)
        slots.changed(key.slot, by: 1, to: dict.count)
        sweep.restart(slots.slots)
        noteResize(dict, key.slot, &slab)
    }

    /// Takes the entry of `key` out, for the caller to free.
    mutating func unlink(_ key: Key, _ slab: inout Slab) -> Entry? {
        guard let dict = handle(key.slot) else { return nil }
        guard let entry = dict.unlink(key, &slab) else {
            noteResize(dict, key.slot, &slab)  // the search moved it on
            return nil
        }
        slots.changed(key.slot, by: -1, to: dict.count)
        sweep.restart(slots.slots)
        if freesEmpty, dict.count == 0 {
            free(dict, key.slot, &slab)
        } else {
            if policy.shrinksOnDelete { dict.shrinkIfNeeded(&slab) }
            noteResize(dict, key.slot, &slab)
        }
        return entry
    }

    private mutating func free(_ dict: DictHandle, _ slot: Int, _ slab: inout Slab) {
        if policy.metadataSize > 0, let node = dict.node.pointee {
            slots.removeResizing(node, &slab)
        }
        dict.free(&slab)
        slots[slot] = nil
    }

    /// Enters a dict in the list of those being resized, or takes it out.
    private mutating func noteResize(_ dict: DictHandle, _ slot: Int, _ slab: inout Slab) {
        guard policy.metadataSize > 0 else { return }
        let node = dict.node.pointee
        if dict.isRehashing == (node != nil) { return }
        if let node {
            slots.removeResizing(node, &slab)
            dict.node.pointee = nil
        } else {
            dict.node.pointee = slots.addResizing(slot, &slab)
        }
    }

    // MARK: Background

    /// Starts the resizes that inserts and deletes left undone: of sparse dicts and, from 8.0 on,
    /// of full ones, which would otherwise grow with their next insert.
    mutating func rightsize(until deadline: Deadline, _ slab: inout Slab) {
        while !isRightsized {
            let slot = sweep.next(slots.mask)
            if let dict = handle(slot), dict.count > 0, !dict.isRehashing {
                dict.shrinkIfNeeded(&slab)
                if policy.growsWhenFull, !dict.isRehashing { dict.growIfNeeded(&slab) }
                noteResize(dict, slot, &slab)
            }
            if slot % Sweep.batch == 0, deadline.hasPassed { return }
        }
    }

    /// Moves resizes on until all have ended or the clock passes `deadline`.
    mutating func rehash(until deadline: Deadline, _ slab: inout Slab) {
        if policy.metadataSize == 0 {
            return handle(0).unsafelyUnwrapped.rehash(until: deadline, &slab)
        }
        while let node = slots.resizing {
            let slot = node.pointee.slot
            let dict = handle(slot).unsafelyUnwrapped
            dict.rehash(until: deadline, &slab)
            noteResize(dict, slot, &slab)
            if deadline.hasPassed { return }
        }
    }

    // MARK: Walks

    func forEachEntry(_ body: (Entry) -> Void) {
        slots.forEachTable { _, table in handle(table).forEachEntry(body) }
    }

    /// Entries at `cursor`, and the cursor after it (0 at the end).
    func visit(at cursor: UInt64, _ body: (Entry) -> Void) -> UInt64 {
        slots.step(cursor) { _, table, position in handle(table).visit(at: position, body) }
    }

    /// A slot with entries, chosen with the probability of its share of them.
    private func randomSlot(_ random: inout KeyspaceRandom) -> Int {
        slots.mask == 0 ? 0 : slots.slot(ofEntry: random.below(count) + 1)
    }

    /// A fairly chosen entry of all; nil when there is none.
    func random(_ random: inout KeyspaceRandom) -> Entry? {
        guard count > 0 else { return nil }
        return handle(randomSlot(&random))?.random(&random)
    }

    /// Up to `buffer.count` entries of one fairly chosen slot.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<Entry>, _ random: inout KeyspaceRandom
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
            isResizing: { policy.metadataSize > 0 && handle($0).isRehashing })
        slots.forEachTable { slot, table in
            let dict = handle(table)
            if freesEmpty, dict.count == 0 { found.append("\(name): slot \(slot) is empty") }
            found += dict.violations(slots.mask == 0 ? name : "\(name), slot \(slot)")
            guard slots.mask != 0 else { return }
            dict.forEachEntry { entry in
                let home = HashSlot.slot(of: SDS.bytes(layout.key(entry)))
                if home != slot { found.append("\(name): a key of slot \(home) is in \(slot)") }
            }
        }
        return found
    }
}
