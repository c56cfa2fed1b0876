// A table of Hashmark's own that is made to take the fewest bytes per entry: linear hashing over
// buckets whose records lie packed in one block each.
//
//     heads    one cache line per bucket, by linear-hash address, without a directory
//              | body 48 b | n 8 b | overflow filter 8 b | tag × 28 | length code × 28 |
//     body     one block per bucket, of the smallest class that holds it
//              | bucket u32 | used u16 | record | record | … | tags and codes from the 29th on |
//     record   | flags, key length | LRU or LFU 24 b | [expiry] | key | value |
//
//   - A look-up reads the head (low bits of the hash), compares the tags (its top byte) and finds a
//     record by the sum of the lengths before it: no offset is stored, and no pointer but one per
//     bucket. `CompactHead`, `CompactBody`.
//   - Records of 128 bytes and more lie elsewhere, in classes that step by 4 bytes, under an index
//     of 4 bytes; beyond 632 bytes, and values that are wanted in an allocation of their own, in
//     the ordinary slab under a pointer of 8: `CompactRecord`, `CompactCode`.
//   - Bodies and those classes are dense vectors: what is freed is filled from the end, and at most
//     eight holes are kept (`DenseVector`). A small table takes bodies from the slab instead, for
//     two hundred vectors of a page each would cost more than size classes do.
//   - One more bucket is made when there are more than m entries per bucket, and one is given up
//     below 0.92 m: with the operation after the one that made it due, one bucket per operation. No
//     insert moves more than its own bucket's body and one other bucket.
//   - A bucket of 240 records continues in another head and body: equal hashes cost time and are
//     never refused.
//
// Addresses are unstable: any mutating call may move any record that is not in the slab.
//
// Bytes per entry, with k + v of key and value, m entries per bucket and steps of a class:
//
//     k + v + 4 + 6·[expiry] + 64/m + (6 + step/2 + 2·E[(n − 28)⁺])/m
//
// Non-goals: thread safety; a body's way back from dense vectors to the slab before the table is
// empty.
//
// Invariants (`violations`): every record is in the bucket that its hash names, under its tag, and
// its code is its length; sums of lengths are `used`; a filter has exactly the tags beyond the
// 28th; the buckets of bodies are right; counts and accounts are those of a walk.
//
// Credits: array hash tables (Askitis and Zobel 2005); linear hashing (Litwin 1980); compact tables
// of packed buckets (Köppl, Puglisi and Raman 2020); short references into dense regions: Segcache
// (Yang, Yue and Rashmi 2021) and tiny pointers (Bender et al. 2023).

struct CompactTable {
    /// By span, the address that its bucket 0 would have: bucket b is `bases[span] + 64·b`.
    var bases: UnsafeMutablePointer<Int>
    /// Room in `bases`.
    var spanRoom = CompactTable.spanRoomAtFirst
    var buckets = 0
    /// The smallest 2^k − 1 that is no smaller than any bucket's number.
    var mask = 0
    var count = 0
    /// Bytes of all records and references in bodies.
    var inlineBytes = 0
    /// Entries with an expiry.
    var expiring = 0
    /// No bucket has held more entries since the table was empty.
    var longest = 0
    /// A bucket is to be made or given up.
    var isDue = false
    /// Where bodies come from; nil: from the slab.
    var dense: CompactDense?
    /// In the keyspace's list of tables that are due.
    var node: SlotDirectory.NodePointer?

    /// Entries from which on a table has dense vectors: below about 100,000 they cost more than the
    /// slab's classes, and bodies that are there already move over only as they are written.
    static let denseFrom = 1 << 16
    static let spanRoomAtFirst = 4

    /// Entries per bucket are 1,536 bytes' worth, within these: fuller buckets cost more copying
    /// than they save, and beyond 20 more overflow than heads.
    static let bucketBytes = 1_536
    static let fewest = 12
    static let most = 20
    /// What is left of the load, in percent, when a bucket is given up: a table that breathes by a
    /// few percent does not split and merge all the time.
    static let mergePercent = 92
    /// Bodies name their bucket in 32 bits.
    static let bucketsMax = Int(UInt32.max)

    /// More than m entries a bucket, m = clamp(1,536 / mean record, 12, 20).
    var wantsSplit: Bool {
        guard count > Self.fewest &* buckets, buckets < Self.bucketsMax else { return false }
        return count > Self.most &* buckets || inlineBytes > Self.bucketBytes &* buckets
    }

    var wantsMerge: Bool {
        let rest = buckets &- 1
        let (entries, bytes) = (count &* 100, inlineBytes &* 100)
        guard rest > 0, entries < Self.most &* Self.mergePercent &* rest else { return false }
        return entries < Self.fewest &* Self.mergePercent &* rest
            || bytes < Self.bucketBytes &* Self.mergePercent &* rest
    }

    /// Buckets that the splits or merges which are due lead to, about.
    var bucketsWanted: Int {
        let byCount = (count + Self.most - 1) / Self.most
        let byBytes = min(inlineBytes / Self.bucketBytes, count / Self.fewest)
        return max(byCount, byBytes, 1)
    }

    // MARK: Addresses

    @inline(__always)
    func bucket(_ hash: UInt64) -> Int {
        let bucket = Int(truncatingIfNeeded: hash) & mask
        return bucket < buckets ? bucket : bucket & (mask &>> 1)
    }

    /// Span 0 is bucket 0; span s the buckets 2^(s−1) to 2^s − 1.
    @inline(__always)
    static func span(of bucket: Int) -> Int { Int.bitWidth &- bucket.leadingZeroBitCount }
    static func spanStart(_ span: Int) -> Int { span == 0 ? 0 : 1 << (span - 1) }
    static func spanBuckets(_ span: Int) -> Int { span == 0 ? 1 : 1 << (span - 1) }

    @inline(__always)
    func head(_ bucket: Int) -> CompactHead {
        let base = bases[Self.span(of: bucket)] &+ bucket &* CompactHead.size
        return CompactHead(
            address: UnsafeMutableRawPointer(bitPattern: base).unsafelyUnwrapped)
    }

    /// Bits of a hash that decide for `bucket`: one less where it has not been split yet.
    func depthMask(_ bucket: Int) -> Int {
        let half = (mask &+ 1) &>> 1
        return bucket < half && bucket &+ half >= buckets ? mask &>> 1 : mask
    }
}

/// Where the tables of a keyspace lie, and what they did.
struct CompactMemory: ~Copyable {
    var slab: Slab
    /// Heads and vectors that are mapped: what they hold up to their ends, which is what they have
    /// touched but for a few pages of each that they held before and keep for the next time, as
    /// the slab keeps what is freed.
    var mapped = MemoryReport()
    var work = CompactWork()

    init(quantum: SizeClasses.Quantum) { slab = Slab(quantum: quantum) }

    var report: MemoryReport { MemoryReport(slab) + mapped }
}

/// What writes cost besides the entries' own bytes, since creation.
public struct CompactWork: Equatable, Sendable {
    /// Bytes of records and bodies that were copied or moved.
    public var copiedBytes = 0
    /// Keys that were hashed again.
    public var hashedKeys = 0
}
