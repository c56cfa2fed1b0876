// Which keys go when memory is full: policies and the loop that carries them out.
//
// A keyspace knows how to sample its entries; everything else is the same for every table: sample
// five, keep the best 16 in a pool, evict the best of the pool that still exists, until enough is
// free. A write that finds no room after that is refused by the server.
//
// Credits: evict.c of Redis and Valkey.

/// What is given up when memory is full (`maxmemory-policy`).
public enum EvictionPolicy: String, Sendable, CaseIterable {
    case noeviction
    case allkeysLRU = "allkeys-lru"
    case allkeysLFU = "allkeys-lfu"
    case allkeysRandom = "allkeys-random"
    case volatileLRU = "volatile-lru"
    case volatileLFU = "volatile-lfu"
    case volatileRandom = "volatile-random"
    case volatileTTL = "volatile-ttl"

    /// Only entries with an expiry are candidates.
    public var isVolatile: Bool {
        switch self {
        case .volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL: true
        default: false
        }
    }

    /// Entries count how often they are used, not when they were.
    public var countsFrequency: Bool { self == .allkeysLFU || self == .volatileLFU }

    var isRandom: Bool { self == .allkeysRandom || self == .volatileRandom }

    /// Objects cannot be shared, for each entry's use is recorded in its own.
    var needsOwnObjects: Bool {
        switch self {
        case .allkeysLRU, .volatileLRU, .allkeysLFU, .volatileLFU: true
        default: false
        }
    }
}

/// What a keyspace offers for eviction; the rest is in the extension.
protocol EvictingKeyspace: Keyspace, ~Copyable {
    var evictionPolicy: EvictionPolicy { get }
    var pool: EvictionPool { get set }
    var evictedCount: Int { get set }

    /// Adds a sample of candidates, of one slot, to the pool; returns how many were looked at.
    mutating func sampleIntoPool(_ count: Int) -> Int
    /// A key of a fairly chosen candidate.
    mutating func randomCandidate() -> [UInt8]?
    /// Candidates, and slots that have some.
    var candidates: (count: Int, slots: Int) { get }
    /// Removes a key if it is (still) a candidate.
    mutating func evict(_ key: Key) -> Bool
}

extension EvictingKeyspace where Self: ~Copyable {
    /// Keys per sample (redis.conf, maxmemory-samples).
    static var sampleSize: Int { 5 }

    mutating func evict(downTo limitBytes: Int) -> Bool {
        while memory.allocated > limitBytes {
            guard evictionPolicy != .noeviction, candidates.count > 0 else { return false }
            guard let key = evictionPolicy.isRandom ? randomCandidate() : bestCandidate() else {
                return false
            }
            let removed = key.withUnsafeBytes { evict(self.key($0)) }
            if removed { evictedCount &+= 1 }
        }
        return true
    }

    /// The best key of the pool, after new samples; nil only when there is no candidate at all.
    private mutating func bestCandidate() -> [UInt8]? {
        while candidates.count > 0 {
            var sampled = 0
            // Slots with few keys give small samples: look into others, as the servers do, unless
            // there is little to find anywhere.
            for _ in 0..<max(candidates.slots, 1) {
                sampled += sampleIntoPool(Self.sampleSize)
                if sampled >= Self.sampleSize || candidates.count < Self.sampleSize * 10 { break }
            }
            if let key = pool.removeBest() { return key }
        }
        return nil
    }
}
