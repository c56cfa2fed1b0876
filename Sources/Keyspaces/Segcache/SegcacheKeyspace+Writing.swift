// Writing: in place where the item keeps its size and its segment, else at the end of the segments
// of its time to live.

extension SegcacheKeyspace {
    @inline(__always)
    mutating func rewrite(
        _ found: Found, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) -> Bool {
        guard staysInPlace(found, time), found.record.rewrite(value, kind) else { return false }
        setTime(time, of: found)
        return true
    }

    /// Whether an item may expire at `time` in the segment in which it is.
    private func staysInPlace(_ found: Found, _ time: Int64?) -> Bool {
        if time == found.record.time { return true }
        let segment = segments.segment(SegcacheSegments.number(found.address))
        return segment.bucket == SegcacheTTL.bucket(of: time, now: now) && segment.takes(time)
    }

    /// Only of an item that stays in place with it.
    private func setTime(_ time: Int64?, of found: Found) {
        guard let time else { return }
        found.record.setTime(time)
        segments.segment(SegcacheSegments.number(found.address)).note(time)
    }

    mutating func enter(_ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?) {
        let slot = claim(key.hash)
        let shape = SegcacheItem.Shape(
            keyLength: key.bytes.count, valueLength: value.count, hasTime: time != nil)
        let address = make(shape, key.bytes, value, Self.nothing, kind, time)
        slot.pointee = SegcacheIndex.word(key.hash, address)
    }

    /// A place in the hash's bucket, which may be that of an item that is lost for it.
    private mutating func claim(_ hash: UInt64) -> SegcacheIndex.Slot {
        if let slot = index.claim(hash, &slab) { return slot }
        guard let slot = index.leastUsed(hash) else {
            preconditionFailure("a full bucket has items")
        }
        let address = SegcacheIndex.address(slot.pointee)
        let item = segments.item(address)
        forget(item, at: slot, keys.key(item.key).slot)
        segments.kill(address, &slab)
        evictedCount &+= 1
        lostCount &+= 1
        return slot
    }

    /// An item at the end of its segments.
    private mutating func make(
        _ shape: SegcacheItem.Shape, _ key: Bytes, _ value: Bytes, _ suffix: Bytes,
        _ kind: ValueKind, _ time: Int64?
    ) -> UInt64 {
        let bucket = SegcacheTTL.bucket(of: time, now: now)
        let address = segments.append(shape.size, bucket, time, &slab)
        segments.item(address).initialize(
            shape, key: key, value: value, suffix: suffix, kind: kind, time: time)
        return address
    }

    mutating func move(
        _ found: Found, _ value: Bytes, _ suffix: Bytes, _ kind: ValueKind,
        _ time: Int64?
    ) {
        let key = found.record.key
        let shape = SegcacheItem.Shape(
            keyLength: key.count, valueLength: value.count &+ suffix.count,
            hasTime: time != nil)
        let address = make(shape, key, value, suffix, kind, time)
        found.slot.pointee = SegcacheIndex.redirected(found.slot.pointee, to: address)
        segments.kill(found.address, &slab)
    }

    // MARK: Removing

    /// The item dies where it is.
    mutating func delete(_ found: Found, _ slot: Int) {
        forget(found.record, at: found.slot, slot)
        segments.kill(found.address, &slab)
    }

    /// Nothing leads to an item any more, and it is in no count but its segment's.
    /// - Parameter hashSlot: of its key.
    mutating func forget(
        _ item: SegcacheItem, at slot: SegcacheIndex.Slot, _ hashSlot: Int
    ) {
        slot.pointee = 0
        count &-= 1
        if item.time != nil { expiringCount &-= 1 }
        slotCounts.add(-1, to: hashSlot)
    }

    // MARK: Expiry

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else { return false }
        let old = found.record.time
        let time = expiry.time(keeping: old)
        if staysInPlace(found, time) {
            setTime(time, of: found)
        } else {
            move(found, found.record.value, Self.nothing, found.record.kind, time)
        }
        noteTime(from: old, to: time)
        compactAfterGrowth()
        return true
    }
}
