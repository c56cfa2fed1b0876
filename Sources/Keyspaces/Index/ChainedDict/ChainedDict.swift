// The chained hash table of Redis and of Valkey up to 8.0, two of them while it is being resized.
//
//     ChainedDict   old.heads          new.heads (while rehashing)
//                   │                  │
//                   ▼                  ▼
//               0  [∅]  moved      0  [●]→entry→entry→∅
//               1  [∅]  moved      1  [∅]
//               2  [●]→entry→∅     2  [∅]        ← rehashIndex = 2: the next chain to move
//               3  [●]→entry→…     …
//
//   - A chain head is 8 bytes; the index is hash & mask; new entries go to the front of their
//     chain.
//   - Grows when an insert finds as many entries as chains, to the next power of two; shrinks when
//     sparse: in 7.2 from background work alone, in 8.0 on deletes as well.
//   - A resize moves one chain per operation (in 8.0 a look-up's own, if it has not moved yet) and
//     batches of 100 in the background. Until it ends, inserts go to `new` and look-ups try both.
//
// Invariants (`violations`): every entry is in the chain that its hash names; `used` counts the
// entries of each half; old chains below `rehashIndex` are empty; `new` is empty and rehashIndex −1
// when no resize is in progress; sizes are powers of two, 4 at least.
//
// This struct is the fixed-size part, allocated from the slab like the servers' `dict`; entries,
// strings and objects are the store's and the keyspace's business.
//
// Credits: dict.c (Salvatore Sanfilippo and the Redis and Valkey contributors).

struct ChainedDict {
    typealias Entry = UnsafeMutableRawPointer

    struct Half {
        var heads: UnsafeMutablePointer<Entry?>?
        var used = 0
        /// Chains − 1; meaningless while `heads` is nil.
        var mask = 0

        var size: Int { heads == nil ? 0 : mask &+ 1 }

        func head(_ hash: UInt64) -> UnsafeMutablePointer<Entry?> {
            heads.unsafelyUnwrapped + Int(truncatingIfNeeded: hash) & mask
        }
    }

    /// What differs between releases.
    struct Policy {
        /// Bytes that the servers keep behind the struct: from 8.0 on the node of the list of dicts
        /// being resized.
        var metadataSize: Int
        /// A look-up in a dict being resized moves the chain that it is about to walk.
        let rehashesTouched: Bool
        /// Deletes shrink; otherwise only background work does, and deletes never wait for it.
        let shrinksOnDelete: Bool
        /// Background work grows a dict with as many entries as chains; otherwise its next insert
        /// does.
        let growsWhenFull: Bool
        /// A dict is sparse when its entries are less than (or, with `shrinksOnDelete`, at most)
        /// this share of its chains.
        let sparseFill: (permille: Int, isInclusive: Bool)

        func isSparse(_ used: Int, _ size: Int) -> Bool {
            let (left, right) = (used &* 1000, size &* sparseFill.permille)
            return sparseFill.isInclusive ? left <= right : left < right
        }

        /// Redis and Valkey 7.2: below a tenth (server.h, HASHTABLE_MIN_FILL).
        static let valkey72 = Policy(
            metadataSize: 0, rehashesTouched: false, shrinksOnDelete: false,
            growsWhenFull: false,
            sparseFill: (100, false))
        /// Valkey 8.0: at an eighth (dict.c).
        static let valkey80 = Policy(
            metadataSize: 16, rehashesTouched: true, shrinksOnDelete: true,
            growsWhenFull: true,
            sparseFill: (125, true))
    }

    /// Chains of a dict's first allocation (dict.h).
    static let initialSize = 4
    /// Empty chains that one step may pass before it gives up (dict.c).
    static let emptyVisitsPerStep = 10
    /// Bytes of the servers' struct, which this one must fit.
    static let structSize = 56

    var old = Half()
    var new = Half()
    /// Next chain of `old` to move; −1 when no resize is in progress.
    var rehashIndex = -1

    var isRehashing: Bool { rehashIndex >= 0 }
    var count: Int { old.used &+ new.used }
    /// Bytes of both arrays.
    var arrayBytes: (old: Int, new: Int) { (old.size &* 8, new.size &* 8) }
}
