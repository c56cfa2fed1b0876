// A keyspace over any index and entry layout: expiry, eviction, slots, strings, reports, once for
// every design. What else than strings entries hold is in StringKeyspace+Collections.swift.
//
//     main      key → entry     every entry
//     expires   key → time      those with an expiry, in an index of the same kind
//
// In cluster mode a design has two tables for every slot, or two in all and a list per slot. A
// look-up is find → live → touch → view; what is in an entry, and so where its expiry is, its
// layout says (pictures in `KeyedEntries` and `DictEntries`).
//
// The struct is specialised for every layout; no layout or index is an existential. It is internal,
// and each design has a concrete type of its own that hands every call on: see `Table`.
//
// Invariants (`invariantViolations`): those of the tables, the slots, the layout and the slab;
// `expires` holds exactly the expiries of the entries that have one; recount = the slab's accounts.

import RESP

struct StringKeyspace<Layout: EntryLayout & ~Copyable>:
    EvictingKeyspace, SampledExpiry, ~Copyable
{
    typealias Index = Layout.Index
    typealias Element = Layout.Index.Element
    typealias Found = Layout.Index.Found

    var now: Int64 = 0 {
        didSet {
            clock.set(now)
            values.now = now
        }
    }
    var recordsUse: Bool {
        get { clock.isRecording }
        set { clock.isRecording = newValue }
    }
    var expiredCount = 0
    var evictedCount = 0

    let keys: KeyMaker
    /// The slab, and what in it is no string.
    var values: Collections
    var layout: Layout
    var main: TableStore<Index>
    var expires: TableStore<Index>
    var clock: UsageClock
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    var pool = EvictionPool()
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0
    /// Where the search for fields that ended goes on.
    var fieldCursor: UInt64 = 0

    init(_ options: KeyspaceOptions) {
        let hasTables = options.cluster && options.table.design.perSlot == .table
        let slots = hasTables ? HashSlot.count : 1
        let hasher = KeyHasher(options.hash, seed: options.seed)
        let traits = Layout.traits(options, hasher)
        var slab = Slab(quantum: options.quantum)
        var layout = Layout(options)
        keys = KeyMaker(hasher: hasher, isCluster: options.cluster)
        evictionPolicy = options.eviction
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        main = TableStore(traits.main, slots: slots, freesEmpty: true, &slab)
        expires = TableStore(traits.expires, slots: slots, freesEmpty: false, &slab)
        layout.reset(&slab)
        self.layout = layout
        values = Collections(
            slab, CollectionTraits(options, hasher), options.limits,
            KeyspaceRandom(seed: options.sampleSeed))
    }
}

extension StringKeyspace where Layout: ~Copyable {
    var count: Int { main.count }
    var expiringCount: Int { expires.count }

    @inline(__always)
    func key(_ bytes: Bytes) -> Key { keys.key(bytes) }

    func count(inSlot slot: Int) -> Int {
        guard keys.isCluster else { return count }
        return layout.count(inSlot: slot) ?? main.handle(slot)?.count ?? 0
    }

    @inline(__always)
    func prefetchIndex(_ key: Key) { main.prefetchIndex(key) }
    @inline(__always)
    func prefetchEntry(_ key: Key) { main.prefetchEntry(key) }
    @inline(__always)
    func prefetchValue(_ key: Key) { main.prefetchValue(key) }
    @inline(__always)
    func prefetchPayload(_ key: Key) { main.prefetchPayload(key) }

    // MARK: Entries

    /// Where `key` is, unless its time has come, in which case it goes.
    @inline(__always)
    mutating func live(_ key: Key) -> Found? {
        guard main.count != 0, let found = main.find(key, &values.slab) else { return nil }
        // An entry lives through its last millisecond, as in the servers.
        guard
            let time = layout.time(of: Index.element(at: found), key, &expires, &values.slab),
            time < now
        else { return found }
        delete(key, at: found)
        expiredCount &+= 1
        return nil
    }

    /// Where `key` is, unless its time has come; nothing changed.
    func peekLive(_ key: Key) -> Found? {
        guard main.count != 0, let found = main.peek(key) else { return nil }
        if let time = layout.peekTime(of: Index.element(at: found), key, expires), time < now {
            return nil
        }
        return found
    }

    /// Removes the entry at `found` with its expiry; the key's bytes may be its own.
    mutating func delete(_ key: Key, at found: Found) {
        if values.count != 0 { releaseCollection(at: found) }
        layout.remove(key, at: found, &main, &expires, &values.slab)
    }

    /// As above, for a key that is there and was not looked up.
    mutating func delete(_ key: Key) {
        if values.count != 0, let found = main.peek(key) { releaseCollection(at: found) }
        layout.remove(key, &main, &expires, &values.slab)
    }

    @inline(__always)
    func object(at found: Found) -> Layout.Object {
        layout.object(of: Index.element(at: found))
    }

    func peekObject(_ key: Key) -> Layout.Object? {
        guard let found = peekLive(key) else { return nil }
        return object(at: found)
    }

    /// Records a use; see Usage.swift for why only changes are stored.
    @inline(__always)
    mutating func touch(_ object: Layout.Object) {
        let old = object.usage
        let new = clock.touched(old, &random)
        if new != old { object.usage = new }
    }

    // MARK: Reading

    @inline(__always)
    mutating func find(_ key: Key) -> ValueView? {
        guard let found = live(key) else { return nil }
        let object = object(at: found)
        touch(object)
        return object.view
    }

    func peek(_ key: Key) -> ValueView? { peekObject(key)?.view }

    func encoding(of key: Key) -> ValueEncoding? { peekObject(key)?.valueEncoding }

    func usage(of key: Key) -> Usage? {
        guard let object = peekObject(key) else { return nil }
        return clock.usage(object.usage)
    }

    // MARK: Writing

    @discardableResult
    @inline(__always)
    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let time: Int64? = if case .at(let time) = expiry { time } else { nil }
        guard let found = live(key) else {
            let element = layout.make(key, value, expiry: time, usage: clock.fresh, &values.slab)
            main.insert(element, key, &values.slab)
            if let time { layout.addTime(time, to: element, key, &expires, &values.slab) }
            return true
        }
        if values.count != 0 { releaseCollection(at: found) }
        let old = object(at: found)
        let hadTime = layout.hasTime(old)
        let usage = clock.touched(old.usage, &random)
        let new = layout.replaced(old, with: value, needsExpiry: time != nil, &values.slab)
        if new.usage != usage { new.usage = usage }
        layout.put(new, for: old, at: found, hadTime: hadTime, key, expires)
        switch expiry {
        case .keep: break
        case .never: layout.clearTime(of: new, hadTime: hadTime, key, &expires, &values.slab)
        case .at(let time):
            layout.setTime(time, of: new, at: found, hadTime: hadTime, key, &expires, &values.slab)
        }
        return false
    }

    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        set(key, value, expiry: expiry)
        guard let found = live(key) else { return }
        let old = object(at: found)
        let hadTime = layout.hasTime(old)
        let usage = old.usage
        let new = layout.reformed(old, value, form, &values.slab)
        if new.usage != usage { new.usage = usage }
        layout.put(new, for: old, at: found, hadTime: hadTime, key, expires)
    }

    mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let found = live(key) else { return appendByCopy(key, suffix) }
        let object = object(at: found)
        guard let length = object.append(suffix, &values.slab) else {
            return appendByCopy(key, suffix)
        }
        touch(object)
        return length
    }

    mutating func remove(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        delete(key, at: found)
        return true
    }

    mutating func removeAll() {
        main.giveUpAll()
        values.forgetAll()
        values.slab.releaseAll()
        main.reset(&values.slab)
        expires.reset(&values.slab)
        layout.reset(&values.slab)
        pool.removeAll()
        expiryCursor = 0
        fieldCursor = 0
    }

    // MARK: Expiry

    mutating func expiry(of key: Key) -> Expiry? {
        guard let found = live(key) else { return nil }
        return Expiry(layout.time(of: Index.element(at: found), key, &expires, &values.slab))
    }

    mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else { return false }
        switch expiry {
        case .keep: break
        case .never:
            let object = object(at: found)
            let hadTime = layout.hasTime(object)
            layout.clearTime(of: object, hadTime: hadTime, key, &expires, &values.slab)
        case .at(let time): layout.setTime(time, at: found, key, &expires, &values.slab)
        }
        return true
    }
}

extension Expiry {
    /// - Parameter time: Unix ms; nil: none.
    init(_ time: Int64?) {
        guard let time else {
            self = .never
            return
        }
        self = .at(time)
    }
}
