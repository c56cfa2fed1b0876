// Writing: in place where the record has room, else at the end of the log.

extension TsavoriteKeyspace {
    @inline(__always)
    mutating func rewrite(
        _ found: Found, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) -> Bool {
        let record = found.record
        guard record.hasRoom(valueLength: value.count), record.hasTimeField || time == nil else {
            return false
        }
        record.rewrite(value, kind)
        if record.hasTimeField { record.setTime(time) }
        return true
    }

    mutating func enter(_ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?) {
        let shape = TsavoriteRecord.Shape(
            keyLength: key.bytes.count, valueLength: value.count, hasTime: time != nil)
        let address = log.allocate(shape.size, &slab)
        let previous = link(key.hash, address)
        log.record(address).initialize(
            shape, previous: previous, key: key.bytes, value: value, suffix: Self.nothing,
            kind: kind, time: time, usage: clock.fresh)
    }

    /// Makes the hash's entry name the record at `address`.
    /// - Returns: the address that it named before; 0: none.
    private mutating func link(_ hash: UInt64, _ address: UInt64) -> UInt64 {
        let word = TsavoriteIndex.word(hash, address)
        if let entry = index.find(hash) {
            let previous = TsavoriteIndex.address(entry.pointee)
            entry.pointee = word
            return previous
        }
        index.claim(hash, &slab).pointee = word
        return 0
    }

    mutating func move(
        _ found: Found, _ value: Bytes, _ suffix: Bytes, _ kind: ValueKind,
        _ time: Int64?
    ) {
        let old = found.record
        let key = old.key
        let shape = TsavoriteRecord.Shape(
            keyLength: key.count, valueLength: value.count &+ suffix.count,
            hasTime: time != nil)
        let address = log.allocate(shape.size, &slab)
        log.record(address).initialize(
            shape, previous: old.previous, key: key, value: value, suffix: suffix, kind: kind,
            time: time, usage: old.usage)
        redirect(found, to: address)
        log.kill(found.address)
    }

    /// What led to the record at `found` leads to the one at `address`.
    func redirect(_ found: Found, to address: UInt64) {
        if let newer = found.newer {
            newer.previous = address
        } else {
            found.entry.pointee = TsavoriteIndex.redirected(
                found.entry.pointee, to: address)
        }
    }

    // MARK: Removing

    /// The record dies where it is. What is left when none lives needs no compaction.
    mutating func delete(_ found: Found, _ slot: Int) {
        let next = found.record.previous
        if next == 0, found.newer == nil {
            found.entry.pointee = 0
        } else {
            redirect(found, to: next)
        }
        if found.record.time != nil { expiringCount &-= 1 }
        log.kill(found.address)
        slotCounts.add(-1, to: slot)
        count &-= 1
        if count == 0 { log.releaseAll(&slab) }
    }

    // MARK: Expiry

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else { return false }
        let record = found.record
        let old = record.time
        switch expiry {
        case .keep: break
        case .never:
            if record.hasTimeField { record.setTime(nil) }
            noteTime(from: old, to: nil)
        case .at(let time):
            if record.hasTimeField {
                record.setTime(time)
            } else {
                move(found, record.value, Self.nothing, record.kind, time)
            }
            noteTime(from: old, to: time)
            compactAfterGrowth()
        }
        return true
    }
}
