// What two keyspaces do alike whose entries are records of one piece, appended to a store:
// look-ups, writes, counts, walks. Tsavorite's store is a log, Segcache's are segments; where a
// record is and what leads to it, where a new one goes and what becomes of the dead ones is their
// own.
//
//     write    live? ── no ──▶ enter                  the store's
//                └──── yes ──▶ rewrite, else move     the store's: where the record is, or anew
//
// Members are compiled for each of the two types, so that a call of the store's own is a direct one
// or none: the types are concrete, and what requests call is inlined always.

/// The buckets of an index, each of one line with more behind it.
protocol RecordIndex {
    /// Of a hash, its bucket's number.
    var mask: Int { get }
    /// Lines behind buckets' first ones.
    var overflows: Int { get }

    func home(_ hash: UInt64) -> Int
    /// The first line of a bucket.
    func bucket(_ index: Int) -> UnsafeMutablePointer<UInt64>
    /// Whether so many keys are too many for it.
    func isFull(_ keys: Int) -> Bool
}

/// Where a record is, and what leads to it; valid until the next write.
protocol FoundRecord {
    associatedtype Record: ShapedRecord
    var record: Record { get }
}

protocol RecordKeyspace: Keyspace, ~Copyable {
    associatedtype Found: FoundRecord
    associatedtype Index: RecordIndex

    var count: Int { get set }
    var expiringCount: Int { get set }
    var expiredCount: Int { get set }
    var keys: KeyMaker { get }
    var index: Index { get }
    /// Keys by slot, in cluster mode.
    var slotCounts: SlotCounts { get }
    /// Of all records that are not dead, as the store accounts for them.
    var liveBytes: Int { get }

    /// Where `key` is, whether its time has come or not.
    func peekFound(_ key: Key) -> Found?
    /// Records a use.
    mutating func touch(_ found: Found)
    func forEachRecord(of bucket: Int, _ body: (Found.Record) -> Void)
    /// A fairly chosen one; nil when there is none.
    mutating func randomRecord() -> Found.Record?

    /// Makes the record of a key that is not there, and makes the index lead to it.
    mutating func enter(_ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?)
    /// Writes value and time where the record is; the value's bytes may be its own.
    /// - Returns: false, and nothing changed, where they do not fit or may not stay.
    mutating func rewrite(
        _ found: Found, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) -> Bool
    /// Writes the entry anew elsewhere, with another value (of two parts) or time; the bytes may be
    /// the old record's.
    mutating func move(
        _ found: Found, _ value: Bytes, _ suffix: Bytes, _ kind: ValueKind, _ time: Int64?)
    /// Removes an entry. - Parameter slot: of its key.
    mutating func delete(_ found: Found, _ slot: Int)
    /// Doubles the index: all at once.
    mutating func growIndex()
    /// After a write: gives up what is dead, if much is since the store grew.
    mutating func compactAfterGrowth()

    /// Of the store and the slab.
    func storeViolations() -> [String]
    func checkBucket(_ bucket: Int, _ sum: inout RecordSum, _ found: inout [String])
}

extension RecordKeyspace where Self: ~Copyable {
    /// The index doubles at once.
    var isSettled: Bool { true }

    @inline(__always)
    func key(_ bytes: Bytes) -> Key { keys.key(bytes) }

    func count(inSlot slot: Int) -> Int { slotCounts[slot] ?? count }

    // MARK: Look-ups

    @inline(__always)
    func prefetchIndex(_ key: Key) { prefetch(index.bucket(index.home(key.hash))) }
    // The record has everything.
    func prefetchValue(_: Key) {}
    func prefetchPayload(_: Key) {}

    /// An entry lives through its last millisecond, as in the servers.
    @inline(__always)
    func hasExpired(_ record: Found.Record) -> Bool {
        guard let time = record.time else { return false }
        return time < now
    }

    /// Where `key` is, unless its time has come, in which case it goes.
    @inline(__always)
    mutating func live(_ key: Key) -> Found? {
        guard let found = peekFound(key) else { return nil }
        guard hasExpired(found.record) else { return found }
        delete(found, key.slot)
        expiredCount &+= 1
        return nil
    }

    /// The record of `key`, unless its time has come; nothing changed.
    func peekLive(_ key: Key) -> Found.Record? {
        guard let record = peekFound(key)?.record, !hasExpired(record) else { return nil }
        return record
    }

    @inline(__always)
    mutating func find(_ key: Key) -> ValueView? {
        guard let found = live(key) else { return nil }
        touch(found)
        return found.record.view
    }

    func peek(_ key: Key) -> ValueView? { peekLive(key)?.view }

    func encoding(of key: Key) -> ValueEncoding? { peekLive(key)?.kind.encoding }

    /// Bytes of the store: of the entry's record, not of what it replaced.
    func allocated(by key: Key) -> Int? { peekLive(key)?.room }

    mutating func expiry(of key: Key) -> Expiry? {
        guard let found = live(key) else { return nil }
        return Expiry(found.record.time)
    }

    // MARK: Writing

    @discardableResult
    @inline(__always)
    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        let isNew = write(key, value, ValueKind(of: value), expiry)
        compactAfterGrowth()
        return isNew
    }

    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        _ = write(key, value, ValueKind(of: value, form), expiry)
        compactAfterGrowth()
    }

    /// - Returns: whether the key was not there.
    @inline(__always)
    private mutating func write(
        _ key: Key, _ value: Bytes, _ kind: ValueKind, _ expiry: Expiry
    ) -> Bool {
        guard let found = live(key) else {
            insert(key, value, kind, expiry.time(keeping: nil))
            return true
        }
        let old = found.record.time
        let time = expiry.time(keeping: old)
        touch(found)
        if !rewrite(found, value, kind, time) {
            move(found, value, Self.nothing, kind, time)
        }
        noteTime(from: old, to: time)
        return false
    }

    static var nothing: Bytes { Bytes(start: nil, count: 0) }

    private mutating func insert(
        _ key: Key, _ value: Bytes, _ kind: ValueKind, _ time: Int64?
    ) {
        if index.isFull(count &+ 1) { growIndex() }
        enter(key, value, kind, time)
        count &+= 1
        slotCounts.add(1, to: key.slot)
        noteTime(from: nil, to: time)
    }

    mutating func noteTime(from old: Int64?, to new: Int64?) {
        if old != nil { expiringCount &-= 1 }
        if new != nil { expiringCount &+= 1 }
    }

    mutating func append(_ key: Key, _ suffix: Bytes) -> Int {
        guard let found = live(key) else {
            insert(key, suffix, .appended, nil)
            compactAfterGrowth()
            return suffix.count
        }
        let record = found.record
        let length = record.value.count &+ suffix.count
        touch(found)
        if !record.append(suffix) {
            move(found, record.value, suffix, .appended, record.time)
            compactAfterGrowth()
        }
        return length
    }

    mutating func remove(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        delete(found, key.slot)
        return true
    }
}
