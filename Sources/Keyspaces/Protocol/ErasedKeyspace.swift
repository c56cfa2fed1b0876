// Rivals' keyspaces as one type, so that a server is compiled once for all of them.
//
//     server ──▶ ErasedKeyspace ──▶ table of functions ──▶ SwissKeyspace, F14Keyspace, …
//                compiled into it   one indirect call      compiled here, specialised
//
// What is generic over a keyspace is compiled anew for each type that it meets, and a server is
// large. A member of this type hands on through the protocol's table of functions instead; behind
// it is the same specialised code that a server of its own would have inlined. So a rival pays for
// each look-up, write and prefetch one call that a release's table does not. Where that matters, in
// loops that time single look-ups, `Table.withConcreteKeyspace` has the types themselves.
//
// Every requirement of `Keyspace` is here, those with a default included, which would otherwise
// take the place of the table's own answer; but for those of collections, which no rival holds.

public struct ErasedKeyspace: Keyspace, ~Copyable {
    private var base: any Keyspace & ~Copyable

    /// The keyspace of `options.table`, which is a rival.
    public init(_ options: KeyspaceOptions) {
        precondition(
            options.table.lacks.contains(.collections),
            "\(options.table) holds collections, and this type would hide them")
        guard case .rival(let rival) = options.table.design.index else {
            preconditionFailure("\(options.table) has a type of its own")
        }
        switch rival {
        case .swiss: base = SwissKeyspace(options)
        case .f14: base = F14Keyspace(options)
        case .dash: base = DashKeyspace(options)
        case .tsavorite:
            if let store = options.store {
                base = ConcurrentKeyspace(store)
            } else {
                base = TsavoriteKeyspace(options)
            }
        case .segcache: base = SegcacheKeyspace(options)
        }
    }

    /// An existential that cannot be copied is opened where it is a parameter, and not where it is
    /// stored (Swift 6.2).
    @inline(__always)
    private func read<R>(_ body: (borrowing any Keyspace & ~Copyable) -> R) -> R { body(base) }

    public var count: Int { read { $0.count } }
    public var expiringCount: Int { read { $0.expiringCount } }
    public var expiredCount: Int { read { $0.expiredCount } }
    public var evictedCount: Int { read { $0.evictedCount } }
    public var isSettled: Bool { read { $0.isSettled } }
    public var memory: MemoryReport { read { $0.memory } }
    public var foreignBytes: Int? { read { $0.foreignBytes } }
    public var statistics: KeyspaceStatistics { read { $0.statistics } }
    public var now: Int64 {
        get { read { $0.now } }
        set { base.now = newValue }
    }
    public var recordsUse: Bool {
        get { read { $0.recordsUse } }
        set { base.recordsUse = newValue }
    }

    public func key(_ bytes: Bytes) -> Key { read { $0.key(bytes) } }
    public func prefetchIndex(_ key: Key) { read { $0.prefetchIndex(key) } }
    public func prefetchEntry(_ key: Key) { read { $0.prefetchEntry(key) } }
    public func prefetchValue(_ key: Key) { read { $0.prefetchValue(key) } }
    public func prefetchPayload(_ key: Key) { read { $0.prefetchPayload(key) } }
    public mutating func endBatch() { base.endBatch() }
    public mutating func hold(_ key: Key) { base.hold(key) }
    public mutating func letGo() { base.letGo() }

    public mutating func find(_ key: Key) -> ValueView? { base.find(key) }
    public func peek(_ key: Key) -> ValueView? { read { $0.peek(key) } }
    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        base.set(key, value, expiry: expiry)
    }
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm) {
        base.set(key, value, expiry: expiry, form: form)
    }
    public func encoding(of key: Key) -> ValueEncoding? { read { $0.encoding(of: key) } }
    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int { base.append(key, suffix) }
    public mutating func remove(_ key: Key) -> Bool { base.remove(key) }
    public mutating func removeAll() { base.removeAll() }

    public mutating func expiry(of key: Key) -> Expiry? { base.expiry(of: key) }
    public mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        base.setExpiry(of: key, expiry)
    }

    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        read { $0.forEach(body) }
    }
    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        read { $0.scan(cursor, count: count, body) }
    }
    public mutating func randomKey() -> Bytes? { base.randomKey() }
    public func count(inSlot slot: Int) -> Int { read { $0.count(inSlot: slot) } }

    public func usage(of key: Key) -> Usage? { read { $0.usage(of: key) } }
    public mutating func makeRoom(limitBytes: Int) -> Bool { base.makeRoom(limitBytes: limitBytes) }
    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        base.maintain(budgetMicroseconds: budgetMicroseconds)
    }

    public func allocated(by key: Key) -> Int? { read { $0.allocated(by: key) } }
    public func recount() -> MemoryReport { read { $0.recount() } }
    public func invariantViolations() -> [String] { read { $0.invariantViolations() } }
}
