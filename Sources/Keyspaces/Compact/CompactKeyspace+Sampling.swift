// Random keys of a compact keyspace, and candidates for eviction.

extension CompactKeyspace {
    /// A table, chosen with the probability of its share of the entries, or of the expiries.
    private mutating func randomTable(timed: Bool) -> CompactHandle? {
        guard timed else {
            let isOne = slots.mask == 0
            return handle(isOne ? 0 : slots.slot(ofEntry: random.below(count) + 1))
        }
        return handle(expiries.randomSlot(&random))
    }

    public mutating func randomKey() -> Bytes? {
        while count > 0 {
            guard let record = randomTable(timed: false)?.random(&random) else { return nil }
            guard let time = record.time, time < now else { return record.key }
            let key = keys.key(record.key)
            guard let place = handle(key.slot)?.peek(key) else { return nil }
            remove(place, hash: key.hash, key.slot)
            expiredCount &+= 1
        }
        return nil
    }

    // MARK: Eviction

    public mutating func makeRoom(limitBytes: Int) -> Bool { evict(downTo: limitBytes) }

    var candidates: (count: Int, slots: Int) {
        evictionPolicy.isVolatile
            ? (expiries.count, expiries.slots) : (slots.entries, slots.nonEmpty)
    }

    mutating func sampleIntoPool(_ count: Int) -> Int {
        let isVolatile = evictionPolicy.isVolatile
        guard let table = randomTable(timed: isVolatile) else { return 0 }
        return withUnsafeTemporaryAllocation(of: CompactRecord.self, capacity: count) { buffer in
            let found = table.sample(buffer, timed: isVolatile, &random)
            for record in buffer[..<found] {
                let rank = rank(record)
                if pool.accepts(rank) { pool.insert(rank, record.key) }
            }
            return found
        }
    }

    /// How much an entry deserves to go.
    private func rank(_ record: CompactRecord) -> UInt64 {
        guard evictionPolicy == .volatileTTL, let time = record.time else {
            return clock.evictionRank(record.usage)
        }
        return UInt64.max - UInt64(bitPattern: max(time, 0))
    }

    /// Entries with an expiry among which a fair one is drawn.
    private static var fairSample: Int { 64 }

    mutating func randomCandidate() -> [UInt8]? {
        guard candidates.count > 0 else { return nil }
        guard evictionPolicy.isVolatile else {
            return randomTable(timed: false)?.random(&random).map { Array($0.key) }
        }
        guard let table = randomTable(timed: true) else { return nil }
        let size = Self.fairSample
        return withUnsafeTemporaryAllocation(of: CompactRecord.self, capacity: size) { buffer in
            let found = table.sample(buffer, timed: true, &random)
            return found == 0 ? nil : Array(buffer[random.below(found)].key)
        }
    }

    mutating func evict(_ key: Key) -> Bool {
        guard let place = handle(key.slot)?.peek(key) else { return false }
        if evictionPolicy.isVolatile, !place.record.hasTime { return false }
        remove(place, hash: key.hash, key.slot)
        return true
    }
}
