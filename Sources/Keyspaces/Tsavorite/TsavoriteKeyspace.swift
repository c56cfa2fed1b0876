// The keyspace of Microsoft's Garnet: Tsavorite's index of tags and addresses over a log of
// records.
//
//     index   [tag, address]──┐          one line a bucket
//     log     [record][record, dead][record]…   one place a record: key, value, expiry, use
//              ▲ previous └──────────┘
//
// A look-up is bucket → record → key; those of a bucket that share a tag, one in 32,768, follow one
// another in the log. A write goes where the record is if it fits there, and else to the log's end:
// what it replaces is dead, and keeps its bytes until a compaction. So do removed, expired and
// evicted entries. Expiries are in the records and nowhere else: those that look for them pass all
// entries.
//
// A compaction gives up pages of which an eighth or more is dead, after appending what lives in
// them (`+Compaction`). It is the price of never searching for a free place, and shows as such: in
// bytes per entry until it runs, and as the stall of the write or the tick in which it runs.
//
// In cluster mode there is one index all the same, and a count of every slot's keys.
//
// Invariants (`invariantViolations`): those of index, log and slab; every record that is not dead
// is reached by its key; counts count; recount = the slab's accounts.
//
// Credits: FASTER (Chandramouli, Prasaad, Kossmann, Levandoski, Hunter, Barnett; SIGMOD 2018);
// Garnet and Tsavorite (Microsoft Research).

import RESP

public struct TsavoriteKeyspace: Keyspace, ~Copyable {
    public var now: Int64 = 0 {
        didSet { clock.set(now) }
    }
    public var recordsUse: Bool {
        get { clock.isRecording }
        set { clock.isRecording = newValue }
    }
    public internal(set) var count = 0
    public internal(set) var expiringCount = 0
    public internal(set) var expiredCount = 0
    public internal(set) var evictedCount = 0

    let keys: KeyMaker
    var slab: Slab
    var index: TsavoriteIndex
    var log: TsavoriteLog
    /// Keys by slot, in cluster mode.
    var slotCounts: UnsafeMutablePointer<Int>?
    var clock: UsageClock
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    var pool = EvictionPool()
    /// Where the search for expired entries goes on.
    var expiryCursor: UInt64 = 0
    /// Where the search for pages to give up goes on.
    var compactionHand = 0
    /// By compactions, since creation.
    var copiedBytes = 0

    public init(_ options: KeyspaceOptions) {
        let isCluster = options.cluster
        var slab = Slab(quantum: options.quantum)
        keys = KeyMaker(
            hasher: KeyHasher(options.hash, seed: options.seed), isCluster: isCluster)
        index = TsavoriteIndex(size: TsavoriteIndex.sizeMin, &slab)
        log = TsavoriteLog(&slab)
        slotCounts = isCluster ? Self.makeSlotCounts(&slab) : nil
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        evictionPolicy = options.eviction
        self.slab = slab
    }

    static func makeSlotCounts(_ slab: inout Slab) -> UnsafeMutablePointer<Int> {
        slab.allocateZeroed(HashSlot.count * 8).bindMemory(to: Int.self, capacity: HashSlot.count)
    }

    /// The index doubles at once.
    public var isSettled: Bool { true }

    public func key(_ bytes: Bytes) -> Key { keys.key(bytes) }

    public func count(inSlot slot: Int) -> Int { slotCounts?[slot] ?? count }

    public mutating func removeAll() {
        slab.releaseAll()
        index = TsavoriteIndex(size: TsavoriteIndex.sizeMin, &slab)
        log = TsavoriteLog(&slab)
        if slotCounts != nil { slotCounts = Self.makeSlotCounts(&slab) }
        (count, expiringCount, expiryCursor, compactionHand) = (0, 0, 0, 0)
        pool.removeAll()
    }

    // MARK: Look-ups ahead

    public func prefetchIndex(_ key: Key) { prefetch(index.bucket(index.home(key.hash))) }

    /// Asks for the two lines in which most records are.
    public func prefetchEntry(_ key: Key) {
        guard let entry = index.find(key.hash) else { return }
        let record = log.record(TsavoriteIndex.address(entry.pointee))
        prefetch(record.address)
        prefetch(record.address + TsavoriteIndex.bucketBytes)
    }

    // The record has everything.
    public func prefetchValue(_: Key) {}
    public func prefetchPayload(_: Key) {}

    // MARK: Look-ups

    /// Where a record is, and what leads to it; valid until the next write.
    struct Found {
        let entry: TsavoriteIndex.Entry
        /// The newer record whose `previous` is this one; nil for the one that the entry names.
        let newer: TsavoriteRecord?
        let address: UInt64
        let record: TsavoriteRecord
    }

    @inline(__always)
    func peekFound(_ key: Key) -> Found? {
        guard let entry = index.find(key.hash) else { return nil }
        var newer: TsavoriteRecord?
        var address = TsavoriteIndex.address(entry.pointee)
        while address != 0 {
            let record = log.record(address)
            if record.hasKey(key.bytes) {
                return Found(entry: entry, newer: newer, address: address, record: record)
            }
            newer = record
            address = record.previous
        }
        return nil
    }

    /// Where `key` is, unless its time has come, in which case it goes.
    @inline(__always)
    mutating func live(_ key: Key) -> Found? {
        guard let found = peekFound(key) else { return nil }
        // An entry lives through its last millisecond, as in the servers.
        guard let time = found.record.time, time < now else { return found }
        delete(found, key.slot)
        expiredCount &+= 1
        return nil
    }

    /// Where `key` is, unless its time has come; nothing changed.
    private func peekLive(_ key: Key) -> TsavoriteRecord? {
        guard let found = peekFound(key) else { return nil }
        if let time = found.record.time, time < now { return nil }
        return found.record
    }

    /// Records a use; see Usage.swift for why only changes are stored.
    @inline(__always)
    mutating func touch(_ record: TsavoriteRecord) {
        let old = record.usage
        let new = clock.touched(old, &random)
        if new != old { record.usage = new }
    }

    public mutating func find(_ key: Key) -> ValueView? {
        guard let found = live(key) else { return nil }
        touch(found.record)
        return found.record.view
    }

    public func peek(_ key: Key) -> ValueView? { peekLive(key)?.view }

    public func encoding(of key: Key) -> ValueEncoding? { peekLive(key)?.valueEncoding }

    public func usage(of key: Key) -> Usage? {
        guard let record = peekLive(key) else { return nil }
        return clock.usage(record.usage)
    }

    /// Bytes of the log: of the entry's record, not of what it replaced.
    public func allocated(by key: Key) -> Int? { peekLive(key)?.room }

    public mutating func expiry(of key: Key) -> Expiry? {
        guard let found = live(key) else { return nil }
        return Expiry(found.record.time)
    }
}
