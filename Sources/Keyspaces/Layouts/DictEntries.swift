// Entries of chained dicts, from key to object and from key to expiry: those of Redis and Valkey
// 7.2 and of Valkey 8.0.
//
//     7.2   main      [head]→ entry ─ key   → sds "user:1"  ◁─┐
//                                   └ value → object → string │ one key string, two entries
//           expires   [head]→ entry ─ key   ──────────────────┘
//                                   └ value = Unix ms
//     8.0   as above, but the key's string is part of its main entry
//
// In cluster mode 7.2 keeps one dict of each and a list of the keys of every slot; 8.0 has two
// dicts for every slot. An entry never moves: what a write replaces is the object that it names.
// An expiry is looked up in the second dict, which is asked only while it has any.
//
// Invariants: every key of `expires` is the very string of its main entry; the lists of the slots
// hold their keys.
//
// Deviations from the servers: rewriting a value whose size class stays does so in place instead of
// freeing and allocating, which leaves the same bytes accounted and the same lines touched; APPEND
// reserves no room beyond the size class.

struct DictEntries: EntryLayout, ~Copyable {
    typealias Index = DictHandle<DictEntryLayout>
    typealias Object = StringObject
    typealias Entry = ChainedDict.Entry

    private let layout: DictEntryLayout
    private let expiryLayout = DictEntryLayout.separateKey
    private let shared: SharedIntegers
    /// 7.2 in cluster mode.
    private let hasSlotLists: Bool
    private var slotLists: SlotLists?

    init(_ options: KeyspaceOptions) {
        layout = Self.mainLayout(options)
        shared = SharedIntegers(isShared: !options.eviction.needsOwnObjects)
        hasSlotLists = Self.needsSlotLists(options)
    }

    private static func needsSlotLists(_ options: KeyspaceOptions) -> Bool {
        options.cluster && options.table.design.perSlot == .list
    }

    private static func mainLayout(_ options: KeyspaceOptions) -> DictEntryLayout {
        guard case .entries(let layout) = options.table.design.layout else {
            preconditionFailure("\(options.table) has no entries of a dict")
        }
        return needsSlotLists(options) ? .withSlotList : layout
    }

    static func traits(
        _ options: KeyspaceOptions, _ hasher: KeyHasher
    ) -> (main: Index.Traits, expires: Index.Traits) {
        guard case .chainedDict(let policy) = options.table.design.index else {
            preconditionFailure("\(options.table) is no chained dict")
        }
        func with(_ layout: DictEntryLayout) -> Index.Traits {
            Index.Traits(policy: policy, layout: layout, hasher: hasher)
        }
        return (main: with(mainLayout(options)), expires: with(.separateKey))
    }

    mutating func reset(_ slab: inout Slab) {
        slotLists = hasSlotLists ? SlotLists(layout, &slab) : nil
    }

    func count(inSlot slot: Int) -> Int? { slotLists?.count(slot) }

    // MARK: Entries

    @inline(__always)
    func key(of entry: Entry) -> Bytes { SDS.bytes(layout.key(entry)) }
    @inline(__always)
    func object(of entry: Entry) -> StringObject { layout.object(entry) }

    @inline(__always)
    func make(
        _ key: Key, _ value: Bytes, expiry _: Int64?, usage: UInt32, _ slab: inout Slab
    ) -> Entry {
        let entry = makeEntry(key.bytes, &slab)
        let object = StringObject.make(value, &slab, shared)
        object.usage = usage
        layout.setObject(entry, object)
        slotLists?.add(entry, key.slot)
        return entry
    }

    func makeHolder(_ key: Key, usage: UInt32, _ slab: inout Slab) -> Entry {
        let entry = makeEntry(key.bytes, &slab)
        let object = StringObject.makeHolder(&slab)
        object.usage = usage
        layout.setObject(entry, object)
        slotLists?.add(entry, key.slot)
        return entry
    }

    @inline(__always)
    private func makeEntry(_ key: Bytes, _ slab: inout Slab) -> Entry {
        let entry = slab.allocate(layout.size(keyLength: key.count))
        if layout.embedsKey {
            layout.embedKey(entry, key)
        } else {
            layout.setKey(entry, SDS.allocate(key, &slab))
        }
        return entry
    }

    @inline(__always)
    func replaced(
        _ object: StringObject, with value: Bytes, needsExpiry _: Bool, _ slab: inout Slab
    ) -> StringObject {
        object.replaced(with: value, &slab, shared)
    }

    func reformed(
        _ object: StringObject, _ value: Bytes, _ form: ValueForm, _ slab: inout Slab
    ) -> StringObject {
        object.reformed(value, form, &slab, shared)
    }

    @inline(__always)
    func put(
        _ new: StringObject, for old: StringObject, at entry: Entry, hadTime _: Bool, _: Key,
        _: borrowing DictStore
    ) {
        if new.address != old.address { layout.setObject(entry, new) }
    }

    /// A chain is linked one way only: its entry is looked up again, as in the servers.
    @inline(__always)
    func remove(
        _ key: Key, at _: Entry, _ main: inout DictStore, _ expires: inout DictStore,
        _ slab: inout Slab
    ) {
        remove(key, &main, &expires, &slab)
    }

    @inline(__always)
    func remove(
        _ key: Key, _ main: inout DictStore, _ expires: inout DictStore, _ slab: inout Slab
    ) {
        // First the expiry: its entry borrows the key's string.
        removeTime(key, &expires, &slab)
        guard let entry = main.unlink(key, &slab) else { return }
        slotLists?.remove(entry, key.slot)
        layout.object(entry).free(&slab, shared)
        let size = layout.size(entry)
        if !layout.embedsKey { SDS.free(layout.key(entry), &slab) }
        slab.free(entry, size)
    }

    // MARK: Expiry

    @inline(__always)
    func time(
        of _: Entry, _ key: Key, _ expires: inout DictStore, _ slab: inout Slab
    ) -> Int64? {
        guard expires.count != 0, let entry = expires.find(key, &slab) else { return nil }
        return expires.layout.integer(entry)
    }

    @inline(__always)
    func peekTime(of _: Entry, _ key: Key, _ expires: borrowing DictStore) -> Int64? {
        guard expires.count != 0, let entry = expires.peek(key) else { return nil }
        return expires.layout.integer(entry)
    }

    @inline(__always)
    func peekTime(of entry: Entry, _ keys: KeyMaker, _ expires: borrowing DictStore) -> Int64? {
        guard expires.count != 0 else { return nil }
        return peekTime(of: entry, keys.key(key(of: entry)), expires)
    }

    @inline(__always)
    func hasTime(_: StringObject) -> Bool { false }

    @inline(__always)
    func addTime(
        _ time: Int64, to entry: Entry, _ key: Key, _ expires: inout DictStore,
        _ slab: inout Slab
    ) {
        let added = slab.allocate(expiryLayout.fixedSize)
        expiryLayout.setKey(added, layout.key(entry))
        expiryLayout.setInteger(added, time)
        expires.insert(added, key, &slab)
    }

    @inline(__always)
    func setTime(
        _ time: Int64, of _: StringObject, at entry: Entry, hadTime _: Bool, _ key: Key,
        _ expires: inout DictStore, _ slab: inout Slab
    ) {
        setTime(time, at: entry, key, &expires, &slab)
    }

    @inline(__always)
    func setTime(
        _ time: Int64, at entry: Entry, _ key: Key, _ expires: inout DictStore,
        _ slab: inout Slab
    ) {
        if expires.count != 0, let existing = expires.find(key, &slab) {
            expiryLayout.setInteger(existing, time)
        } else {
            addTime(time, to: entry, key, &expires, &slab)
        }
    }

    @inline(__always)
    func clearTime(
        of _: StringObject, hadTime _: Bool, _ key: Key, _ expires: inout DictStore,
        _ slab: inout Slab
    ) {
        removeTime(key, &expires, &slab)
    }

    @inline(__always)
    private func removeTime(_ key: Key, _ expires: inout DictStore, _ slab: inout Slab) {
        guard expires.count != 0, let entry = expires.unlink(key, &slab) else { return }
        slab.free(entry, expiryLayout.fixedSize)
    }

    // MARK: Elements of `expires`

    @inline(__always)
    func key(ofExpiry entry: Entry) -> Bytes { SDS.bytes(expiryLayout.key(entry)) }
    @inline(__always)
    func time(ofExpiry entry: Entry) -> Int64 { expiryLayout.integer(entry) }

    /// It has no object: the main entry's is looked up, as the servers do.
    func object(
        ofExpiry entry: Entry, _ keys: KeyMaker, _ main: borrowing DictStore
    ) -> StringObject? {
        guard let owner = main.peek(keys.key(key(ofExpiry: entry))) else { return nil }
        return layout.object(owner)
    }

    func isExpiry(_ expiry: Entry, of entry: Entry) -> Bool {
        expiryLayout.key(expiry) == layout.key(entry)
    }

    // MARK: Reports

    func add(_ entry: Entry, to tally: inout Tally) {
        tally.add(layout.size(entry))
        if !layout.embedsKey { tally.add(SDS.size(SDS.length(layout.key(entry)))) }
        let object = layout.object(entry)
        if shared.contains(object) { return }
        let sizes = object.sizes
        tally.add(sizes.object)
        if let string = sizes.string { tally.add(string) }
    }

    func addRest(_ expires: borrowing DictStore, to tally: inout Tally) {
        slotLists?.recount(&tally)
        let size = expiryLayout.fixedSize
        expires.forEachElement { _ in tally.add(size) }
    }

    func fault(in _: Entry, _: SizeClasses.Quantum) -> String? { nil }

    func violations(_ entries: Int) -> [String] { slotLists?.violations(entries) ?? [] }
}
