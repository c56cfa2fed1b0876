// The items of a bucket, and random ones.

extension SegcacheKeyspace {
    func forEachRecord(of bucket: Int, _ body: (SegcacheItem) -> Void) {
        index.forEachSlot(of: bucket) { slot in
            body(segments.item(SegcacheIndex.address(slot.pointee)))
        }
    }

    /// Items from which a fair one is drawn: those of about ten buckets.
    private static let fairSample = SegcacheIndex.items * 10

    /// One of those from a random bucket on, each with the same probability.
    mutating func randomRecord() -> SegcacheItem? {
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
}
