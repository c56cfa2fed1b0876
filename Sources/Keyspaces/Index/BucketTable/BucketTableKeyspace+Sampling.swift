// Random keys and candidates for eviction.

extension BucketTableKeyspace: EvictingKeyspace {
    public mutating func randomKey() -> Bytes? {
        while let object = main.random(&random) {
            let expiry = object.expiry
            if expiry == KeyedObject.noExpiry || now <= expiry { return object.key }
            // Removes the expired entry.
            _ = live(key(object.key))
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
        withUnsafeTemporaryAllocation(of: KeyedObject.self, capacity: count) { buffer in
            let found =
                evictionPolicy.isVolatile
                ? expires.sample(buffer, &random) : main.sample(buffer, &random)
            for object in buffer[..<found] {
                let rank =
                    evictionPolicy == .volatileTTL
                    ? UInt64.max - UInt64(bitPattern: max(object.expiry, 0))
                    : clock.evictionRank(object.usage)
                if pool.accepts(rank) { pool.insert(rank, object.key) }
            }
            return found
        }
    }

    mutating func randomCandidate() -> [UInt8]? {
        let object = evictionPolicy.isVolatile ? expires.random(&random) : main.random(&random)
        return object.map { Array($0.key) }
    }

    mutating func evict(_ key: Key) -> Bool {
        guard let position = main.peek(key) else { return false }
        if evictionPolicy.isVolatile, position.object.expiry == KeyedObject.noExpiry {
            return false
        }
        delete(key, at: position)
        return true
    }
}
