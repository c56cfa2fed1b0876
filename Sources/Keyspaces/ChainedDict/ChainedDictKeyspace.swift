// The keyspace of Redis / Valkey 7.2: a dict from key to object and a dict from key to expiry.
//
//     main      [head]→ entry ─ key   → sds "user:1"  ◁─┐
//                             └ value → object → string │ one key string, two entries
//     expires   [head]→ entry ─ key   ──────────────────┘
//                             └ value = Unix ms
//
// Invariants (`invariantViolations`): those of both dicts and of the slab; every key of `expires` is
// the very string of its main entry; recount = the slab's accounts.
//
// Deviation from the servers: rewriting a value whose size class stays does so in place instead of
// freeing and allocating, which leaves the same bytes accounted and the same lines touched.

public struct ChainedDictKeyspace: Keyspace, ~Copyable {
    typealias Entry = ChainedDict.Entry

    public var now: Int64 = 0
    public internal(set) var expiredCount = 0

    let hasher: KeyHasher
    var slab: Slab
    var main: DictStore
    var expires: DictStore
    let shared = SharedIntegers()
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0

    public init(_ options: KeyspaceOptions) {
        precondition(options.table.index == .chainedDict, "\(options.table) is no chained dict")
        var slab = Slab(quantum: options.quantum)
        hasher = KeyHasher(options.hash, seed: options.seed)
        main = DictStore(.separateKey, hasher, &slab)
        expires = DictStore(.separateKey, hasher, &slab)
        self.slab = slab
    }

    public var count: Int { main.count }
    public var expiringCount: Int { expires.count }

    public func key(_ bytes: Bytes) -> Key {
        Key(bytes: bytes, hash: hasher.hash(bytes))
    }

    public func prefetchIndex(_ key: Key) { main.prefetchIndex(key.hash) }
    public func prefetchEntry(_ key: Key) { main.prefetchEntry(key.hash) }

    // MARK: Strings

    public mutating func find(_ key: Key) -> ValueView? {
        guard let entry = liveEntry(key) else { return nil }
        return main.layout.object(entry).view
    }

    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        if let entry = liveEntry(key) {
            let object = main.layout.object(entry).replaced(with: value, &slab, shared)
            main.layout.setObject(entry, object)
            apply(expiry, to: entry, key)
            return false
        }
        let entry = makeEntry(SDS.allocate(key.bytes, &slab))
        main.layout.setObject(entry, StringObject.make(value, &slab, shared))
        main.insert(entry, hash: key.hash, &slab)
        if case .at(let time) = expiry { addExpiry(time, entry, key) }
        return true
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
        let added = makeEntry(main.layout.key(entry))
        expires.layout.setInteger(added, time)
        expires.insert(added, hash: key.hash, &slab)
    }

    private mutating func removeExpiry(_ key: Key) {
        guard expires.count != 0, let entry = expires.unlink(key, &slab) else { return }
        slab.free(entry, expires.layout.size)
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

    /// Removes an existing key with its expiry.
    mutating func delete(_ key: Key) {
        // First the expiry: its entry borrows the key's string.
        removeExpiry(key)
        guard let entry = main.unlink(key, &slab) else { return }
        main.layout.object(entry).free(&slab, shared)
        SDS.free(main.layout.key(entry), &slab)
        slab.free(entry, main.layout.size)
    }

    private mutating func makeEntry(_ key: UnsafeMutableRawPointer) -> Entry {
        let entry = slab.allocate(DictEntryLayout.separateKey.size)
        DictEntryLayout.separateKey.setKey(entry, key)
        return entry
    }
}
