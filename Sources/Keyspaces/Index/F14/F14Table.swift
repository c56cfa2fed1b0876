// The F14 table: chunks of fourteen entries with a tag each, by open addressing of whole chunks.
//
//     record   chunks ── mask ── places ── count
//                 │
//                 ▼
//     chunk 0  [t … t|h|o|entry … entry]          128 bytes (F14Chunk.swift)
//     chunk 1  [t … t|h|o|entry … entry]
//     …                chunk number: low bits of the hash; t: its seven top bits
//
//   - A look-up compares a chunk's tags at once, and goes on, by a step that the tag decides, only
//     where the chunk says that entries went past it.
//   - An insert takes the first free position on that way, and counts in each chunk that it passes.
//     A delete counts back where the entry was not at home.
//   - Twelve entries per chunk are its capacity. The insert that would exceed it moves everything
//   to
//     twice as many chunks, at once. One chunk alone is cut off behind 2, 6 or 14 entries, and is
//     full when it is.
//
// It is folly's F14ValueMap with the address of an entry for a value: the vector layout would need
// an array of them beside four bytes here, for entries that are allocated anyway.
//
// Invariants (`violations`): the counters are those that the entries' ways add up to, so zero when
// all are erased; each entry is on its way, under its tag.
//
// Costs: 10.7 to 21.3 bytes per entry after a growth; a growth reads all keys.
//
// Credits: folly's F14Table.h (Nathan Bronson and Xiao Shi).

struct F14Table {
    /// Nil before the first entry.
    var chunks: UnsafeMutableRawPointer?
    /// Chunks − 1.
    var mask = 0
    /// Places per chunk: 14, or as many as the only one has.
    var places = 0
    var count = 0

    /// How many chunks, and how many places each of them has.
    struct Shape {
        let chunks: Int
        let places: Int

        /// The smallest with room for `entries`.
        init(for entries: Int) {
            guard entries > F14Chunk.entries else {
                chunks = 1
                places = entries <= 2 ? 2 : entries <= 6 ? 6 : F14Chunk.entries
                return
            }
            let wanted = (entries - 1) / F14Chunk.desired + 1
            var power = 1
            while power < wanted { power *= 2 }
            chunks = power
            places = F14Chunk.entries
        }

        init(chunks: Int, places: Int) {
            self.chunks = chunks
            self.places = places
        }

        var capacity: Int { chunks == 1 ? places : chunks &* F14Chunk.desired }
        var bytes: Int {
            chunks == 1 ? F14Chunk.header &+ places &* 8 : chunks &* F14Chunk.size
        }
    }

    /// Of the array; only where there is one.
    var shape: Shape { Shape(chunks: mask &+ 1, places: places) }

    static func tag(_ hash: UInt64) -> UInt8 { 0x80 | UInt8(truncatingIfNeeded: hash &>> 57) }

    /// Chunks from one to the next on an entry's way. Odd, so that the way leads through all.
    static func step(_ tag: UInt8) -> Int { 2 &* Int(tag) &+ 1 }
}
