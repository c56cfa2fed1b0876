// Writing: in place where the item keeps its size and its segment, else at the end of the segments
// of its time to live.

extension SegcacheKeyspace {
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let isNew = write(key, value, ValueKind(of: value), expiry)
        compactAfterGrowth()
        return isNew
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        _ = write(key, value, ValueKind(of: value, form), expiry)
        compactAfterGrowth()
    }

    @inline(__always)
    private mutating func write(
        _ key: Key, _ value: Bytes, _ kind: ValueKind, _ expiry: Expiry
    ) -> Bool {
        guard let found = live(key) else {
            let time: Int64? = if case .at(let time) = expiry { time } else { nil }
            insert(key, value, kind, time)
            return true
        }
        let old = found.item.time
        let time: Int64? =
            switch expiry {
            case .never: nil
            case .keep: old
            case .at(let time): time
            }
        touch(found)
        if staysInPlace(found, time), found.item.rewrite(value, kind) {
            setTime(time, of: found)
        } else {
            move(found, value, Self.nothing, kind, time)
        }
        noteTime(from: old, to: time)
        return false
    }

    private static var nothing: Bytes { Bytes(start: nil, count: 0) }

    private mutating func noteTime(from old: Int64?, to new: Int64?) {
        if old != nil { expiringCount &-= 1 }
        if new != nil { expiringCount &+= 1 }
    }

    /// Whether an item may expire at `time` in the segment in which it is.
    private func staysInPlace(_ found: Found, _ time: Int64?) -> Bool {
        if time == found.item.time { return true }
        let segment = segments.segment(SegcacheSegments.number(found.address))
        return segment.bucket == SegcacheTTL.bucket(of: time, now: now) && segment.takes(time)
    }

    /// Only of an item that stays in place with it.
    private func setTime(_ time: Int64?, of found: Found) {
        guard let time else { return }
        found.item.setTime(time)
        segments.segment(SegcacheSegments.number(found.address)).note(time)
    }

    private mutating func insert(
        _ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) {
        if index.isFull(count &+ 1) { growIndex() }
        let slot = claim(key.hash)
        let shape = SegcacheItem.Shape(
            keyLength: key.bytes.count, valueLength: value.count, hasTime: time != nil)
        let address = make(shape, key.bytes, value, Self.nothing, kind, time)
        slot.pointee = SegcacheIndex.word(key.hash, address)
        count &+= 1
        if let slotCounts { slotCounts[key.slot] &+= 1 }
        noteTime(from: nil, to: time)
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

    /// Writes the entry anew elsewhere, with another value (of two parts) or time; the bytes may be
    /// the old item's.
    private mutating func move(
        _ found: Found, _ value: Bytes, _ suffix: Bytes, _ kind: ValueKind,
        _ time: Int64?
    ) {
        let key = found.item.key
        let shape = SegcacheItem.Shape(
            keyLength: key.count, valueLength: value.count &+ suffix.count,
            hasTime: time != nil)
        let address = make(shape, key, value, suffix, kind, time)
        found.slot.pointee = SegcacheIndex.redirected(found.slot.pointee, to: address)
        segments.kill(found.address, &slab)
    }

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let found = live(key) else {
            insert(key, suffix, .appended, nil)
            compactAfterGrowth()
            return suffix.count
        }
        let item = found.item
        let length = item.value.count &+ suffix.count
        touch(found)
        if !item.append(suffix) {
            move(found, item.value, suffix, .appended, item.time)
            compactAfterGrowth()
        }
        return length
    }

    // MARK: Removing

    public mutating func remove(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        delete(found, key.slot)
        return true
    }

    /// The item dies where it is.
    mutating func delete(_ found: Found, _ slot: Int) {
        forget(found.item, at: found.slot, slot)
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
        if let slotCounts { slotCounts[hashSlot] &-= 1 }
    }

    // MARK: Expiry

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else { return false }
        let old = found.item.time
        let time: Int64? =
            switch expiry {
            case .never: nil
            case .keep: old
            case .at(let time): time
            }
        if staysInPlace(found, time) {
            setTime(time, of: found)
        } else {
            move(found, found.item.value, Self.nothing, found.item.kind, time)
        }
        noteTime(from: old, to: time)
        compactAfterGrowth()
        return true
    }
}
