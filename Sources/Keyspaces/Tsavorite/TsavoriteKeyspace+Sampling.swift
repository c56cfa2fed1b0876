// The records of a bucket, random ones and candidates for eviction.

extension TsavoriteKeyspace: EvictingKeyspace {
    func forEachRecord(of bucket: Int, _ body: (TsavoriteRecord) -> Void) {
        index.forEachLine(of: bucket) { line in
            for place in 0..<TsavoriteIndex.entries {
                var address = TsavoriteIndex.address(line[place])
                while address != 0 {
                    let record = log.record(address)
                    address = record.previous
                    body(record)
                }
            }
        }
    }

    // MARK: Drawing

    /// Records from which a fair one is drawn: those of about ten buckets.
    private static let fairSample = TsavoriteIndex.entries * 10

    /// Up to `buffer.count` records from a random bucket on, all or those with an expiry; the
    /// bucket at which the buffer fills up has each of its own in it with the same probability.
    private mutating func sample(
        _ buffer: UnsafeMutableBufferPointer<TsavoriteRecord>, isVolatile: Bool
    ) -> Int {
        let wanted = min(buffer.count, isVolatile ? expiringCount : count)
        guard wanted > 0 else { return 0 }
        var seen = 0
        var draw = random
        var cursor = draw.next()
        while seen < wanted {
            cursor = visit(at: cursor) { record in
                if isVolatile, record.time == nil { return }
                if seen < wanted {
                    buffer[seen] = record
                } else {
                    let place = draw.below(seen + 1)
                    if place < wanted { buffer[place] = record }
                }
                seen += 1
            }
        }
        random = draw
        return wanted
    }

    private mutating func randomRecord(isVolatile: Bool) -> TsavoriteRecord? {
        withUnsafeTemporaryAllocation(of: TsavoriteRecord.self, capacity: Self.fairSample) {
            buffer -> TsavoriteRecord? in
            let found = sample(buffer, isVolatile: isVolatile)
            return found == 0 ? nil : buffer[random.below(found)]
        }
    }

    mutating func randomRecord() -> TsavoriteRecord? { randomRecord(isVolatile: false) }

    // MARK: Eviction

    public mutating func makeRoom(limitBytes: Int) -> Bool { evict(downTo: limitBytes) }

    var candidates: (count: Int, slots: Int) {
        (evictionPolicy.isVolatile ? expiringCount : count, 1)
    }

    mutating func sampleIntoPool(_ count: Int) -> Int {
        withUnsafeTemporaryAllocation(of: TsavoriteRecord.self, capacity: count) { buffer -> Int in
            let found = sample(buffer, isVolatile: evictionPolicy.isVolatile)
            for record in buffer[..<found] {
                let rank = rank(record)
                if pool.accepts(rank) { pool.insert(rank, record.key) }
            }
            return found
        }
    }

    /// How much an entry deserves to go.
    private func rank(_ record: TsavoriteRecord) -> UInt64 {
        if evictionPolicy == .volatileTTL {
            return UInt64.max - UInt64(bitPattern: max(record.time ?? 0, 0))
        }
        return clock.evictionRank(record.usage)
    }

    mutating func randomCandidate() -> [UInt8]? {
        randomRecord(isVolatile: evictionPolicy.isVolatile).map { Array($0.key) }
    }

    mutating func evict(_ key: Key) -> Bool {
        guard let found = peekFound(key) else { return false }
        if evictionPolicy.isVolatile, found.record.time == nil { return false }
        delete(found, key.slot)
        compactForRoom()
        return true
    }
}
