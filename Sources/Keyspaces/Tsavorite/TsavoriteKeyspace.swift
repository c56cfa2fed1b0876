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

struct TsavoriteKeyspace: Keyspace, RecordKeyspace, ~Copyable {
    typealias Index = TsavoriteIndex

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
    var slotCounts: SlotCounts
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
        var slab = Slab(quantum: options.quantum)
        keys = KeyMaker(
            hasher: KeyHasher(options.hash, seed: options.seed), isCluster: options.cluster)
        index = TsavoriteIndex(size: TsavoriteIndex.sizeMin, &slab)
        log = TsavoriteLog(&slab)
        slotCounts = SlotCounts(isCluster: options.cluster, &slab)
        clock = UsageClock(countsFrequency: options.eviction.countsFrequency)
        random = KeyspaceRandom(seed: options.sampleSeed)
        evictionPolicy = options.eviction
        self.slab = slab
    }

    public mutating func removeAll() {
        slab.releaseAll()
        index = TsavoriteIndex(size: TsavoriteIndex.sizeMin, &slab)
        log = TsavoriteLog(&slab)
        slotCounts = SlotCounts(isCluster: keys.isCluster, &slab)
        (count, expiringCount, expiryCursor, compactionHand) = (0, 0, 0, 0)
        pool.removeAll()
    }

    // MARK: Look-ups ahead

    /// Asks for the two lines in which most records are.
    public func prefetchEntry(_ key: Key) {
        guard let entry = index.find(key.hash) else { return }
        let record = log.record(TsavoriteIndex.address(entry.pointee))
        prefetch(record.address)
        prefetch(record.address + TsavoriteIndex.bucketBytes)
    }

    // MARK: Look-ups

    /// Where a record is, and what leads to it; valid until the next write.
    struct Found: FoundRecord {
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

    /// Records a use; see Usage.swift for why only changes are stored.
    @inline(__always)
    mutating func touch(_ found: Found) {
        let record = found.record
        let old = record.usage
        let new = clock.touched(old, &random)
        if new != old { record.usage = new }
    }

    public func usage(of key: Key) -> Usage? {
        guard let record = peekLive(key) else { return nil }
        return clock.usage(record.usage)
    }
}
