// A foreign store as a keyspace: it owns keys and values, and answers are views of what it returns.
//
//     find ──▶ get(table, hash, key) ──▶ value, where it lies in the table
//
// There are no expiries, no eviction, no slots, and nothing is known about single entries: all of
// that is refused before it comes here (`ForeignTable.lacks`). An expiry that comes all the same is
// a fault of ours and ends the process, for a key that never ends would be an imitation.
//
// A struct of function pointers and one table: a look-up is one call through one of them.
import CTable

public struct ForeignStoreKeyspace: Keyspace, ~Copyable {
    public var now: Int64 = 0
    public var recordsUse = true
    /// False while the table says that a resize has more to do.
    public private(set) var isSettled = true

    private let keys: KeyMaker
    private let api: hashmark_store
    private let host: ForeignHost.Pointer
    private var table: UnsafeMutableRawPointer
    private let batch: ForeignBatch<hashmark_bytes>.Pointer?
    private var random: KeyspaceRandom

    public init(_ options: KeyspaceOptions) {
        guard case .foreign(let foreign) = options.table.design.index,
            let store = foreign.library.store
        else { preconditionFailure("\(options.table) is no foreign store") }
        precondition(!options.cluster, "a foreign store has no hash slots")
        let hasher = KeyHasher(options.hash, seed: options.seed)
        keys = KeyMaker(hasher: hasher, isCluster: false)
        random = KeyspaceRandom(seed: options.sampleSeed)
        let host = ForeignHost.make(foreign, options.quantum, hasher)
        let looksUpMany = store.pointee.get_many != nil
        batch =
            looksUpMany ? ForeignBatch<hashmark_bytes>.make(none: hashmark_bytes()) : nil
        api = store.pointee
        table = ForeignHost.makeTable(host)
        self.host = host
    }

    deinit {
        ForeignHost.destroyTable(host, table)
        ForeignHost.destroy(host)
        if let batch { ForeignBatch.destroy(batch) }
    }

    public var count: Int { Int(clamping: api.count.unsafelyUnwrapped(table)) }
    public func key(_ bytes: Bytes) -> Key { keys.key(bytes) }

    // MARK: Look-ups

    public func prefetchIndex(_ key: Key) {
        if let batch { return batch.pointee.collect(key) }
        if let prefetch = api.more.prefetch { prefetch(table, key.hash) }
    }

    public func prefetchEntry(_: Key) {
        guard let batch, let getMany = api.get_many else { return }
        let count = batch.pointee.close()
        guard count > 0 else { return }
        getMany(table, UnsafePointer(batch.pointee.queries), count, batch.pointee.answers)
        batch.pointee.open()
        for index in 0..<count {
            if let value = batch.pointee.answers[index].bytes { prefetch(value) }
        }
    }

    public func prefetchValue(_: Key) {}
    public func prefetchPayload(_: Key) {}
    public mutating func endBatch() { forgetBatch() }

    @inline(__always)
    private func forgetBatch() { batch?.pointee.forget() }

    public mutating func find(_ key: Key) -> ValueView? { peek(key) }

    @inline(__always)
    public func peek(_ key: Key) -> ValueView? {
        if let batch, let answer = batch.pointee.take(key) {
            if answer.bytes == nil { return nil }
            return .bytes(Bytes(answer))
        }
        var value = hashmark_bytes()
        let look = api.get.unsafelyUnwrapped
        guard look(table, key.hash, key.bytes.address, key.bytes.count, &value) != 0 else {
            return nil
        }
        return .bytes(Bytes(value))
    }

    // MARK: Writing

    @discardableResult
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool {
        if case .at = expiry { preconditionFailure("a foreign store has no expiry") }
        forgetBatch()
        let put = api.put.unsafelyUnwrapped
        let isNew =
            put(
                table, key.hash, key.bytes.address, key.bytes.count, value.address, value.count)
            != 0
        if isNew { step() }
        return isNew
    }

    /// The table has one form of values, its own.
    public mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form _: ValueForm) {
        set(key, value, expiry: expiry)
    }

    /// By reading the value and storing another one: a store has no other way.
    public mutating func append(_ key: Key, _ suffix: Bytes) -> Int { appendByCopy(key, suffix) }

    public mutating func remove(_ key: Key) -> Bool {
        forgetBatch()
        let erase = api.erase.unsafelyUnwrapped
        guard erase(table, key.hash, key.bytes.address, key.bytes.count) != 0 else { return false }
        step()
        return true
    }

    public mutating func removeAll() {
        forgetBatch()
        ForeignHost.destroyTable(host, table)
        host.pointee.releaseAll()
        table = ForeignHost.makeTable(host)
        isSettled = true
    }

    // MARK: Resize

    private mutating func step() {
        if let step = api.more.resize_step { isSettled = step(table) == 0 }
    }

    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        guard api.more.resize_step != nil else { return false }
        forgetBatch()
        let deadline = Deadline(Deadline.now() + UInt64(budgetMicroseconds) * 1000)
        repeat {
            step()
            // The clock costs as much as several steps.
            for _ in 1..<100 where !isSettled { step() }
        } while !isSettled && !deadline.hasPassed
        return !isSettled
    }

    // MARK: Walks

    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        ForeignVisit.with(
            { _, key, value in body(key, .bytes(value), .never) },
            { to in api.each.unsafelyUnwrapped(table, visitPair, to) })
    }

    /// Meets nothing without `scan`: SCAN is refused.
    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        guard let visit = api.more.scan else { return 0 }
        return scan(cursor, count: count) { cursor, met in
            var found = 0
            let next = ForeignVisit.with(
                { _, key, value in
                    found += 1
                    body(key, .bytes(value), .never)
                },
                { to in visit(table, cursor, visitAny, to) })
            met += found
            return next
        }
    }

    /// nil without `random`: RANDOMKEY is refused.
    public mutating func randomKey() -> Bytes? {
        guard count > 0, let draw = api.more.random else { return nil }
        var drawn: Bytes?
        draw(
            table, random.next(),
            { to, _, key, _ in
                to.unsafelyUnwrapped.assumingMemoryBound(to: Bytes?.self).pointee = Bytes(key)
            },
            &drawn)
        guard let key = drawn else {
            fatalError("\(host.pointee.table.name): random visits no key of a table with \(count)")
        }
        return key
    }
}

// MARK: - What a store lacks

extension ForeignStoreKeyspace {
    public var expiringCount: Int { 0 }
    public var expiredCount: Int { 0 }
    public var evictedCount: Int { 0 }

    public func expiry(of key: Key) -> Expiry? { peek(key) == nil ? nil : .never }

    public func setExpiry(of key: Key, _ expiry: Expiry) -> Bool {
        if case .at = expiry { preconditionFailure("a foreign store has no expiry") }
        return peek(key) != nil
    }

    public func makeRoom(limitBytes: Int) -> Bool { memory.allocated <= limitBytes }
    public func encoding(of _: Key) -> ValueEncoding? { nil }
    public func usage(of _: Key) -> Usage? { nil }
    public func allocated(by _: Key) -> Int? { nil }
    public func count(inSlot _: Int) -> Int { count }
}

// MARK: - Reports

extension ForeignStoreKeyspace {
    public var memory: MemoryReport { MemoryReport(host.pointee.slab) }

    public var foreignBytes: Int? {
        guard let bytes = api.more.foreign_bytes else { return nil }
        return Int(clamping: bytes(table))
    }

    /// Only the slab knows what a store took; its bins are counted, what was asked for is not.
    public func recount() -> MemoryReport {
        let counted = host.pointee.slab.recount()
        return MemoryReport(
            requested: host.pointee.slab.requested, allocated: counted.allocated,
            allocations: counted.allocations)
    }

    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        api.more.addStatistics(of: table, count: count, to: &sum)
        return sum.statistics
    }

    public func invariantViolations() -> [String] {
        var found = host.pointee.violations()
        if let fault = api.more.fault(in: table) { found.append(fault) }
        var visited: [[UInt8]: [UInt8]] = [:]
        var visits = 0
        ForeignVisit.with(
            { _, key, value in
                visits += 1
                visited[Array(key)] = Array(value)
            },
            { to in api.each.unsafelyUnwrapped(table, visitPair, to) })
        if visits != count || visited.count != count {
            found.append(
                "it counts \(count) entries, and visits \(visits), \(visited.count) of them "
                    + "different")
        }
        for (key, value) in visited {
            let isFound = key.withUnsafeBytes { key in
                guard case .bytes(let bytes) = peek(self.key(key)) else { return false }
                return bytes.elementsEqual(value)
            }
            if !isFound { found.append("a key that it visits has another value, or none") }
        }
        return found
    }
}
