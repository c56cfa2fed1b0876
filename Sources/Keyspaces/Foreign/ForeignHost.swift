// What Hashmark is to a foreign table: the functions of `hashmark_host`, and what they work on.
//
//     keyspace ──▶ ForeignHost ── slab      what the table allocates, by size classes
//                      │         └ hasher    the hash of an entry's key
//                      └─ face: hashmark_host, its context this host ──▶ the table
//
// It lies in memory of its own and not in the keyspace, which is moved about: the table keeps the
// address as long as it lives. Its slab is therefore a second one beside that of the entries (where
// Hashmark owns them); both are reported as one sum.
//
// Nothing here is a class: a look-up calls back for keys, and counts no references for it. Fields
// are read and written one by one through the pointer, never while a mutating method holds them
// all, because a table calls back from inside of its functions.
import CTable
import Glibc

struct ForeignHost: ~Copyable {
    typealias Pointer = UnsafeMutablePointer<ForeignHost>

    let table: ForeignTable
    let face: UnsafeMutablePointer<hashmark_host>
    private let options: UnsafeMutablePointer<CChar>
    private let hasher: KeyHasher
    var slab: Slab
    /// An object that was written and so has moved, while indices still lead to its old place: its
    /// key is read in the new one.
    var moved: (from: UnsafeMutableRawPointer?, to: UnsafeMutableRawPointer?) = (nil, nil)
    /// Why the table that was asked for was not made.
    private var refusal = ""
    /// Allocations that destroyed tables have not given back.
    private(set) var leaks = 0
    /// The tables of an index, a list through their records.
    var records: UnsafeMutablePointer<ForeignIndex.Record>?

    private init(
        _ table: ForeignTable, _ quantum: SizeClasses.Quantum, _ hasher: KeyHasher,
        _ options: UnsafeMutablePointer<CChar>, _ face: UnsafeMutablePointer<hashmark_host>
    ) {
        self.table = table
        self.face = face
        self.options = options
        self.hasher = hasher
        slab = Slab(quantum: quantum)
    }

    deinit {
        face.deallocate()
        free(options)
    }

    /// To be given up by `destroy`, after its tables.
    static func make(
        _ table: ForeignTable, _ quantum: SizeClasses.Quantum, _ hasher: KeyHasher
    ) -> Pointer {
        let host = Pointer.allocate(capacity: 1)
        let options: UnsafeMutablePointer<CChar> = strdup(table.options)
        let face = UnsafeMutablePointer<hashmark_host>.allocate(capacity: 1)
        host.initialize(to: ForeignHost(table, quantum, hasher, options, face))
        face.initialize(
            to: hashmark_host(
                context: UnsafeMutableRawPointer(host),
                allocate: { ForeignHost.at($0).pointee.slab.allocate($1, alignment: $2) },
                release: { context, memory, bytes, alignment in
                    guard let memory else { return }
                    ForeignHost.at(context).pointee.slab.free(memory, bytes, alignment: alignment)
                },
                key: { context, entry in
                    hashmark_bytes(ForeignHost.at(context).pointee.object(entry).key)
                },
                hash: { context, entry in
                    let host = ForeignHost.at(context)
                    return host.pointee.hash(of: host.pointee.object(entry))
                },
                options: UnsafePointer(options),
                refuse: { context, reason in
                    ForeignHost.at(context).pointee.refusal =
                        reason.map { ForeignLibrary.oneLine(String(cString: $0)) } ?? ""
                },
                hash_key: { context, key, length in
                    let key = Bytes(start: key, count: length)
                    return ForeignHost.at(context).pointee.hasher.hash(key)
                }))
        return host
    }

    static func destroy(_ host: Pointer) {
        host.deinitialize(count: 1)
        host.deallocate()
    }

    @inline(__always)
    private static func at(_ context: UnsafeMutableRawPointer?) -> Pointer {
        context.unsafelyUnwrapped.assumingMemoryBound(to: ForeignHost.self)
    }

    /// The object of an entry, which is its address.
    @inline(__always)
    private func object(_ entry: UInt64) -> KeyedObject {
        let object = KeyedObject(entry: entry)
        guard object.address == moved.from, let new = moved.to else { return object }
        return KeyedObject(address: new)
    }

    func hash(of object: KeyedObject) -> UInt64 { hasher.hash(object.key) }

    // MARK: Tables

    /// A table as `create` makes it. A table that was made once from the same options is there
    /// again: what could not be made at first is refused where the name is read (`ForeignTable`).
    static func makeTable(_ host: Pointer) -> UnsafeMutableRawPointer {
        guard let made = create(host) else {
            fatalError("\(host.pointee.table.name) gives no table: \(host.pointee.refusal)")
        }
        return made
    }

    private static func create(_ host: Pointer) -> UnsafeMutableRawPointer? {
        let face = UnsafePointer(host.pointee.face)
        let library = host.pointee.table.library
        if let index = library.index { return index.pointee.create.unsafelyUnwrapped(face) }
        return library.store?.pointee.create.unsafelyUnwrapped(face)
    }

    static func destroyTable(_ host: Pointer, _ made: UnsafeMutableRawPointer) {
        let library = host.pointee.table.library
        if let index = library.index { return index.pointee.destroy.unsafelyUnwrapped(made) }
        library.store?.pointee.destroy.unsafelyUnwrapped(made)
    }

    /// Makes a table and gives it up again: why it was not made, or nil.
    static func refusal(of table: ForeignTable) -> String? {
        let host = make(table, .eight, KeyHasher(.siphash, seed: 0))
        defer { destroy(host) }
        guard let made = create(host) else {
            let reason = host.pointee.refusal
            return reason.isEmpty ? "it does not say why" : reason
        }
        destroyTable(host, made)
        return nil
    }

    /// Releases what all tables took, once they are destroyed; what they forgot is remembered.
    mutating func releaseAll() {
        leaks += slab.allocations
        slab.releaseAll()
        records = nil
    }

    func violations() -> [String] {
        var found = slab.violations()
        if leaks > 0 { found.append("destroyed tables kept \(leaks) allocations") }
        return found
    }
}

// MARK: - What crosses the border

extension KeyedObject {
    @inline(__always)
    init(entry: UInt64) {
        address = UnsafeMutableRawPointer(bitPattern: UInt(entry)).unsafelyUnwrapped
    }

    @inline(__always)
    var entry: UInt64 { UInt64(UInt(bitPattern: address)) }
}

extension hashmark_bytes {
    @inline(__always)
    init(_ bytes: Bytes) { self.init(bytes: bytes.address, length: bytes.count) }
}

extension Bytes {
    @inline(__always)
    init(_ bytes: hashmark_bytes) { self.init(start: bytes.bytes, count: bytes.length) }

    /// Never NULL, which C takes for nothing at all and not for nothing in it.
    @inline(__always)
    var address: UnsafeRawPointer {
        baseAddress ?? UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped
    }
}
