// Walks by bucket, and random keys.

extension SegcacheKeyspace {
    /// The items of one bucket, and the cursor after it.
    private func visit(at cursor: UInt64, _ body: (SegcacheItem) -> Void) -> UInt64 {
        ScanCursor.visit(cursor, (old: index.mask, new: nil)) { _, bucket in
            forEachItem(of: bucket, body)
        }
    }

    private func forEachItem(of bucket: Int, _ body: (SegcacheItem) -> Void) {
        index.forEachSlot(of: bucket) { slot in
            body(segments.item(SegcacheIndex.address(slot.pointee)))
        }
    }

    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        for bucket in 0..<index.size {
            forEachItem(of: bucket) { body($0.key, $0.view, Expiry($0.time)) }
        }
    }

    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        scan(cursor, count: count) { cursor, met in
            visit(at: cursor) { item in
                met += 1
                if let time = item.time, time < now { return }
                body(item.key, item.view, Expiry(item.time))
            }
        }
    }

    /// Items from which a fair one is drawn: those of about ten buckets.
    private static let fairSample = SegcacheIndex.items * 10

    /// One of those from a random bucket on, each with the same probability.
    private mutating func randomItem() -> SegcacheItem? {
        let wanted = min(Self.fairSample, count)
        var draw = random
        var chosen: SegcacheItem?
        var seen = 0
        var cursor = draw.next()
        while seen < wanted {
            cursor = visit(at: cursor) { item in
                seen += 1
                if draw.below(seen) == 0 { chosen = item }
            }
        }
        random = draw
        return chosen
    }

    public mutating func randomKey() -> Bytes? {
        while let item = randomItem() {
            guard let time = item.time, time < now else { return item.key }
            let key = keys.key(item.key)
            guard let found = peekFound(key) else { return nil }
            delete(found, key.slot)
            expiredCount &+= 1
        }
        return nil
    }
}
