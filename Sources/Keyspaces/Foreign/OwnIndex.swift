// Valkey 9.1's buckets as an index behind hashmark_table.h: buckets, tags, growth and steps of a
// resize are those of the table that is compiled in, and a key is read through the host's `key`, as
// every index has to that is not Hashmark's.
//
//     find ─▶ bucket, tag ─▶ candidate ─▶ host->key(entry) ─▶ compare
//
// It lies in memory of the host's, and its buckets in a slab of its own.
import CTable
import Glibc

struct OwnIndex: ~Copyable {
    private let host: UnsafePointer<hashmark_host>
    private let handle: BucketHandle<KeyedObjects>
    private var slab: Slab
    private var fault = ToldLine()

    private init(_ host: UnsafePointer<hashmark_host>) {
        self.host = host
        var options = KeyspaceOptions(.valkey91)
        options.entryHashes = .ofHostsEntry(HashingHost(face: host))
        let traits = BucketHandle<KeyedObjects>.traits(
            options, KeyHasher(options.hash, seed: options.seed))
        var slab = Slab(quantum: options.quantum)
        handle = BucketHandle<KeyedObjects>(BucketHandle<KeyedObjects>.make(traits, &slab), traits)
        self.slab = slab
    }

    // MARK: Life

    fileprivate static func create(
        _ host: UnsafePointer<hashmark_host>?
    ) -> UnsafeMutableRawPointer? {
        guard let host, host.givesNoOptions(),
            let memory = host.allocate(MemoryLayout<OwnIndex>.size)
        else { return nil }
        memory.bindMemory(to: OwnIndex.self, capacity: 1).initialize(to: OwnIndex(host))
        return memory
    }

    fileprivate static func destroy(_ table: UnsafeMutableRawPointer?) {
        let index = at(table)
        let host = index.pointee.host
        index.deinitialize(count: 1)
        host.release(table, MemoryLayout<OwnIndex>.size)
    }

    @inline(__always)
    fileprivate static func at(_ table: UnsafeRawPointer?) -> UnsafeMutablePointer<OwnIndex> {
        UnsafeMutableRawPointer(mutating: table.unsafelyUnwrapped)
            .assumingMemoryBound(to: OwnIndex.self)
    }

    // MARK: Entries

    fileprivate var count: UInt64 { UInt64(handle.count) }

    @inline(__always)
    fileprivate func find(
        _ hash: UInt64, _ key: UnsafeRawPointer?, _ length: Int
    ) -> UnsafeMutablePointer<UInt64>? {
        let test = HostTest(host: host, key: key, length: length)
        guard let found = handle.peek(hash, test) else { return nil }
        return UnsafeMutableRawPointer(found.bucket.slot(found.position))
            .assumingMemoryBound(to: UInt64.self)
    }

    /// Entries are most hosts' addresses; asking for what is none does no harm.
    fileprivate func findMany(
        _ queries: UnsafePointer<hashmark_query>?, _ count: Int,
        _ places: UnsafeMutablePointer<UnsafeMutablePointer<UInt64>?>?
    ) {
        guard let queries, let places else { return }
        for i in 0..<count { handle.prefetchIndex(queries[i].hash) }
        for i in 0..<count { handle.prefetchEntry(queries[i].hash) }
        for i in 0..<count { places[i] = find(queries[i].hash, queries[i].key, queries[i].length) }
    }

    fileprivate func prefetch(_ hash: UInt64) { handle.prefetchIndex(hash) }

    fileprivate mutating func insert(_ hash: UInt64, _ entry: UInt64) {
        handle.insert(KeyedObject(entry: entry), hash: hash, &slab)
    }

    fileprivate mutating func erase(_ hash: UInt64, _ place: UnsafeMutablePointer<UInt64>?) {
        guard let place, let position = handle.position(of: place, hash) else { return }
        handle.remove(position, &slab)
        handle.shrinkIfNeeded(&slab)
    }

    fileprivate mutating func stepResize() -> Bool { handle.stepResize(&slab) }

    // MARK: Walks

    fileprivate func each(_ visit: EntryVisitor?, _ to: UnsafeMutableRawPointer?) {
        guard let visit else { return }
        handle.forEachElement { visit(to, $0.entry) }
    }

    fileprivate func scan(
        _ cursor: UInt64, _ visit: AnyVisitor?, _ to: UnsafeMutableRawPointer?
    ) -> UInt64 {
        guard let visit else { return 0 }
        let nothing = hashmark_bytes()
        return handle.visit(at: cursor) { visit(to, $0.entry, nothing, nothing) }
    }

    fileprivate func random(
        _ draw: UInt64, _ visit: AnyVisitor?, _ to: UnsafeMutableRawPointer?
    ) {
        var random = KeyspaceRandom(seed: draw)
        guard let visit, let object = handle.random(&random) else { return }
        visit(to, object.entry, hashmark_bytes(), hashmark_bytes())
    }

    // MARK: Reports

    fileprivate var capacity: UInt64 { UInt64(handle.capacity) }
    fileprivate var bytes: UInt64 { UInt64(slab.allocated) }

    fileprivate func addProbeLengths(_ lengths: UnsafeMutablePointer<UInt64>?, _ count: Int) {
        handle.addProbeLengths(lengths, count)
    }

    fileprivate mutating func violation() -> UnsafePointer<CChar>? {
        let first = handle.violations("index").first ?? slab.violations().first
        return fault.tell(first)
    }
}

// MARK: - The face

extension OwnIndex {
    static var functions: hashmark_index {
        let more = hashmark_optional(
            prefetch: { OwnIndex.at($0).pointee.prefetch($1) },
            resize_step: { OwnIndex.at($0).pointee.stepResize() ? 1 : 0 },
            random: { OwnIndex.at($0).pointee.random($1, $2, $3) },
            scan: { OwnIndex.at($0).pointee.scan($1, $2, $3) },
            capacity: { OwnIndex.at($0).pointee.capacity },
            probe_lengths: { OwnIndex.at($0).pointee.addProbeLengths($1, $2) },
            foreign_bytes: { OwnIndex.at($0).pointee.bytes },
            violation: { OwnIndex.at($0).pointee.violation() })
        return hashmark_index(
            create: { OwnIndex.create($0) },
            destroy: { OwnIndex.destroy($0) },
            count: { OwnIndex.at($0).pointee.count },
            find: { OwnIndex.at($0).pointee.find($1, $2, $3) },
            insert: { OwnIndex.at($0).pointee.insert($1, $2) },
            erase: { OwnIndex.at($0).pointee.erase($1, $2) },
            each: { OwnIndex.at($0).pointee.each($1, $2) },
            find_many: { OwnIndex.at($0).pointee.findMany($1, $2, $3) },
            more: more)
    }
}

/// An entry of a host's whose key is the one that is looked for.
private struct HostTest: EntryTest {
    let host: UnsafePointer<hashmark_host>
    let key: UnsafeRawPointer?
    let length: Int

    @inline(__always)
    func isWanted(_ entry: Bucket.Entry) -> Bool {
        let told = host.pointee.key.unsafelyUnwrapped(
            host.pointee.context, KeyedObject(address: entry).entry)
        guard told.length == length else { return false }
        guard let bytes = told.bytes, let key else { return length == 0 }
        return memcmp(bytes, key, length) == 0
    }
}

extension BucketHandle where Entries == KeyedObjects {
    /// The position at the address of a word of a bucket, which has an entry of that hash in it.
    fileprivate func position(of place: UnsafeMutablePointer<UInt64>, _ hash: UInt64) -> Position? {
        let offset = Int(bitPattern: place) % Bucket.size
        let bucket = Bucket(address: UnsafeMutableRawPointer(place) - offset)
        let position = offset / MemoryLayout<UInt64>.size
        if let home = home(of: bucket, hash, in: table.pointee.old) {
            return Position(bucket: bucket, position: position, home: home, isNew: false)
        }
        guard let home = home(of: bucket, hash, in: table.pointee.new) else { return nil }
        return Position(bucket: bucket, position: position, home: home, isNew: true)
    }

    /// The first bucket of the chain of `hash`, if `bucket` is in it.
    private func home(of bucket: Bucket, _ hash: UInt64, in half: BucketTable.Half) -> Bucket? {
        guard half.used != 0 else { return nil }
        let home = half.home(hash)
        var next: Bucket? = home
        while let this = next {
            if this.address == bucket.address { return home }
            next = this.next
        }
        return nil
    }
}
