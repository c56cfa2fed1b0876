// The best candidates for eviction seen so far: 16 keys, from the least to the most deserving.
//
//     [rank 3 "a"][rank 8 "k"] … [rank 90 "q"]  ← goes first
//
// Sampling five keys at a time and keeping the best over many samples comes close to evicting the
// truly least used key. Keys are copied, because an entry may be gone by the time its turn comes.
//
// Credits: evict.c of Redis (Salvatore Sanfilippo).

struct EvictionPool: ~Copyable {
    /// evict.c, EVPOOL_SIZE.
    static let size = 16

    private struct Candidate {
        var rank: UInt64
        var key: [UInt8]
    }

    private var candidates: [Candidate] = []

    init() { candidates.reserveCapacity(Self.size + 1) }

    /// Whether a candidate of `rank` would be kept: to be asked before its key is copied.
    func accepts(_ rank: UInt64) -> Bool {
        candidates.count < Self.size || rank > candidates[0].rank
    }

    mutating func insert(_ rank: UInt64, _ key: Bytes) {
        if candidates.contains(where: { $0.key.elementsEqual(key) }) { return }
        let place = candidates.firstIndex { $0.rank >= rank } ?? candidates.count
        candidates.insert(Candidate(rank: rank, key: Array(key)), at: place)
        if candidates.count > Self.size { candidates.removeFirst() }
    }

    /// The key that goes first.
    mutating func removeBest() -> [UInt8]? { candidates.popLast()?.key }

    mutating func removeAll() { candidates.removeAll(keepingCapacity: true) }
}
