// Valkey 9.1 as a store behind hashmark_table.h: the whole keyspace that is compiled in, buckets
// and objects, which reads through its own `find`. It lies in memory of the host's, and all that it
// keeps in a slab of its own.
import CTable
import RESP

struct OwnStore: ~Copyable {
    private let host: UnsafePointer<hashmark_host>
    private var keyspace: StringKeyspace<KeyedEntries<BucketHandle<KeyedObjects>>>
    private var fault = ToldLine()

    private init(_ host: UnsafePointer<hashmark_host>) {
        self.host = host
        var options = KeyspaceOptions(.valkey91)
        options.entryHashes = .ofKeyByHost(HashingHost(face: host))
        keyspace = StringKeyspace(options)
    }

    // MARK: Life

    fileprivate static func create(
        _ host: UnsafePointer<hashmark_host>?
    ) -> UnsafeMutableRawPointer? {
        guard let host, host.givesNoOptions(),
            let memory = host.allocate(MemoryLayout<OwnStore>.size)
        else { return nil }
        memory.bindMemory(to: OwnStore.self, capacity: 1).initialize(to: OwnStore(host))
        return memory
    }

    fileprivate static func destroy(_ table: UnsafeMutableRawPointer?) {
        let store = at(table)
        let host = store.pointee.host
        store.deinitialize(count: 1)
        host.release(table, MemoryLayout<OwnStore>.size)
    }

    @inline(__always)
    fileprivate static func at(_ table: UnsafeRawPointer?) -> UnsafeMutablePointer<OwnStore> {
        UnsafeMutableRawPointer(mutating: table.unsafelyUnwrapped)
            .assumingMemoryBound(to: OwnStore.self)
    }

    // MARK: Entries

    fileprivate var count: UInt64 { UInt64(keyspace.count) }

    @inline(__always)
    private static func key(_ hash: UInt64, _ key: UnsafeRawPointer?, _ length: Int) -> Key {
        Key(bytes: Bytes(start: key, count: length), hash: hash)
    }

    @inline(__always)
    private mutating func find(_ key: Key) -> hashmark_bytes? {
        guard let value = keyspace.find(key) else { return nil }
        return Self.bytes(of: value)
    }

    @inline(__always)
    private static func bytes(of value: ValueView?) -> hashmark_bytes {
        switch value {
        case .bytes(let bytes): return hashmark_bytes(bytes)
        case .integer, nil: preconditionFailure("`put` keeps no number and no collection")
        }
    }

    @inline(__always)
    fileprivate mutating func get(
        _ hash: UInt64, _ key: UnsafeRawPointer?, _ length: Int,
        _ value: UnsafeMutablePointer<hashmark_bytes>?
    ) -> Int32 {
        guard let found = find(Self.key(hash, key, length)) else { return 0 }
        value.unsafelyUnwrapped.pointee = found
        return 1
    }

    /// All that a look-up of each is going to read is asked for first, as a server does.
    fileprivate mutating func getMany(
        _ queries: UnsafePointer<hashmark_query>?, _ count: Int,
        _ values: UnsafeMutablePointer<hashmark_bytes>?
    ) {
        guard let queries, let values else { return }
        for i in 0..<count { keyspace.prefetchIndex(Self.key(queries[i])) }
        for i in 0..<count { keyspace.prefetchEntry(Self.key(queries[i])) }
        for i in 0..<count { keyspace.prefetchValue(Self.key(queries[i])) }
        for i in 0..<count { keyspace.prefetchPayload(Self.key(queries[i])) }
        for i in 0..<count { values[i] = find(Self.key(queries[i])) ?? hashmark_bytes() }
    }

    @inline(__always)
    private static func key(_ query: hashmark_query) -> Key {
        key(query.hash, query.key, query.length)
    }

    fileprivate func prefetch(_ hash: UInt64) {
        keyspace.prefetchIndex(Self.key(hash, nil, 0))
    }

    fileprivate mutating func put(
        _ hash: UInt64, _ key: UnsafeRawPointer?, _ length: Int, _ value: Bytes
    ) -> Bool {
        let key = Self.key(hash, key, length)
        let isNew = keyspace.set(key, value, expiry: .never)
        // A number would be kept as one, and `get` returns bytes.
        if Decimal.parse(value) != nil {
            keyspace.set(key, value, expiry: .never, form: .text)
        }
        return isNew
    }

    fileprivate mutating func erase(
        _ hash: UInt64, _ key: UnsafeRawPointer?, _ length: Int
    ) -> Bool {
        keyspace.remove(Self.key(hash, key, length))
    }

    fileprivate mutating func stepResize() -> Bool { keyspace.stepResize() }

    // MARK: Walks

    fileprivate func each(_ visit: PairVisitor?, _ to: UnsafeMutableRawPointer?) {
        guard let visit else { return }
        // swift-format-ignore: ReplaceForEachWithForLoop
        keyspace.forEach { key, value, _ in visit(to, hashmark_bytes(key), Self.bytes(of: value)) }
    }

    fileprivate func scan(
        _ cursor: UInt64, _ visit: AnyVisitor?, _ to: UnsafeMutableRawPointer?
    ) -> UInt64 {
        guard let visit else { return 0 }
        return keyspace.main.visit(at: cursor) { object in
            visit(to, 0, hashmark_bytes(object.key), Self.bytes(of: object.view))
        }
    }

    fileprivate func random(
        _ draw: UInt64, _ visit: AnyVisitor?, _ to: UnsafeMutableRawPointer?
    ) {
        var random = KeyspaceRandom(seed: draw)
        guard let visit, let object = keyspace.main.random(&random) else { return }
        visit(to, 0, hashmark_bytes(object.key), Self.bytes(of: object.view))
    }

    // MARK: Reports

    fileprivate var capacity: UInt64 { UInt64(keyspace.main.handle(0)?.capacity ?? 0) }
    fileprivate var bytes: UInt64 { UInt64(keyspace.memory.allocated) }

    fileprivate func addProbeLengths(_ lengths: UnsafeMutablePointer<UInt64>?, _ count: Int) {
        keyspace.main.handle(0)?.addProbeLengths(lengths, count)
    }

    fileprivate mutating func violation() -> UnsafePointer<CChar>? {
        let first = keyspace.invariantViolations().first
        return fault.tell(first)
    }
}

// MARK: - The face

extension OwnStore {
    static var functions: hashmark_store {
        let more = hashmark_optional(
            prefetch: { OwnStore.at($0).pointee.prefetch($1) },
            resize_step: { OwnStore.at($0).pointee.stepResize() ? 1 : 0 },
            random: { OwnStore.at($0).pointee.random($1, $2, $3) },
            scan: { OwnStore.at($0).pointee.scan($1, $2, $3) },
            capacity: { OwnStore.at($0).pointee.capacity },
            probe_lengths: { OwnStore.at($0).pointee.addProbeLengths($1, $2) },
            foreign_bytes: { OwnStore.at($0).pointee.bytes },
            violation: { OwnStore.at($0).pointee.violation() })
        return hashmark_store(
            create: { OwnStore.create($0) },
            destroy: { OwnStore.destroy($0) },
            count: { OwnStore.at($0).pointee.count },
            get: { OwnStore.at($0).pointee.get($1, $2, $3, $4) },
            put: { table, hash, key, length, value, size in
                let value = Bytes(start: value, count: size)
                return OwnStore.at(table).pointee.put(hash, key, length, value) ? 1 : 0
            },
            erase: { OwnStore.at($0).pointee.erase($1, $2, $3) ? 1 : 0 },
            each: { OwnStore.at($0).pointee.each($1, $2) },
            get_many: { OwnStore.at($0).pointee.getMany($1, $2, $3) },
            more: more)
    }
}

extension StringKeyspace where Layout == KeyedEntries<BucketHandle<KeyedObjects>> {
    /// A step of the resize of the main table, the only one without hash slots; true while there is
    /// more to do.
    fileprivate mutating func stepResize() -> Bool { main.stepResize(&values.slab) }
}

extension TableStore where Index == BucketHandle<KeyedObjects> {
    fileprivate mutating func stepResize(_ slab: inout Slab) -> Bool {
        guard let table = handle(0) else { return false }
        let hasMore = table.stepResize(&slab)
        noteResize(table, 0, &slab)
        return hasMore
    }
}
