// The index of a log: buckets of one cache line with seven entries each.
//
//     bucket   [entry 1] … [entry 7][overflow 48│latches 16]──▶ another such line
//     entry    [tentative 1│tag 15│address 48]                 0: free
//
//     bucket number: low bits of the hash; tag: its top 15 bits; address: the newest record of a
//     chain of all keys that have this bucket and this tag
//
// There is at most one entry for a bucket and a tag. A thread that shares an index enters it
// tentatively, looks for another one and withdraws or confirms; where one thread owns it, as here,
// an entry is never seen tentative, and the latches stay open.
//
// The index doubles, in the call that makes it too full, and never shrinks. Tags do not tell where
// an entry goes: every record's key is hashed again. That is its stall. (Tsavorite's threads share
// that work, in chunks of 16,384 buckets.)
//
// Invariants (`violations`): no two entries of a bucket have a tag; none is tentative; the keys of
// a chain have its bucket and tag.

struct TsavoriteIndex: RecordIndex {
    typealias Entry = UnsafeMutablePointer<UInt64>

    static let bucketBytes = 64
    static let entries = 7
    private static let overflowWord = 7
    private static let tagShift: UInt64 = 48
    private static let addressMask: UInt64 = 0xffff_ffff_ffff
    private static let tentative: UInt64 = 1 << 63
    /// Doubles beyond so many keys a bucket: over a doubling that makes 16 bytes a key, those of
    /// the buckets with the overflow ones. (Tsavorite's own measure is how many have overflowed.)
    static let keysMax = 6
    /// A kilobyte.
    static let sizeMin = 16

    private(set) var buckets: Entry
    private(set) var mask: Int
    /// Overflow buckets; they stay until the index doubles.
    private(set) var overflows = 0

    init(size: Int, _ slab: inout Slab) {
        mask = size - 1
        buckets = Self.make(size, &slab)
    }

    private static func make(_ count: Int, _ slab: inout Slab) -> Entry {
        slab.allocateZeroed(count * bucketBytes).bindMemory(to: UInt64.self, capacity: count * 8)
    }

    func free(_ slab: inout Slab) {
        for bucket in 0..<size {
            var next = Self.overflow(self.bucket(bucket))
            while let line = next {
                next = Self.overflow(line)
                slab.free(line, Self.bucketBytes)
            }
        }
        slab.freeArray(buckets, size * Self.bucketBytes)
    }

    var size: Int { mask &+ 1 }
    func isFull(_ keys: Int) -> Bool { keys > size &* Self.keysMax }

    @inline(__always)
    func bucket(_ index: Int) -> Entry { buckets + index &* 8 }
    @inline(__always)
    func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

    static func overflow(_ bucket: Entry) -> Entry? {
        Entry(bitPattern: UInt(bucket[overflowWord] & addressMask))
    }

    static func tag(_ hash: UInt64) -> UInt64 { hash &>> 49 }
    static func tag(of word: UInt64) -> UInt64 { (word & ~tentative) &>> tagShift }
    static func address(_ word: UInt64) -> UInt64 { word & addressMask }
    static func isTentative(_ word: UInt64) -> Bool { word & tentative != 0 }
    static func word(_ hash: UInt64, _ address: UInt64) -> UInt64 {
        tag(hash) &<< tagShift | address
    }
    /// The same entry with another address.
    static func redirected(_ word: UInt64, to address: UInt64) -> UInt64 {
        word & ~addressMask | address
    }

    /// The entry of the hash's bucket and tag.
    @inline(__always)
    func find(_ hash: UInt64) -> Entry? {
        let tag = Self.tag(hash)
        var next: Entry? = bucket(home(hash))
        while let line = next {
            for index in 0..<Self.entries
            where line[index] &>> Self.tagShift == tag && line[index] != 0 {
                return line + index
            }
            next = Self.overflow(line)
        }
        return nil
    }

    /// A free entry of the hash's bucket, which has none of its tag.
    mutating func claim(_ hash: UInt64, _ slab: inout Slab) -> Entry {
        var line = bucket(home(hash))
        while true {
            for index in 0..<Self.entries where line[index] == 0 { return line + index }
            guard let next = Self.overflow(line) else { break }
            line = next
        }
        let added = Self.make(1, &slab)
        line[Self.overflowWord] = UInt64(UInt(bitPattern: added))
        overflows += 1
        return added
    }

    /// Calls `body` with every line of a bucket, overflow ones after their own.
    func forEachLine(of index: Int, _ body: (Entry) -> Void) {
        var next: Entry? = bucket(index)
        while let line = next {
            next = Self.overflow(line)
            body(line)
        }
    }

    func recount(_ tally: inout Tally) {
        tally.add(size * Self.bucketBytes)
        var found = 0
        for index in 0..<size { forEachLine(of: index) { _ in found += 1 } }
        for _ in size..<found { tally.add(Self.bucketBytes) }
    }
}
