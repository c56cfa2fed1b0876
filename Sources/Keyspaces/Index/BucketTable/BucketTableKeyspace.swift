// The keyspace of Valkey 8.1 to 9.1: bucket tables of objects that carry key, expiry and mostly
// value, and second ones with the objects that have an expiry; in cluster mode two tables for every
// slot.
//
//     main      [bucket]→ object [header][expiry][key][value]  ◁─┐
//     expires   [bucket]─────────────────────────────────────────┘ the same object
//
// Invariants (`invariantViolations`): those of the tables, the slots and the slab; `expires` holds
// exactly the objects with a time in them; a value is embedded only within the limit; recount =
// accounts.
//
// Deviation from the servers: rewriting an embedded value whose size class stays does so in place
// instead of allocating and freeing, which leaves the same bytes accounted; APPEND reserves no room
// beyond the size class.

public struct BucketTableKeyspace: Keyspace, ~Copyable {
    typealias Position = BucketHandle.Position

    public var now: Int64 = 0 {
        didSet { clock.set(now) }
    }
    public var recordsUse: Bool {
        get { clock.isRecording }
        set { clock.isRecording = newValue }
    }
    public internal(set) var expiredCount = 0
    public internal(set) var evictedCount = 0

    let layout: KeyedObjectLayout
    let isCluster: Bool
    let hasher: KeyHasher
    var slab: Slab
    var main: BucketStore
    var expires: BucketStore
    var clock: UsageClock
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    var pool = EvictionPool()
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0

    public init(_ options: KeyspaceOptions) {
        precondition(options.table.index == .bucketTable, "\(options.table) is no bucket table")
        var slab = Slab(quantum: options.quantum)
        layout = options.table == .valkey81 ? .valkey81 : .valkey91
        hasher = KeyHasher(options.hash, seed: options.seed)
        isCluster = options.cluster
        evictionPolicy = options.eviction
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        let traits = BucketHandle.Traits(
            policy: options.bucketPolicy, match: options.match, hasher: hasher)
        let slots = options.cluster ? HashSlot.count : 1
        main = BucketStore(traits, slots: slots, freesEmpty: true, &slab)
        expires = BucketStore(traits, slots: slots, freesEmpty: false, &slab)
        self.slab = slab
    }

    public var count: Int { main.count }
    public var expiringCount: Int { expires.count }

    @inline(__always)
    public func key(_ bytes: Bytes) -> Key {
        let slot = isCluster ? HashSlot.slot(of: bytes) : 0
        return Key(bytes: bytes, hash: hasher.hash(bytes), slot: slot)
    }

    public func count(inSlot slot: Int) -> Int {
        isCluster ? main.handle(slot)?.count ?? 0 : count
    }

    @inline(__always)
    public func prefetchIndex(_ key: Key) { main.prefetchIndex(key) }
    @inline(__always)
    public func prefetchEntry(_ key: Key) { main.prefetchEntry(key) }
    /// The entry is the object: nothing to ask for between it and a string of its own.
    public func prefetchValue(_ key: Key) {}
    @inline(__always)
    public func prefetchPayload(_ key: Key) { main.prefetchPayload(key) }

    // MARK: Strings

    @inline(__always)
    public mutating func find(_ key: Key) -> ValueView? {
        guard let position = live(key) else { return nil }
        touch(position.object)
        return position.object.view
    }

    public func peek(_ key: Key) -> ValueView? { peekObject(key)?.view }

    public func usage(of key: Key) -> Usage? { peekObject(key).map { clock.usage($0.usage) } }

    func peekObject(_ key: Key) -> KeyedObject? {
        guard main.count != 0, let object = main.peek(key)?.object else { return nil }
        let expiry = object.expiry
        return expiry == KeyedObject.noExpiry || now <= expiry ? object : nil
    }

    /// Records a use; see Usage.swift for why only changes are stored.
    @inline(__always)
    private mutating func touch(_ object: KeyedObject) {
        let old = object.usage
        let new = clock.touched(old, &random)
        if new != old { object.usage = new }
    }

    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let time: Int64? = if case .at(let time) = expiry { time } else { nil }
        guard let position = live(key) else {
            let object = layout.make(key: key.bytes, value: value, expiry: time, &slab)
            object.usage = clock.fresh
            main.insert(object, key, &slab)
            if time != nil { expires.insert(object, key, &slab) }
            return true
        }
        let old = position.object
        let expired = old.expiry != KeyedObject.noExpiry
        let usage = clock.touched(old.usage, &random)
        let object = layout.replace(old, with: value, needsExpiry: time != nil, &slab)
        if object.usage != usage { object.usage = usage }
        move(old, object, at: position, isExpiring: expired, key)
        switch expiry {
        case .keep: break
        case .never: if expired { clearExpiry(object, key) }
        case .at(let time):
            object.setExpiry(time)
            if !expired { expires.insert(object, key, &slab) }
        }
        return false
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        set(key, value, expiry: expiry)
        guard let position = live(key) else { return }
        let (old, usage) = (position.object, position.object.usage)
        let isExpiring = old.expiry != KeyedObject.noExpiry
        let object = layout.reformed(old, value, form, &slab)
        if object.usage != usage { object.usage = usage }
        move(old, object, at: position, isExpiring: isExpiring, key)
    }

    public func encoding(of key: Key) -> ValueEncoding? {
        peekObject(key).map { $0.isInteger ? .integer : $0.isEmbedded ? .embedded : .separate }
    }

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let object = live(key)?.object, object.hasSeparateValue else {
            return appendByCopy(key, suffix)
        }
        object.setString(SDS.append(object.valueString, suffix, &slab))
        touch(object)
        return SDS.length(object.valueString)
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
        pool.removeAll()
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
            let usage = old.usage
            let object = layout.withExpiry(old, time, &slab)
            if object.usage != usage { object.usage = usage }
            move(old, object, at: position, isExpiring: false, key)
            if !expires { self.expires.insert(object, key, &slab) }
        }
        return true
    }

    /// An object without a time leaves the expires table; its field stays, as in the servers.
    private mutating func clearExpiry(_ object: KeyedObject, _ key: Key) {
        if let position = expires.find(key, &slab) { expires.remove(position, key, &slab) }
        object.setExpiry(KeyedObject.noExpiry)
    }

    // MARK: Entries

    /// Where `key` is, unless its time has come, in which case it goes.
    @inline(__always)
    mutating func live(_ key: Key) -> Position? {
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
        if isExpiring { expires.replace(old, by: new, key) }
    }

    /// Removes the key at `position` with its expiry.
    mutating func delete(_ key: Key, at position: Position) {
        let object = position.object
        if object.expiry != KeyedObject.noExpiry, let other = expires.find(key, &slab) {
            expires.remove(other, key, &slab)
        }
        main.remove(position, key, &slab)
        layout.free(object, &slab)
    }
}
