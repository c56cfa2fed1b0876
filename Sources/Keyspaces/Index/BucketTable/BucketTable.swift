// The open hash table of Valkey from 8.1 on: chains of 64-byte buckets with seven entries each, two
// arrays of them while it is being resized.
//
//     BucketTable   old.buckets                        new.buckets (while rehashing)
//                   │
//                   ▼
//               0  [c|t t t t t t ·|e e e e e e ●]──▶ child [·|t t …|e e …]
//               1  [·|t · · · · · ·|e · · · · · ·]
//               …                     bucket number: low bits of the hash; t: its top byte
//
//   - An insert takes the lowest free position of the first bucket of the chain that has one. A
//     full chain gets a child, which takes over the entry that the link displaces.
//   - A delete from a chain fills the hole from the last bucket, and the last bucket goes when one
//     entry is left in it. A chain of n entries therefore has 0 children for n ≤ 7 and ⌈(n−7)/6⌉
//     otherwise, whatever happened before.
//   - Grows to about half full when more than 100 % of the positions would be taken; shrinks on a
//     delete at 13 %. One chain moves per look-up while a resize is in progress.
//
// Invariants (`violations`): all buckets of a chain but the last are full, and a last child has two
// entries or more; every entry is in the chain its hash names, under its tag; `used` and `children`
// count; old buckets below `rehashIndex` are empty.
//
// Credits: Valkey's hashtable.c (Viktor Söderqvist and contributors).

struct BucketTable {
    struct Half {
        var buckets: UnsafeMutableRawPointer?
        var used = 0
        /// Buckets − 1; meaningless while `buckets` is nil.
        var mask = 0
        /// Child buckets in the chains of this half.
        var children = 0

        var size: Int { buckets == nil ? 0 : mask &+ 1 }
        var capacity: Int { size &* Bucket.entries }
        var arrayBytes: Int { size &* Bucket.size }

        func bucket(_ index: Int) -> Bucket {
            Bucket(address: buckets.unsafelyUnwrapped + index &* Bucket.size)
        }

        func home(_ hash: UInt64) -> Bucket {
            bucket(Int(truncatingIfNeeded: hash) & mask)
        }
    }

    /// What differs between releases.
    struct Policy {
        /// Bytes of the servers' struct, and of what the keyspace keeps behind it.
        let structSize: Int
        /// A shrink whose target would overflow is turned round instead of finished first.
        let abortsShrink: Bool
        /// Entries of a bucket are all asked for before the first is hashed; an option of the
        /// keyspace (`KeyspaceOptions.lookAhead`).
        var looksAhead = true
        /// Bytes behind the struct: the keyspace's node in the list of tables being resized. The
        /// tables of collections have another size (`CollectionTraits`).
        var metadataSize = 16

        static let valkey81 = Policy(structSize: 72, abortsShrink: false)
        static let valkey91 = Policy(structSize: 80, abortsShrink: true)
    }

    /// Fill of a shrink's target that is bearable until the shrink is through.
    static let fillMaxShrinking = 500
    /// A delete that leaves at most this fill, in percent, shrinks.
    static let fillMin = 13
    /// Empty buckets that one step of a shrink may pass.
    static let emptyVisitsPerStep = 10

    var old = Half()
    var new = Half()
    /// Next bucket of `old` to move; −1 when no resize is in progress.
    var rehashIndex = -1

    var isRehashing: Bool { rehashIndex >= 0 }
    var count: Int { old.used &+ new.used }
    /// The array that inserts go to.
    var newest: Half { isRehashing ? new : old }

    /// Buckets for `entries`, a power of two: ⌈entries · 5/32⌉ and up, 40 to 92 % full (7/5 would
    /// be full, 32/5 = 6.4 entries per bucket).
    static func buckets(for entries: Int) -> Int {
        guard entries > 0 else { return 0 }
        let wanted = (entries * 5 - 1) / 32 + 1
        var size = 1
        while size < wanted { size *= 2 }
        return size
    }

    static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash &>> 56) }
}
