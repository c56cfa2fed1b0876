// Writing: in place where the record has room, else at the end of the log.

extension TsavoriteKeyspace {
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let isNew = write(key, value, ValueKind(of: value), expiry)
        giveUpPages()
        return isNew
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        _ = write(key, value, ValueKind(of: value, form), expiry)
        giveUpPages()
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
        let record = found.record
        let old = record.time
        let time: Int64? =
            switch expiry {
            case .never: nil
            case .keep: old
            case .at(let time): time
            }
        touch(record)
        if record.hasRoom(valueLength: value.count), record.hasTimeField || time == nil {
            record.rewrite(value, kind)
            if record.hasTimeField { record.setTime(time) }
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

    private mutating func insert(
        _ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) {
        if index.isFull(count &+ 1) { growIndex() }
        let shape = TsavoriteRecord.Shape(
            keyLength: key.bytes.count, valueLength: value.count, hasTime: time != nil)
        let address = log.allocate(shape.size, &slab)
        let previous = link(key.hash, address)
        log.record(address).initialize(
            shape, previous: previous, key: key.bytes, value: value, suffix: Self.nothing,
            kind: kind, time: time, usage: clock.fresh)
        count &+= 1
        if let slotCounts { slotCounts[key.slot] &+= 1 }
        noteTime(from: nil, to: time)
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

    /// Appends the entry anew, with another value (of two parts) or time; the bytes may be the old
    /// record's.
    private mutating func move(
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

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let found = live(key) else {
            insert(key, suffix, .appended, nil)
            giveUpPages()
            return suffix.count
        }
        let record = found.record
        let length = record.value.count &+ suffix.count
        touch(record)
        if record.hasRoom(valueLength: length) {
            record.append(suffix)
        } else {
            move(found, record.value, suffix, .appended, record.time)
            giveUpPages()
        }
        return length
    }

    // MARK: Removing

    public mutating func remove(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        delete(found, key.slot)
        return true
    }

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
        if let slotCounts { slotCounts[slot] &-= 1 }
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
            giveUpPages()
        }
        return true
    }
}
