// The keyspace of a foreign index, which has Hashmark's entries in it (those of Valkey 9.1), as a
// concrete type; BucketTableKeyspace.swift says why there is one.
//
// What is not handed on to the one `StringKeyspace` is what a foreign table needs besides: batches
// that are looked up in one call, and an end.
import CTable

public struct ForeignIndexKeyspace: Keyspace, ~Copyable {
    private var base: StringKeyspace<KeyedEntries<ForeignIndex>>
    /// Where the table looks batches up. Not in cluster mode: a batch is then of many tables.
    private let batch: ForeignBatch<UnsafeMutablePointer<UInt64>?>.Pointer?

    public init(_ options: KeyspaceOptions) {
        let base = StringKeyspace<KeyedEntries<ForeignIndex>>(options)
        let looksUpMany = base.main.traits.api.pointee.find_many != nil
        batch =
            looksUpMany && !options.cluster
            ? ForeignBatch<UnsafeMutablePointer<UInt64>?>.make(none: nil) : nil
        self.base = base
        attach()
    }

    deinit {
        let host = base.main.traits.host
        ForeignIndex.destroyAll(host)
        ForeignHost.destroy(host)
        if let batch { ForeignBatch.destroy(batch) }
    }

    /// Gives the batch to the table, which is another one after a flush.
    private func attach() {
        guard let batch, let table = base.main.handle(0) else { return }
        batch.pointee.forget()
        table.record.pointee.batch = batch
    }

    public var count: Int { base.count }
    public var expiringCount: Int { base.expiringCount }
    public var expiredCount: Int { base.expiredCount }
    public var evictedCount: Int { base.evictedCount }
    public var isSettled: Bool { base.isSettled }
    public var memory: MemoryReport { base.memory }
    public var foreignBytes: Int? { ForeignIndex.foreignBytes(base.main.traits) }
    public var statistics: KeyspaceStatistics { base.statistics }
    public var now: Int64 {
        get { base.now }
        set { base.now = newValue }
    }
    public var recordsUse: Bool {
        get { base.recordsUse }
        set { base.recordsUse = newValue }
    }

    public func key(_ bytes: Bytes) -> Key { base.key(bytes) }
    public func prefetchIndex(_ key: Key) {
        guard let batch else { return base.prefetchIndex(key) }
        batch.pointee.collect(key)
    }
    public func prefetchEntry(_: Key) {
        guard let batch else { return }
        let count = batch.pointee.close()
        guard count > 0, let table = base.main.handle(0) else { return }
        table.lookUp(batch, count)
    }
    public func prefetchValue(_: Key) {}
    public func prefetchPayload(_: Key) {}
    public mutating func endBatch() { batch?.pointee.forget() }

    public mutating func find(_ key: Key) -> ValueView? { base.find(key) }
    public func peek(_ key: Key) -> ValueView? { base.peek(key) }
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        base.set(key, value, expiry: expiry)
    }
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        base.set(key, value, expiry: expiry, form: form)
    }
    public func encoding(of key: Key) -> ValueEncoding? { base.encoding(of: key) }
    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int { base.append(key, suffix) }
    public mutating func remove(_ key: Key) -> Bool { base.remove(key) }
    public mutating func removeAll() {
        base.removeAll()
        attach()
    }

    public var collectionCount: Int { base.collectionCount }
    public func peekCollection(_ key: Key) -> CollectionObject? { base.peekCollection(key) }
    public mutating func findCollection(_ key: Key) -> CollectionLookup {
        base.findCollection(key)
    }
    public mutating func makeCollection(_ key: Key, _ type: ValueType) -> CollectionObject {
        base.makeCollection(key, type)
    }
    public mutating func put(_ collection: CollectionObject, at key: Key, expiry: Expiry) {
        base.put(collection, at: key, expiry: expiry)
    }
    public mutating func take(_ key: Key) -> CollectionObject? { base.take(key) }
    public mutating func unlink(_ key: Key) -> Bool { base.unlink(key) }
    public mutating func withCollections<R>(_ body: (inout Collections) -> R) -> R {
        base.withCollections(body)
    }

    public mutating func expiry(of key: Key) -> Expiry? { base.expiry(of: key) }
    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        base.setExpiry(of: key, expiry)
    }

    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        base.forEach(body)
    }
    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        base.scan(cursor, count: count, body)
    }
    public mutating func randomKey() -> Bytes? { base.randomKey() }
    public func count(inSlot slot: Int) -> Int { base.count(inSlot: slot) }

    public func usage(of key: Key) -> Usage? { base.usage(of: key) }
    public mutating func makeRoom(limitBytes: Int) -> Bool { base.makeRoom(limitBytes: limitBytes) }
    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        base.maintain(budgetMicroseconds: budgetMicroseconds)
    }

    public func allocated(by key: Key) -> Int? { base.allocated(by: key) }
    public func recount() -> MemoryReport { base.recount() }
    public func invariantViolations() -> [String] { base.invariantViolations() }
}
