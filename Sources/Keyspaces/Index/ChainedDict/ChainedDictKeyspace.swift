// The keyspace of Redis / Valkey 7.2 and Valkey 8.0: dicts from key to object and from key to
// expiry.
//
//     7.2   main      [head]→ entry ─ key   → sds "user:1"  ◁─┐
//                                   └ value → object → string │ one key string, two entries
//           expires   [head]→ entry ─ key   ──────────────────┘
//                                   └ value = Unix ms
//     8.0   as above, but the key's string is part of its main entry
//
// In cluster mode 7.2 keeps one dict of each and a list of the keys of every slot; 8.0 has two
// dicts for every slot.
//
// Invariants (`invariantViolations`): those of the dicts, the slots and the slab; every key of
// `expires` is the very string of its main entry; recount = the slab's accounts.
//
// Deviations from the servers: rewriting a value whose size class stays does so in place instead of
// freeing and allocating, which leaves the same bytes accounted and the same lines touched; APPEND
// reserves no room beyond the size class.

public struct ChainedDictKeyspace: Keyspace, ~Copyable {
    typealias Entry = ChainedDict.Entry

    public var now: Int64 = 0 {
        didSet { clock.set(now) }
    }
    public var recordsUse: Bool {
        get { clock.isRecording }
        set { clock.isRecording = newValue }
    }
    public internal(set) var expiredCount = 0
    public internal(set) var evictedCount = 0

    let isCluster: Bool
    let hasher: KeyHasher
    var slab: Slab
    var main: DictStore
    var expires: DictStore
    /// 7.2 in cluster mode.
    var slotLists: SlotLists?
    let shared: SharedIntegers
    var clock: UsageClock
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    var pool = EvictionPool()
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0

    public init(_ options: KeyspaceOptions) {
        precondition(options.table.index == .chainedDict, "\(options.table) is no chained dict")
        var slab = Slab(quantum: options.quantum)
        isCluster = options.cluster
        hasher = KeyHasher(options.hash, seed: options.seed)
        evictionPolicy = options.eviction
        shared = SharedIntegers(isShared: !options.eviction.needsOwnObjects)
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        let hasSlotDicts = options.table == .valkey80
        let policy: ChainedDict.Policy = hasSlotDicts ? .valkey80 : .valkey72
        let layout: DictEntryLayout =
            hasSlotDicts ? .embeddedKey : options.cluster ? .withSlotList : .separateKey
        let slots = hasSlotDicts && options.cluster ? HashSlot.count : 1
        main = DictStore(
            .init(policy: policy, layout: layout, hasher: hasher), slots: slots, freesEmpty: true,
            &slab)
        expires = DictStore(
            .init(policy: policy, layout: .separateKey, hasher: hasher), slots: slots,
            freesEmpty: false, &slab)
        slotLists = options.cluster && !hasSlotDicts ? SlotLists(layout, &slab) : nil
        self.slab = slab
    }

    public var count: Int { main.count }
    public var expiringCount: Int { expires.count }

    public func count(inSlot slot: Int) -> Int {
        guard isCluster else { return count }
        if let slotLists { return slotLists.count(slot) }
        return main.handle(slot)?.count ?? 0
    }

    public func key(_ bytes: Bytes) -> Key {
        let slot = isCluster ? HashSlot.slot(of: bytes) : 0
        return Key(bytes: bytes, hash: hasher.hash(bytes), slot: slot)
    }

    // MARK: Strings

    public mutating func find(_ key: Key) -> ValueView? {
        guard let entry = liveEntry(key) else { return nil }
        let object = main.layout.object(entry)
        touch(object)
        return object.view
    }

    public func peek(_ key: Key) -> ValueView? { peekObject(key)?.view }

    public func usage(of key: Key) -> Usage? { peekObject(key).map { clock.usage($0.usage) } }

    private func peekObject(_ key: Key) -> StringObject? {
        peekEntry(key).map { main.layout.object($0) }
    }

    func peekEntry(_ key: Key) -> UnsafeMutableRawPointer? {
        guard main.count != 0, let entry = main.peek(key) else { return nil }
        if expires.count != 0, let expiry = expires.peek(key), expires.layout.integer(expiry) < now
        {
            return nil
        }
        return entry
    }

    /// Records a use; see Usage.swift for why only changes are stored.
    private mutating func touch(_ object: StringObject) {
        let old = object.usage
        let new = clock.touched(old, &random)
        if new != old { object.usage = new }
    }

    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        if let entry = liveEntry(key) {
            let old = main.layout.object(entry)
            let usage = clock.touched(old.usage, &random)
            let object = old.replaced(with: value, &slab, shared)
            if object.usage != usage { object.usage = usage }
            if object.address != old.address { main.layout.setObject(entry, object) }
            apply(expiry, to: entry, key)
            return false
        }
        let entry = makeEntry(key.bytes)
        let object = StringObject.make(value, &slab, shared)
        object.usage = clock.fresh
        main.layout.setObject(entry, object)
        main.insert(entry, key, &slab)
        slotLists?.add(entry, key.slot)
        if case .at(let time) = expiry { addExpiry(time, entry, key) }
        return true
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        set(key, value, expiry: expiry)
        guard let entry = liveEntry(key) else { return }
        let old = main.layout.object(entry)
        let object = old.reformed(value, form, &slab, shared)
        if object.address != old.address { main.layout.setObject(entry, object) }
    }

    public func encoding(of key: Key) -> ValueEncoding? { peekObject(key)?.valueEncoding }

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        if let entry = liveEntry(key), main.layout.object(entry).append(suffix, &slab) {
            let object = main.layout.object(entry)
            touch(object)
            return object.view.length
        }
        return appendByCopy(key, suffix)
    }

    public mutating func remove(_ key: Key) -> Bool {
        guard liveEntry(key) != nil else { return false }
        delete(key)
        return true
    }

    public mutating func removeAll() {
        slab.releaseAll()
        main.reset(&slab)
        expires.reset(&slab)
        slotLists?.reset(&slab)
        pool.removeAll()
        expiryCursor = 0
    }

    // MARK: Expiry

    public mutating func expiry(of key: Key) -> Expiry? {
        guard liveEntry(key) != nil else { return nil }
        guard expires.count != 0, let entry = expires.find(key, &slab) else { return .never }
        return .at(expires.layout.integer(entry))
    }

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let entry = liveEntry(key) else { return false }
        apply(expiry, to: entry, key)
        return true
    }

    private mutating func apply(_ expiry: Expiry, to entry: Entry, _ key: Key) {
        switch expiry {
        case .keep: break
        case .never: removeExpiry(key)
        case .at(let time):
            if expires.count != 0, let existing = expires.find(key, &slab) {
                expires.layout.setInteger(existing, time)
            } else {
                addExpiry(time, entry, key)
            }
        }
    }

    private mutating func addExpiry(_ time: Int64, _ entry: Entry, _ key: Key) {
        let added = slab.allocate(expires.layout.fixedSize)
        expires.layout.setKey(added, main.layout.key(entry))
        expires.layout.setInteger(added, time)
        expires.insert(added, key, &slab)
    }

    private mutating func removeExpiry(_ key: Key) {
        guard expires.count != 0, let entry = expires.unlink(key, &slab) else { return }
        slab.free(entry, expires.layout.fixedSize)
    }

    // MARK: Entries

    /// The entry of `key`, unless its time has come, in which case it goes.
    mutating func liveEntry(_ key: Key) -> Entry? {
        guard main.count != 0, let entry = main.find(key, &slab) else { return nil }
        guard expires.count != 0, let expiry = expires.find(key, &slab) else { return entry }
        // An entry lives through its last millisecond, as in the servers.
        if now <= expires.layout.integer(expiry) { return entry }
        delete(key)
        expiredCount &+= 1
        return nil
    }

    /// Removes an existing key with its expiry. The key's bytes may be the entry's own.
    mutating func delete(_ key: Key) {
        // First the expiry: its entry borrows the key's string.
        removeExpiry(key)
        guard let entry = main.unlink(key, &slab) else { return }
        slotLists?.remove(entry, key.slot)
        main.layout.object(entry).free(&slab, shared)
        let layout = main.layout
        let size = layout.size(entry)
        if !layout.embedsKey { SDS.free(layout.key(entry), &slab) }
        slab.free(entry, size)
    }

    private mutating func makeEntry(_ key: Bytes) -> Entry {
        let layout = main.layout
        let entry = slab.allocate(layout.size(keyLength: key.count))
        if layout.embedsKey {
            layout.embedKey(entry, key)
        } else {
            layout.setKey(entry, SDS.allocate(key, &slab))
        }
        return entry
    }
}
