// The keyspace of Segcache: an index of tags, frequencies and addresses over segments of items that
// end at about the same time.
//
//     index      [tag, frequency, address]──┐         one line a bucket
//     segments   [item][item, dead][item]…  ◀┘        one place an item: key, value, expiry
//                in chains by time to live
//
// A look-up is bucket → item → key; its use is counted in the word of the index that it has read.
// A write goes where the item is if it has the same size and may stay in its segment, and else to
// the end of the last segment of its time to live: what it replaces is dead. Where all of a segment
// has expired or died, it goes as a whole (`+Background`). Memory that is short is won by merges of
// neighbouring segments, which keep the items that were looked up most (`+Merging`); so an eviction
// takes many entries at once, some of them in use: those that are lost are counted.
//
// Expiry is exact for those who ask: an item that expires has its own time. What has expired keeps
// its bytes until somebody asks for it or the last of its segment has expired, by about twice the
// width of its bucket of times to live later. Segcache has no times of items; its segments end
// early, all of their items with them, by up to that width.
//
// There is no record of when an entry was used, and the frequency of an item is none that a server
// tells: OBJECT IDLETIME and FREQ are refused.
//
// In cluster mode there is one index all the same, and a count of every slot's keys.
//
// Invariants (`invariantViolations`): those of index, segments and slab; every item that is not
// dead is reached by its key; counts count; recount = the slab's accounts.
//
// Credits: Segcache (Yang, Yue, Vinayak; NSDI 2021), and Pelikan, which has it.

struct SegcacheKeyspace: Keyspace, RecordKeyspace, ~Copyable {
    typealias Index = SegcacheIndex

    public var now: Int64 = 0 {
        didSet { second = now / SegcacheTTL.millisecondsPerSecond }
    }
    public var recordsUse = true
    public internal(set) var count = 0
    public internal(set) var expiringCount = 0
    public internal(set) var expiredCount = 0
    public internal(set) var evictedCount = 0

    let keys: KeyMaker
    var slab: Slab
    var index: SegcacheIndex
    var segments: SegcacheSegments
    /// Keys by slot, in cluster mode.
    var slotCounts: SlotCounts
    var random: KeyspaceRandom
    let evictionPolicy: EvictionPolicy
    /// Of `now`: an item's uses of one second count as one.
    private var second: Int64 = 0
    /// The bucket of times to live where the search for expired segments goes on.
    var expiryHand = 0
    /// The bucket of times to live where evictions go on.
    var evictionHand = 0
    /// The segment where the search for dead items goes on.
    var compactionHand = 0
    /// By merges, since creation.
    var copiedBytes = 0
    /// Live entries that evictions and full chains have taken, since creation.
    var lostCount = 0

    public init(_ options: KeyspaceOptions) {
        var slab = Slab(quantum: options.quantum)
        keys = KeyMaker(
            hasher: KeyHasher(options.hash, seed: options.seed), isCluster: options.cluster)
        index = SegcacheIndex(size: SegcacheIndex.sizeMin, &slab)
        segments = SegcacheSegments(&slab)
        slotCounts = SlotCounts(isCluster: options.cluster, &slab)
        random = KeyspaceRandom(seed: options.sampleSeed)
        evictionPolicy = options.eviction
        self.slab = slab
    }

    public mutating func removeAll() {
        slab.releaseAll()
        index = SegcacheIndex(size: SegcacheIndex.sizeMin, &slab)
        segments = SegcacheSegments(&slab)
        slotCounts = SlotCounts(isCluster: keys.isCluster, &slab)
        (count, expiringCount) = (0, 0)
        (expiryHand, evictionHand, compactionHand) = (0, 0, 0)
    }

    // MARK: Look-ups ahead

    /// Asks for the two lines in which most items are, of those of the first line with the tag.
    public func prefetchEntry(_ key: Key) {
        let tag = SegcacheIndex.tag(key.hash)
        let walk = SegcacheIndex.Walk(index.bucket(index.home(key.hash)))
        for place in 1...walk.lastItem where SegcacheIndex.has(walk.line[place], tag: tag) {
            let item = segments.item(SegcacheIndex.address(walk.line[place]))
            prefetch(item.address)
            prefetch(item.address + SegcacheIndex.lineBytes)
        }
    }

    // MARK: Look-ups

    /// Where an item is, and what leads to it; valid until the next write.
    struct Found: FoundRecord {
        let slot: SegcacheIndex.Slot
        /// The first line of the bucket.
        let head: SegcacheIndex.Slot
        let address: UInt64
        let record: SegcacheItem
    }

    @inline(__always)
    func peekFound(_ key: Key) -> Found? {
        let head = index.bucket(index.home(key.hash))
        let tag = SegcacheIndex.tag(key.hash)
        var walk = SegcacheIndex.Walk(head)
        repeat {
            for place in 1...walk.lastItem where SegcacheIndex.has(walk.line[place], tag: tag) {
                let address = SegcacheIndex.address(walk.line[place])
                let item = segments.item(address)
                if item.hasKey(key.bytes) {
                    return Found(
                        slot: walk.line + place, head: head, address: address, record: item)
                }
            }
        } while walk.advance()
        return nil
    }

    /// Counts a use.
    @inline(__always)
    mutating func touch(_ found: Found) {
        guard recordsUse else { return }
        SegcacheIndex.touch(found.slot, found.head, second: second, &random)
    }

    /// Of a live key, nothing that a server tells.
    public func usage(of key: Key) -> Usage? { peekLive(key) == nil ? nil : Usage() }
}
