// Random keys and candidates for eviction.

extension ChainedDictKeyspace: EvictingKeyspace {
    public mutating func randomKey() -> Bytes? {
        while let entry = main.random(&random) {
            let bytes = SDS.bytes(main.layout.key(entry))
            let key = key(bytes)
            guard expires.count != 0, let expiry = expires.peek(key),
                expires.layout.integer(expiry) < now
            else { return bytes }
            delete(key)
            expiredCount &+= 1
        }
        return nil
    }

    // MARK: Eviction

    public mutating func makeRoom(limitBytes: Int) -> Bool { evict(downTo: limitBytes) }

    var candidates: (count: Int, slots: Int) {
        evictionPolicy.isVolatile
            ? (expires.count, expires.slots.nonEmpty) : (main.count, main.slots.nonEmpty)
    }

    mutating func sampleIntoPool(_ count: Int) -> Int {
        let isVolatile = evictionPolicy.isVolatile
        return withUnsafeTemporaryAllocation(of: Entry.self, capacity: count) { buffer in
            let found =
                isVolatile ? expires.sample(buffer, &random) : main.sample(buffer, &random)
            for entry in buffer[..<found] {
                let bytes = SDS.bytes((isVolatile ? expires.layout : main.layout).key(entry))
                let rank = rank(entry, bytes)
                if pool.accepts(rank) { pool.insert(rank, bytes) }
            }
            return found
        }
    }

    private func rank(_ entry: Entry, _ bytes: Bytes) -> UInt64 {
        if evictionPolicy == .volatileTTL {
            return UInt64.max - UInt64(bitPattern: max(expires.layout.integer(entry), 0))
        }
        // An expires entry has no object: the main one's is looked up, as the servers do.
        let owner = evictionPolicy.isVolatile ? main.peek(key(bytes)) : entry
        guard let owner else { return 0 }
        return clock.evictionRank(main.layout.object(owner).usage)
    }

    mutating func randomCandidate() -> [UInt8]? {
        let isVolatile = evictionPolicy.isVolatile
        let entry = isVolatile ? expires.random(&random) : main.random(&random)
        let layout = isVolatile ? expires.layout : main.layout
        return entry.map { Array(SDS.bytes(layout.key($0))) }
    }

    mutating func evict(_ key: Key) -> Bool {
        guard (evictionPolicy.isVolatile ? expires.peek(key) : main.peek(key)) != nil else {
            return false
        }
        delete(key)
        return true
    }
}
