// The Swiss table: an array of entries by open addressing, and a byte about each, sixteen of which
// are compared at once.
//
//     record   control ── mask ── count ── growthLeft
//                 │
//                 ▼
//     control  [c][c][c] … [c][S]│[c][c] … [c][·]     2^k bytes, the first 15 again, one unused
//     slots    [entry][entry] …  [entry]              2^k − 1, in the same allocation
//
//     c   80  empty         S   ff  sentinel, in place of a last entry: always there, never matched
//         fe  deleted       0…7f    full: seven bits of the entry's hash, its tag
//
//   - An entry's home is a byte, not a group: a look-up reads the 16 bytes from there on (hence
//     the clones behind the end), then the 16 from 16, 48, 96 … further, round and round, which
//     meets every byte once. It ends at the entry, or with a group that has an empty byte.
//   - An insert takes the first empty or deleted byte of that sequence. 7/8 of the entries' places
//     may be full or deleted; the insert that would exceed this rehashes where it is, if at most
//     25/32 are full and the rest is deleted, and else moves everything to twice the array, at
//     once.
//   - A delete leaves an empty byte where no sixteen bytes around it are all taken: no look-up can
//     have passed there. Otherwise it leaves a tombstone, which holds a place until a rehash.
//
// Deviations from Abseil: the home is given by the upper bits of the hash and the tag by the
// lowest, so that SCAN's cursors can go by hash (SwissHandle+Walk.swift); the smallest array has 15
// places.
//
// Invariants (`violations`): clones are what they are copies of; a byte is empty always; `count`
// and `growthLeft` count; each entry is under its tag where a look-up comes by.
//
// Costs: 9 · 2^k + 8 bytes, so 10.3 to 20.6 bytes per entry after a growth; a growth reads all
// keys.
//
// Credits: Abseil's raw_hash_set (Matt Kulukundis, Alkis Evlogimenos and contributors); hashbrown
// (Amanieu d'Antras) has the same design.

struct SwissTable {
    static let empty: UInt8 = 0x80
    static let deleted: UInt8 = 0xfe
    static let sentinel: UInt8 = 0xff
    /// Places of the smallest array, with the sentinel's: one group.
    static let ringMin = TagGroup.width
    /// Bytes behind the sentinel: clones of all of a group but its last.
    static let clones = TagGroup.width - 1

    /// The control bytes, with the entries behind them; nil before the first entry.
    var control: UnsafeMutableRawPointer?
    /// Bytes that have no clone before them, less one: the sentinel's place, and how many entries
    /// there are places for.
    var mask = 0
    var count = 0
    /// Empty places that may still be taken.
    var growthLeft = 0

    /// Entries, tombstones included, for which a ring has room.
    static func limit(_ ring: Int) -> Int {
        let places = ring &- 1
        return places &- places / 8
    }

    /// The smallest ring with room for `entries`, a power of two.
    static func ring(for entries: Int) -> Int {
        var ring = ringMin
        while limit(ring) < entries { ring *= 2 }
        return ring
    }

    static func controlBytes(_ ring: Int) -> Int { ring &+ TagGroup.width }
    static func arrayBytes(_ ring: Int) -> Int { controlBytes(ring) &+ (ring &- 1) &* 8 }

    static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash & 0x7f) }
    static func isFull(_ byte: UInt8) -> Bool { byte < empty }

    /// Where the groups of a probe sequence begin.
    struct Probe {
        private(set) var offset: Int
        private var step = 0
        let mask: Int

        init(home: Int, mask: Int) {
            offset = home
            self.mask = mask
        }

        mutating func advance() {
            step &+= TagGroup.width
            offset = (offset &+ step) & mask
        }

        /// How far behind the group's first byte `place` lies.
        func distance(to place: Int) -> Int { (place &- offset) & mask }
    }
}
