// Random keys and candidates for eviction.

extension StringKeyspace where Layout: ~Copyable {
    mutating func randomKey() -> Bytes? {
        while let element = main.random(&random) {
            let bytes = layout.key(of: element)
            guard let time = layout.peekTime(of: element, keys, expires), time < now else {
                return bytes
            }
            delete(keys.key(bytes))
            expiredCount &+= 1
        }
        return nil
    }

    // MARK: Eviction

    mutating func makeRoom(limitBytes: Int) -> Bool { evict(downTo: limitBytes) }

    var candidates: (count: Int, slots: Int) {
        evictionPolicy.isVolatile
            ? (expires.count, expires.slots.nonEmpty) : (main.count, main.slots.nonEmpty)
    }

    mutating func sampleIntoPool(_ count: Int) -> Int {
        let isVolatile = evictionPolicy.isVolatile
        return withUnsafeTemporaryAllocation(of: Element.self, capacity: count) { buffer in
            let found =
                isVolatile ? expires.sample(buffer, &random) : main.sample(buffer, &random)
            for element in buffer[..<found] {
                let rank = rank(element)
                guard pool.accepts(rank) else { continue }
                pool.insert(
                    rank, isVolatile ? layout.key(ofExpiry: element) : layout.key(of: element))
            }
            return found
        }
    }

    /// How much the entry of a candidate deserves to go.
    private func rank(_ element: Element) -> UInt64 {
        guard evictionPolicy.isVolatile else {
            return clock.evictionRank(layout.object(of: element).usage)
        }
        if evictionPolicy == .volatileTTL {
            return UInt64.max - UInt64(bitPattern: max(layout.time(ofExpiry: element), 0))
        }
        guard let object = layout.object(ofExpiry: element, keys, main) else { return 0 }
        return clock.evictionRank(object.usage)
    }

    mutating func randomCandidate() -> [UInt8]? {
        let isVolatile = evictionPolicy.isVolatile
        let drawn = isVolatile ? expires.random(&random) : main.random(&random)
        guard let element = drawn else { return nil }
        return Array(isVolatile ? layout.key(ofExpiry: element) : layout.key(of: element))
    }

    mutating func evict(_ key: Key) -> Bool {
        guard let found = main.peek(key) else { return false }
        if evictionPolicy.isVolatile,
            layout.peekTime(of: Index.element(at: found), key, expires) == nil
        {
            return false
        }
        delete(key, at: found)
        main.reclaim(key, &values.slab)
        expires.reclaim(key, &values.slab)
        return true
    }
}
