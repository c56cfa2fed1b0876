// Dragonfly's dashtable: segments of 60 buckets under a directory that alone is ever doubled.
//
//     DashTable   directory    segment (localDepth 2)
//                 00 ●───────▶ [header][bucket 0]…[bucket 55][stash 0]…[stash 3]
//                 01 ●───────▶ …          ▲         ▲
//                 10 ●──┐                 home      its neighbour to the right
//                 11 ●──┴────▶ a segment of localDepth 1
//
//   hash   [globalDepth bits: directory]……[(hash >> 8) mod 56: home][8 bits: fingerprint]
//
//   - An entry is in its home, in the neighbour, or in a stash bucket, and then its home says so.
//   - An insert takes the less full of home and neighbour; with both full it moves one of the
//     neighbour's own entries on to the right, or a guest of the home back to the left; then it
//     takes a stash bucket, the first one tried being home mod 4.
//   - A segment that is full brings its stash home where there is room by now, and else splits by
//     the next bit of the hash: the upper half of its entries moves to a new segment. The directory
//     doubles when it has no bit left for that. Nothing else is touched: the stall is one segment,
//     at most 840 entries hashed and half of them moved.
//   - Where a split does not help, because the keys hash alike (less than an eighth would be on one
//     side) or would make the directory larger than the table deserves, a segment gets a chain of
//     overflow buckets, allocated one by one: 14 entries each, searched one after the other. So
//     directory and segments stay in proportion to the entries, and look-ups of keys that collide
//     are linear in their number.
//   - Segments are merged with their other half by evictions alone, which have to give memory back,
//     when both leave an eighth of one free. A table that is emptied by deletes keeps its segments.
//
// A cursor names a home bucket and a prefix of the hash (`DashCursor`). An entry's home never
// changes, through displacement, stash, splits and merges.
//
// Invariants (`violations`): every entry is found where its hash and the flags of its home say,
// under its fingerprint; a segment's place in the directory is its prefix; counts count.
//
// Deviations from Dragonfly: eight bytes of a bucket for snapshots' versions, and what pads them,
// hold a byte of every entry's record of use; a stash entry is flagged in its home alone, never in
// the neighbour. Overflow chains and merges are ours.
//
// Credits: Dash (Lu, Hao, Wang, Lo; VLDB 2020); Dragonfly's dash.h (Roman Gershman and
// contributors).

struct DashTable {
    /// Only tables per slot are listed, and there are none: stays nil.
    var node: SlotDirectory.NodePointer?
    /// Segments by the top `globalDepth` bits of the hash.
    var directory: UnsafeMutablePointer<UnsafeMutableRawPointer>
    var globalDepth = 0
    var count = 0

    var directorySize: Int { 1 &<< globalDepth }

    /// Bits of a prefix in a cursor, and so the most by which a segment may be told apart.
    static let depthMax = 32
    /// A directory of this size is allowed to every table.
    static let directoryFree = 16
    /// A larger one has at most one place for so many entries. Well-mixed hashes fill a segment
    /// with 400 and more, so that they never come near.
    static let entriesPerPlace = 16
    /// A split leaves at least this part, as a divisor, on either side.
    static let minorityMin = 8
    /// Entries of two segments that evictions make one of: it will not split at the next insert.
    static let mergedMax = DashSegment.slots * 7 / 8
}

/// Bytes of one kind of table: that of the entries, or that of their expiries.
struct DashLayout {
    let slotSize: Int

    /// Key and value, 18 bytes each.
    static let entries = DashLayout(slotSize: 2 * CompactString.size)
    /// Key and Unix ms.
    static let expiries = DashLayout(slotSize: CompactString.size + 8)

    /// Padded to eight bytes, as a bucket with a word of eight is: 544 and 408.
    let bucketSize: Int
    /// 32,704 bytes, which jemalloc serves with 32 KiB, and 24,544, with 24 KiB.
    let segmentSize: Int
    /// Bytes of an overflow bucket with the link to the next one.
    let chainSize: Int

    init(slotSize: Int) {
        self.slotSize = slotSize
        bucketSize = (DashBucket.metadataSize + DashBucket.slots * slotSize + 7) & ~7
        segmentSize = DashSegment.headerSize + DashSegment.buckets * bucketSize
        chainSize = DashSegment.linkSize + bucketSize
    }
}
