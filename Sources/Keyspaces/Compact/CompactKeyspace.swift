// The compact table as a keyspace: one of it, or one per hash slot in cluster mode.
//
//     slots     slot → table        with the entries of each slot and the tables that are due
//     expiries  counts by slot      the times are in the records; `hasTimes` of a head says where
//
// A look-up is live → touch → view. A call that finds its table due makes or gives up one bucket
// first, so a table that nobody calls is settled by background work alone. Memory is moved by every
// such call: a view of a value ends with the next mutating call, even of another key.
//
// The type is concrete, as BucketTableKeyspace.swift says why.
//
// Invariants (`invariantViolations`): those of tables, slots and slab; recount = accounts.
import RESP

public struct CompactKeyspace: Keyspace, EvictingKeyspace, ~Copyable {
    public var now: Int64 = 0 {
        didSet { clock.set(now) }
    }
    public var recordsUse: Bool {
        get { clock.isRecording }
        set { clock.isRecording = newValue }
    }
    public internal(set) var expiredCount = 0
    public internal(set) var evictedCount = 0

    let keys: KeyMaker
    let traits: CompactHandle.Traits
    var blocks: CompactMemory
    var slots: SlotDirectory
    var expiries: CompactExpiries
    var clock: UsageClock
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    var pool = EvictionPool()
    /// Where the search for ended entries goes on.
    var expiryCursor: UInt64 = 0

    public init(_ options: KeyspaceOptions) {
        self.init(options, denseFrom: CompactTable.denseFrom)
    }

    /// - Parameter denseFrom: entries from which on a table's blocks are dense vectors' and not the
    ///   slab's.
    public init(_ options: KeyspaceOptions, denseFrom: Int) {
        let hasher = KeyHasher(options.hash, seed: options.seed)
        var blocks = CompactMemory(quantum: options.quantum)
        let traits = CompactHandle.Traits(
            hasher: hasher, match: options.match, denseFrom: denseFrom)
        let slots = SlotDirectory(slots: options.cluster ? HashSlot.count : 1, &blocks.slab)
        expiries = CompactExpiries(isCluster: options.cluster, &blocks.slab)
        if !options.cluster { slots[0] = CompactHandle.make(traits, &blocks) }
        keys = KeyMaker(hasher: hasher, isCluster: options.cluster)
        evictionPolicy = options.eviction
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        self.traits = traits
        self.slots = slots
        self.blocks = blocks
    }

    deinit {
        let traits = traits
        slots.forEachTable { _, table in CompactHandle(table, traits).unmap() }
    }

    /// The table of `slot`, if it has one.
    @inline(__always)
    func handle(_ slot: Int) -> CompactHandle? {
        guard let table = slots[slot] else { return nil }
        return CompactHandle(table, traits)
    }
}

// MARK: - Look-ups

extension CompactKeyspace {
    public var count: Int { slots.entries }
    public var expiringCount: Int { expiries.count }

    public func key(_ bytes: Bytes) -> Key { keys.key(bytes) }

    public func count(inSlot slot: Int) -> Int {
        keys.isCluster ? handle(slot)?.count ?? 0 : count
    }

    public func prefetchIndex(_ key: Key) { handle(key.slot)?.prefetchIndex(key.hash) }
    public func prefetchEntry(_ key: Key) { handle(key.slot)?.prefetchEntry(key.hash) }
    public func prefetchValue(_ key: Key) { handle(key.slot)?.prefetchValue(key.hash) }
    public func prefetchPayload(_: Key) {}

    /// Where `key` is, unless its time has come, in which case it goes.
    @inline(__always)
    mutating func live(_ key: Key) -> CompactHandle.Place? {
        guard let table = handle(key.slot) else { return nil }
        if table.isDue { step(table, key.slot) }
        guard let place = table.peek(key) else { return nil }
        // An entry lives through its last millisecond, as in the servers.
        guard let time = place.record.time, time < now else { return place }
        remove(place, hash: key.hash, key.slot)
        expiredCount &+= 1
        return nil
    }

    /// Where `key` is, unless its time has come; nothing changed.
    func peekLive(_ key: Key) -> CompactHandle.Place? {
        guard let place = handle(key.slot)?.peek(key) else { return nil }
        if let time = place.record.time, time < now { return nil }
        return place
    }

    /// Records a use; see Usage.swift for why only changes are stored.
    @inline(__always)
    private mutating func touch(_ record: CompactRecord) {
        let old = record.usage
        let new = clock.touched(old, &random)
        if new != old { record.usage = new }
    }

    public mutating func find(_ key: Key) -> ValueView? {
        guard let place = live(key) else { return nil }
        touch(place.record)
        return place.record.view
    }

    public func peek(_ key: Key) -> ValueView? { peekLive(key)?.record.view }

    public func encoding(of key: Key) -> ValueEncoding? {
        guard let place = peekLive(key) else { return nil }
        if place.record.isInteger { return .integer }
        return Int(place.code) < CompactCode.firstLong ? .embedded : .separate
    }

    public func usage(of key: Key) -> Usage? {
        guard let place = peekLive(key) else { return nil }
        return clock.usage(place.record.usage)
    }
}

// MARK: - Writing

extension CompactKeyspace {
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        write(key, value, expiry, number: Decimal.parse(value), isSeparate: false)
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        let number = form == .compact ? Decimal.parse(value) : nil
        write(key, value, expiry, number: number, isSeparate: form == .separate)
    }

    @discardableResult
    private mutating func write(
        _ key: Key, _ value: Bytes, _ expiry: Expiry, number: Int64?, isSeparate: Bool
    ) -> Bool {
        var entry = CompactEntry(
            key: key.bytes, value: value, number: number, time: nil, usage: clock.fresh)
        if case .at(let time) = expiry { entry.time = time }
        guard let place = live(key), let table = handle(key.slot) else {
            insert(entry, key, isSeparate: isSeparate)
            return true
        }
        if expiry == .keep { entry.time = place.record.time }
        entry.usage = clock.touched(place.record.usage, &random)
        let before = table.expiring
        table.rewrite(place, entry, isSeparate: isSeparate, inPlace: true, &blocks)
        noteChange(table, key.slot, from: before)
        return false
    }

    private mutating func insert(_ entry: CompactEntry, _ key: Key, isSeparate: Bool) {
        if slots[key.slot] == nil { slots[key.slot] = CompactHandle.make(traits, &blocks) }
        guard let table = handle(key.slot) else { return }
        let before = table.expiring
        table.insert(entry, hash: key.hash, isSeparate: isSeparate, &blocks)
        slots.changed(key.slot, by: 1, to: table.count)
        noteChange(table, key.slot, from: before)
    }

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let place = live(key), let table = handle(key.slot),
            let length = table.extend(place, suffix, &blocks)
        else { return appendByCopy(key, suffix) }
        touch(place.record)
        return length
    }

    public mutating func remove(_ key: Key) -> Bool {
        guard let place = live(key) else { return false }
        remove(place, hash: key.hash, key.slot)
        return true
    }

    /// Removes the entry at `place` with its expiry; the table goes with the last of a slot.
    mutating func remove(_ place: CompactHandle.Place, hash: UInt64, _ slot: Int) {
        guard let table = handle(slot) else { return }
        let before = table.expiring
        table.remove(place, hash: hash, &blocks)
        slots.changed(slot, by: -1, to: table.count)
        noteChange(table, slot, from: before)
        guard keys.isCluster, table.count == 0 else { return }
        if let node = table.node { slots.removeResizing(node, &blocks.slab) }
        table.free(&blocks)
        slots[slot] = nil
    }

    public mutating func removeAll() {
        let traits = traits
        slots.forEachTable { _, table in CompactHandle(table, traits).unmap() }
        blocks.slab.releaseAll()
        blocks.mapped = MemoryReport()
        slots.reset(&blocks.slab)
        expiries = CompactExpiries(isCluster: keys.isCluster, &blocks.slab)
        if !keys.isCluster { slots[0] = CompactHandle.make(traits, &blocks) }
        pool.removeAll()
        expiryCursor = 0
    }

    // MARK: Expiry

    public mutating func expiry(of key: Key) -> Expiry? {
        guard let place = live(key) else { return nil }
        return Expiry(place.record.time)
    }

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let place = live(key), let table = handle(key.slot) else { return false }
        let time: Int64?
        switch expiry {
        case .keep: return true
        case .never: time = nil
        case .at(let end): time = end
        }
        if let time, place.record.setTime(time) { return true }
        if time == nil, !place.record.hasTime { return true }
        let before = table.expiring
        table.rewrite(place, time: time, &blocks)
        noteChange(table, key.slot, from: before)
        return true
    }
}

// MARK: - What is due

extension CompactKeyspace {
    /// Accounts for a change of `table`, which had `before` expiries.
    @inline(__always)
    mutating func noteChange(_ table: CompactHandle, _ slot: Int, from before: Int) {
        expiries.changed(slot, from: before, to: table.expiring)
        if keys.isCluster { noteDue(table, slot) }
    }

    /// Enters a table in the list of those that are due, or takes it out.
    private mutating func noteDue(_ table: CompactHandle, _ slot: Int) {
        if table.isDue == (table.node != nil) { return }
        if let node = table.node {
            slots.removeResizing(node, &blocks.slab)
            table.setNode(nil)
        } else {
            table.setNode(slots.addResizing(slot, &blocks.slab))
        }
    }

    /// Makes or gives up one bucket of a table that is due.
    @inline(never)
    mutating func step(_ table: CompactHandle, _ slot: Int) {
        table.step(&blocks)
        if keys.isCluster { noteDue(table, slot) }
    }

    public var isSettled: Bool {
        keys.isCluster ? slots.resizing == nil : handle(0)?.isDue != true
    }
}
