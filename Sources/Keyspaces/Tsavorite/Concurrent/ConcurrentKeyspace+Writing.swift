// Writing, under the exclusive latch of the key's bucket: in place where the record has room, else
// at the end of the thread's page. A record is whole before anything names it.
import Synchronization

extension ConcurrentKeyspace {
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        write(key, value, ValueKind(of: value), expiry)
    }

    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        _ = write(key, value, ValueKind(of: value, form), expiry)
    }

    @inline(__always)
    private func write(_ key: Key, _ value: Bytes, _ kind: ValueKind, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else {
            let time = expiry.time(keeping: nil)
            insert(key, .init(key: key.bytes, value: value, kind: kind, time: time))
            return true
        }
        let record = found.record
        let old = record.time
        let time = expiry.time(keeping: old)
        if record.hasRoom(valueLength: value.count), record.hasTimeField || time == nil {
            record.rewrite(value, kind)
            if record.hasTimeField { record.setTime(time) }
        } else {
            move(found, .init(key: record.key, value: value, kind: kind, time: time))
        }
        noteTime(from: old, to: time)
        return false
    }

    private func noteTime(from old: Int64?, to new: Int64?) {
        let change = (new != nil ? 1 : 0) - (old != nil ? 1 : 0)
        if change != 0 { seat.pointee.expiring.addOwn(change) }
    }

    /// A key that is not there, in the bucket whose latch is held.
    private func insert(_ key: Key, _ content: ConcurrentRecord.Content) {
        let bucket = store.index.pointee.home(key.hash)
        let known = ConcurrentIndex.find(bucket, key.hash)
        let shape = content.shape
        let record = allocate(shape.size)
        record.initialize(
            shape, content, previous: known.map { TsavoriteIndex.address($0.word) } ?? 0)
        let place = known?.place ?? ConcurrentIndex.claim(bucket) { store.memory.makeLines(1) }
        place.pointee.store(TsavoriteIndex.word(key.hash, record.word), ordering: .releasing)
        seat.pointee.count.addOwn(1)
        seat.pointee.inserts &+= 1
        noteTime(from: nil, to: content.time)
    }

    /// Appends the entry anew, with another value or time; the bytes may be the old record's.
    func move(_ found: Found, _ content: ConcurrentRecord.Content) {
        let shape = content.shape
        let record = allocate(shape.size)
        record.initialize(shape, content, previous: found.record.previous?.word ?? 0)
        redirect(found, to: record.word)
        kill(found.record)
    }

    /// What led to the record at `found` leads to the one at `address`; 0: the chain ends there.
    private func redirect(_ found: Found, to address: UInt64) {
        if let newer = found.newer {
            newer.setPrevious(address)
        } else {
            let word = found.place.pointee.load(ordering: .relaxed)
            let new = address == 0 ? 0 : TsavoriteIndex.redirected(word, to: address)
            found.place.pointee.store(new, ordering: .releasing)
        }
    }

    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let found = live(key) else {
            insert(key, .init(key: key.bytes, value: suffix, kind: .appended, time: nil))
            return suffix.count
        }
        let record = found.record
        let old = record.value
        let length = old.count &+ suffix.count
        if record.hasRoom(valueLength: length) {
            record.append(suffix)
        } else {
            let content = ConcurrentRecord.Content(
                key: record.key, value: old, suffix: suffix, kind: .appended, time: record.time)
            move(found, content)
        }
        return length
    }

    // MARK: Removing

    public mutating func remove(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        delete(found)
        return true
    }

    private func delete(_ found: Found) {
        redirect(found, to: found.record.previous?.word ?? 0)
        if found.record.time != nil { seat.pointee.expiring.addOwn(-1) }
        kill(found.record)
        seat.pointee.count.addOwn(-1)
    }

    /// Its time has come.
    func expire(_ found: Found) {
        delete(found)
        seat.pointee.expired.addOwn(1)
    }

    // MARK: Expiry

    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        guard let found = live(key) else { return false }
        let record = found.record
        let old = record.time
        let time = expiry.time(keeping: old)
        if record.hasTimeField {
            record.setTime(time)
        } else if time != nil {
            move(
                found,
                .init(key: record.key, value: record.value, kind: record.kind, time: time))
        }
        noteTime(from: old, to: time)
        return true
    }

    // MARK: The log

    /// Room for a record, to be filled at once.
    private func allocate(_ size: Int) -> ConcurrentRecord {
        seat.pointee.used.addOwn(size)
        let isShared = size <= LogPage.recordMax
        if isShared, let place = seat.pointee.page?.allocate(size) {
            return ConcurrentRecord(address: place)
        }
        return allocateFromNewPage(size, isShared)
    }

    @inline(never)
    private func allocateFromNewPage(_ size: Int, _ isShared: Bool) -> ConcurrentRecord {
        let page = store.memory.makePage(for: size)
        seat.pointee.hasGrown = true
        guard let place = page.allocate(size) else {
            preconditionFailure("a page of \(page.capacity) bytes for a record of \(size)")
        }
        if isShared {
            seat.pointee.page?.fill()
            seat.pointee.page = page
        } else {
            // Nothing in it is dead before it is in a chain, so that nobody walks through it.
            page.fill()
        }
        return ConcurrentRecord(address: place)
    }

    /// The record is in no chain any more.
    private func kill(_ record: ConcurrentRecord) {
        let room = record.room
        record.die()
        LogPage(of: record).kill(room)
        seat.pointee.dead.addOwn(room)
    }
}
