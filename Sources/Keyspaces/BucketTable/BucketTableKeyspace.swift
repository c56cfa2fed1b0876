// The keyspace of Valkey 9.1: a bucket table of objects that carry key, expiry and mostly value, and
// a second table with the objects that have an expiry.
//
//     main      [bucket]→ object [header][expiry][key][value]  ◁─┐
//     expires   [bucket]─────────────────────────────────────────┘ the same object
//
// Invariants (`invariantViolations`): those of both tables and of the slab; `expires` holds exactly
// the objects with a time in them; a value is embedded only within the limit; recount = accounts.
//
// Deviation from the servers: rewriting an embedded value whose size class stays does so in place
// instead of allocating and freeing, which leaves the same bytes accounted.

public struct BucketTableKeyspace: Keyspace, ~Copyable {
    typealias Position = BucketStore.Position

    public var now: Int64 = 0
    public internal(set) var expiredCount = 0

    let layout: KeyedObjectLayout
    let hasher: KeyHasher
    var slab: Slab
    var main: BucketStore
    var expires: BucketStore
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0

    public init(_ options: KeyspaceOptions) {
        precondition(options.table.index == .bucketTable, "\(options.table) is no bucket table")
        var slab = Slab(quantum: options.quantum)
        layout = .valkey91
        hasher = KeyHasher(options.hash, seed: options.seed)
        main = BucketStore(.valkey91, options.match, hasher, &slab)
        expires = BucketStore(.valkey91, options.match, hasher, &slab)
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
        guard let position = live(key) else { return nil }
        return position.object.view
    }

    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let time: Int64? = if case .at(let time) = expiry { time } else { nil }
        guard let position = live(key) else {
            let object = layout.make(key: key.bytes, value: value, expiry: time, &slab)
            main.insert(object, hash: key.hash, &slab)
            if time != nil { expires.insert(object, hash: key.hash, &slab) }
            return true
        }
        let old = position.object
        let expired = old.expiry != KeyedObject.noExpiry
        let object = layout.replace(old, with: value, needsExpiry: time != nil, &slab)
        move(old, object, at: position, isExpiring: expired, key)
        switch expiry {
        case .keep: break
        case .never: if expired { clearExpiry(object, key) }
        case .at(let time):
            object.setExpiry(time)
            if !expired { expires.insert(object, hash: key.hash, &slab) }
        }
        return false
    }

    public mutating func remove(_ key: Key) -> Bool {
        guard let position = live(key) else { return false }
        delete(key, at: position)
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
        guard let position = live(key) else { return nil }
        let time = position.object.expiry
        return time == KeyedObject.noExpiry ? .never : .at(time)
    }

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let position = live(key) else { return false }
        let old = position.object
        let expires = old.expiry != KeyedObject.noExpiry
        switch expiry {
        case .keep: break
        case .never: if expires { clearExpiry(old, key) }
        case .at(let time):
            let object = layout.withExpiry(old, time, &slab)
            move(old, object, at: position, isExpiring: false, key)
            if !expires { self.expires.insert(object, hash: key.hash, &slab) }
        }
        return true
    }

    /// An object without a time leaves the expires table; its field stays, as in the servers.
    private mutating func clearExpiry(_ object: KeyedObject, _ key: Key) {
        if let position = expires.find(key, &slab) { expires.remove(position, &slab) }
        object.setExpiry(KeyedObject.noExpiry)
    }

    // MARK: Entries

    /// Where `key` is, unless its time has come, in which case it goes.
    private mutating func live(_ key: Key) -> Position? {
        guard main.count != 0, let position = main.find(key, &slab) else { return nil }
        let expiry = position.object.expiry
        // An entry lives through its last millisecond, as in the servers.
        if expiry == KeyedObject.noExpiry || now <= expiry { return position }
        delete(key, at: position)
        expiredCount &+= 1
        return nil
    }

    /// Refers to `new` wherever `old` was referred to.
    private mutating func move(
        _ old: KeyedObject, _ new: KeyedObject, at position: Position, isExpiring: Bool, _ key: Key
    ) {
        guard new.address != old.address else { return }
        position.set(new)
        if isExpiring { expires.replace(old, by: new, hash: key.hash) }
    }

    /// Removes the key at `position` with its expiry.
    mutating func delete(_ key: Key, at position: Position) {
        let object = position.object
        if object.expiry != KeyedObject.noExpiry, let other = expires.find(key, &slab) {
            expires.remove(other, &slab)
        }
        main.remove(position, &slab)
        layout.free(object, &slab)
    }
}
