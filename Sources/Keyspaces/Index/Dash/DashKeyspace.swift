// The keyspace of Dragonfly, dashtables with keys and values in their slots, as a concrete type;
// BucketTableKeyspace.swift says why there is one.

public struct DashKeyspace: Keyspace, ~Copyable {
    private var base: StringKeyspace<DashEntries>

    public init(_ options: KeyspaceOptions) { base = StringKeyspace(options) }

    public var count: Int { base.count }
    public var expiringCount: Int { base.expiringCount }
    public var expiredCount: Int { base.expiredCount }
    public var evictedCount: Int { base.evictedCount }
    public var isSettled: Bool { base.isSettled }
    public var memory: MemoryReport { base.memory }
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
    public func prefetchIndex(_ key: Key) { base.prefetchIndex(key) }
    public func prefetchEntry(_ key: Key) { base.prefetchEntry(key) }
    public func prefetchValue(_ key: Key) { base.prefetchValue(key) }
    public func prefetchPayload(_ key: Key) { base.prefetchPayload(key) }

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
    public mutating func removeAll() { base.removeAll() }

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
