// One thread's keyspace over a store that several threads execute on (`ConcurrentStore`).
//
//     look-up   bucket, entry, chain without a latch ──▶ nothing there: that is the answer
//                                                   └──▶ shared latch, the record if it still lives
//     write     exclusive latch, bucket, entry, chain; in place, or at the end of the log
//
// A latch that was taken for a key stays until the next key, `letGo` or `endBatch`: so long the
// bytes of a value are good. `hold` takes a key's in its exclusive form, and what follows for that
// key is one step to all others: INCR is a look-up and a write.
//
// A look-up that meets no record of its key was right at some moment: a record that is replaced or
// removed goes on naming the one behind it, and its memory stays while somebody is in who came
// before (`ConcurrentStore`), so whoever is on his way through a chain comes to every key that is
// in it all the time.
//
// Not here: eviction, records of use, random keys, hash slots. The server does not ask for them.
//
// Credits: see ConcurrentStore.swift.
import Synchronization

public struct ConcurrentKeyspace: Keyspace, ~Copyable {
    public var now: Int64 = 0
    /// No use is recorded.
    public var recordsUse = true

    let store: ConcurrentStore
    let seat: ConcurrentStore.SeatPointer
    /// Where this thread's search for expired entries goes on.
    var expiryCursor: UInt64 = 0

    /// - Parameter store: where there is a seat left.
    public init(_ store: ConcurrentStore) {
        self.store = store
        seat = store.takeSeat()
    }

    /// A store that nobody else has.
    public init(_ options: KeyspaceOptions) {
        self.init(options.store ?? ConcurrentStore(options, threads: 1))
    }

    deinit {
        rest()
        // Inside, where nobody removes everything meanwhile.
        store.enter(seat)
        seat.pointee.page?.fill()
        seat.pointee.page = nil
        store.leave(seat)
    }

    public var count: Int { store.count }
    public var expiringCount: Int { store.expiringCount }
    public var expiredCount: Int { store.expiredCount }
    public var evictedCount: Int { 0 }
    /// The index doubles at once.
    public var isSettled: Bool { true }
    public var memory: MemoryReport { store.memory.report }

    public func key(_ bytes: Bytes) -> Key { store.keys.key(bytes) }
    public func count(inSlot _: Int) -> Int { count }
    public func usage(of _: Key) -> Usage? { nil }
    public mutating func randomKey() -> Bytes? { nil }
    public mutating func makeRoom(limitBytes: Int) -> Bool { memory.allocated <= limitBytes }

    public mutating func removeAll() {
        rest()
        store.removeAll(seat)
    }

    // MARK: Latches and epochs

    public mutating func hold(_ key: Key) { latchExclusively(key) }

    public mutating func letGo() { BucketLatch.release(seat) }

    public mutating func endBatch() {
        rest()
        if seat.pointee.hasChores { doChores() }
    }

    /// Has no latch, and is outside.
    func rest() {
        BucketLatch.release(seat)
        store.leave(seat)
    }

    @inline(__always)
    func enter() {
        if seat.pointee.epoch.load(ordering: .relaxed) == 0 { store.enter(seat) }
    }

    /// The latch of a bucket: the one that is held, or none.
    @inline(__always)
    private func latch(of bucket: ConcurrentIndex.Word) -> ConcurrentIndex.Word {
        let latch = ConcurrentIndex.latch(bucket)
        if seat.pointee.latch != latch { BucketLatch.release(seat) }
        return latch
    }

    /// - Returns: the key's bucket.
    @inline(__always)
    @discardableResult
    func latchExclusively(_ key: Key) -> ConcurrentIndex.Word {
        enter()
        let bucket = store.index.pointee.home(key.hash)
        let latch = latch(of: bucket)
        if seat.pointee.latch != nil {
            if seat.pointee.isExclusive { return bucket }
            BucketLatch.release(seat)
        }
        BucketLatch.acquireExclusive(latch)
        seat.pointee.latch = latch
        seat.pointee.isExclusive = true
        return bucket
    }

    // MARK: Look-ups ahead

    public func prefetchIndex(_ key: Key) {
        enter()
        prefetch(UnsafeRawPointer(store.index.pointee.home(key.hash)))
    }

    /// Asks for the two lines in which most records are.
    public func prefetchEntry(_ key: Key) {
        enter()
        let bucket = store.index.pointee.home(key.hash)
        guard let found = ConcurrentIndex.find(bucket, key.hash),
            let record = ConcurrentRecord(TsavoriteIndex.address(found.word))
        else { return }
        prefetch(record.address)
        prefetch(record.address + ConcurrentIndex.lineBytes)
    }

    // The record has everything.
    public func prefetchValue(_: Key) {}
    public func prefetchPayload(_: Key) {}

    // MARK: Look-ups

    /// Where a record is, and what leads to it; valid while its bucket's latch is held.
    struct Found {
        let place: ConcurrentIndex.Word
        /// The newer record whose `previous` is this one; nil for the one that the entry names.
        let newer: ConcurrentRecord?
        let record: ConcurrentRecord
    }

    @inline(__always)
    func locate(_ key: Key, in bucket: ConcurrentIndex.Word) -> Found? {
        guard let entry = ConcurrentIndex.find(bucket, key.hash) else { return nil }
        var newer: ConcurrentRecord?
        var next = ConcurrentRecord(TsavoriteIndex.address(entry.word))
        while let record = next {
            if record.hasKey(key.bytes) {
                return Found(place: entry.place, newer: newer, record: record)
            }
            newer = record
            next = record.previous
        }
        return nil
    }

    /// The record of a key, due or not, under a latch of its bucket.
    @inline(__always)
    private func read(_ key: Key) -> ConcurrentRecord? {
        enter()
        let bucket = store.index.pointee.home(key.hash)
        let latch = latch(of: bucket)
        guard seat.pointee.latch == nil else { return locate(key, in: bucket)?.record }
        guard let found = locate(key, in: bucket) else { return nil }
        BucketLatch.acquireShared(latch)
        seat.pointee.latch = latch
        seat.pointee.isExclusive = false
        // It may have been replaced, or removed, before there was the latch.
        return found.record.isDead ? locate(key, in: bucket)?.record : found.record
    }

    /// An entry lives through its last millisecond, as in the servers.
    @inline(__always)
    func isDue(_ record: ConcurrentRecord) -> Bool {
        guard let time = record.time else { return false }
        return time < now
    }

    /// Where `key` is, under the exclusive latch, unless its time has come, in which case it goes.
    @inline(__always)
    func live(_ key: Key) -> Found? {
        let bucket = latchExclusively(key)
        guard let found = locate(key, in: bucket) else { return nil }
        if isDue(found.record) {
            expire(found)
            return nil
        }
        return found
    }

    /// A live record of a key that is due for all others to see.
    @inline(never)
    private func readAgain(_ key: Key) -> ConcurrentRecord? { live(key)?.record }

    @inline(__always)
    private func readLive(_ key: Key) -> ConcurrentRecord? {
        guard let record = read(key) else { return nil }
        return isDue(record) ? readAgain(key) : record
    }

    /// As `readLive`, and what is due stays.
    private func peekLive(_ key: Key) -> ConcurrentRecord? {
        guard let record = read(key) else { return nil }
        return isDue(record) ? nil : record
    }

    public mutating func find(_ key: Key) -> ValueView? { readLive(key)?.view }

    public func peek(_ key: Key) -> ValueView? { peekLive(key)?.view }

    public func encoding(of key: Key) -> ValueEncoding? { peekLive(key)?.kind.encoding }

    /// Bytes of the log: of the entry's record, not of what it replaced.
    public func allocated(by key: Key) -> Int? { peekLive(key)?.room }

    public mutating func expiry(of key: Key) -> Expiry? {
        guard let record = readLive(key) else { return nil }
        return Expiry(record.time)
    }

    // MARK: Walks

    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        rest()
        store.whileStopped(seat) {
            let index = store.index.pointee
            for bucket in 0..<index.size {
                ConcurrentIndex.forEachRecord(of: index.bucket(bucket)) {
                    body($0.key, $0.view, Expiry($0.time))
                }
            }
        }
    }

    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        rest()
        return store.whileStopped(seat) { () -> UInt64 in
            let index = store.index.pointee
            return scan(cursor, count: count) { cursor, met in
                ScanCursor.visit(cursor, (old: index.mask, new: nil)) { _, bucket in
                    ConcurrentIndex.forEachRecord(of: index.bucket(bucket)) { record in
                        met += 1
                        if !isDue(record) { body(record.key, record.view, Expiry(record.time)) }
                    }
                }
            }
        }
    }
}

extension BucketLatch {
    /// Gives back the latch that a thread has, if it has one.
    @inline(__always)
    static func release(_ seat: ConcurrentStore.SeatPointer) {
        guard let latch = seat.pointee.latch else { return }
        seat.pointee.latch = nil
        if seat.pointee.isExclusive { releaseExclusive(latch) } else { releaseShared(latch) }
    }
}
