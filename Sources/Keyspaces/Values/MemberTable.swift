// The table of a hash, a set or a sorted set: the same code as the keyspace's index, with other
// entries.
//
//                  hash                    set                      sorted set
//     7.2, 8.0     [field][value][next]    member's string          [member][node][next]
//     8.1, 9.1     field with its value    member's string          skiplist node
//
// A table rehashes only while its collection is touched; the keyspace's background work never sees
// it. `find` and `insert` take a step each, `add` none, so that an element costs as many steps as
// the servers' own calls: one in a hash and a set, two in a sorted set.

/// What the buckets of a collection's table lead to.
enum MemberEntries: BucketEntries {
    /// Strings, with a value behind them in hashes.
    case strings
    case nodes(SkipNodeLayout)

    @inline(__always)
    static func element(_ entry: Bucket.Entry) -> Bucket.Entry { entry }
    @inline(__always)
    static func entry(_ element: Bucket.Entry) -> Bucket.Entry { element }
    @inline(__always)
    func keyString(_ entry: Bucket.Entry) -> UnsafeMutableRawPointer {
        switch self {
        case .strings: entry
        case .nodes(let layout): layout.member(entry)
        }
    }
}

/// Which of the three an entry belongs to.
enum TableUse {
    case fields
    case members
    case scored
}

/// A table with what its operations need, made for one command.
enum MemberTable {
    case entries(DictHandle<DictEntryLayout>)
    case bare(DictHandle<BareMembers>)
    case buckets(BucketHandle<MemberEntries>)

    typealias Entry = UnsafeMutableRawPointer

    /// Where a look-up found an entry; valid until the table is changed.
    struct Place {
        let entry: Entry
        fileprivate let position: BucketHandle<MemberEntries>.Position?
    }

    var address: UnsafeMutableRawPointer {
        switch self {
        case .entries(let handle): UnsafeMutableRawPointer(handle.dict)
        case .bare(let handle): UnsafeMutableRawPointer(handle.dict)
        case .buckets(let handle): UnsafeMutableRawPointer(handle.table)
        }
    }

    var count: Int {
        switch self {
        case .entries(let handle): handle.count
        case .bare(let handle): handle.count
        case .buckets(let handle): handle.count
        }
    }

    /// The string that an entry is found by.
    func key(_ entry: Entry) -> Bytes {
        switch self {
        case .entries(let handle): SDS.bytes(handle.layout.key(entry))
        case .bare(let handle): SDS.bytes(handle.layout.key(entry))
        case .buckets(let handle): handle.key(in: entry)
        }
    }

    func makeKey(_ bytes: Bytes) -> Key {
        let hasher =
            switch self {
            case .entries(let handle): handle.hasher
            case .bare(let handle): handle.hasher
            case .buckets(let handle): handle.hasher
            }
        return Key(bytes: bytes, hash: hasher.hash(bytes))
    }

    // MARK: Operations

    /// Where `key` is; moves a resize on by a step.
    func find(_ key: Key, _ slab: inout Slab) -> Place? {
        switch self {
        case .entries(let handle):
            return handle.find(key, &slab).map { Place(entry: $0, position: nil) }
        case .bare(let handle):
            return handle.find(key, &slab).map { Place(entry: $0, position: nil) }
        case .buckets(let handle):
            return handle.find(key, &slab).map { Place(entry: $0.entry, position: $0) }
        }
    }

    /// As `find`, nothing moved.
    func peek(_ key: Key) -> Entry? {
        switch self {
        case .entries(let handle): handle.peek(key)
        case .bare(let handle): handle.peek(key)
        case .buckets(let handle): handle.peek(key)?.entry
        }
    }

    /// Adds an entry after a `find` did not find it.
    func add(_ entry: Entry, _ key: Key, _ slab: inout Slab) {
        switch self {
        case .entries(let handle): handle.add(entry, hash: key.hash, &slab)
        case .bare(let handle): handle.add(entry, hash: key.hash, &slab)
        case .buckets(let handle): handle.add(entry, hash: key.hash, &slab)
        }
    }

    /// As `add`, with a step of its own.
    func insert(_ entry: Entry, _ key: Key, _ slab: inout Slab) {
        switch self {
        case .entries(let handle): handle.insert(entry, hash: key.hash, &slab)
        case .bare(let handle): handle.insert(entry, hash: key.hash, &slab)
        case .buckets(let handle): handle.insert(entry, hash: key.hash, &slab)
        }
    }

    /// Puts an entry that moved where it was found; only in buckets do entries move.
    func put(_ entry: Entry, at place: Place) { place.position?.set(entry) }

    /// Takes the entry of `key` out, for the caller to free, and shrinks the table as the release
    /// does. Of a set's dict that is the member's string.
    func remove(_ key: Key, _ slab: inout Slab) -> Entry? {
        switch self {
        case .entries(let handle):
            guard let entry = handle.unlink(key, &slab) else { return nil }
            handle.shrinkIfNeeded(&slab)
            return entry
        case .bare(let handle):
            guard let entry = handle.unlink(key, &slab) else { return nil }
            handle.shrinkIfNeeded(&slab)
            return handle.layout.unlinked(entry, &slab)
        case .buckets(let handle):
            guard let position = handle.find(key, &slab) else { return nil }
            let entry = position.entry
            handle.remove(position, &slab)
            handle.shrinkIfNeeded(&slab)
            return entry
        }
    }

    /// Makes room for so many entries at once.
    func expand(to entries: Int, _ slab: inout Slab) {
        switch self {
        case .entries(let handle): handle.expand(to: entries, &slab)
        case .bare(let handle): handle.expand(to: entries, &slab)
        case .buckets(let handle): handle.expand(to: entries, &slab)
        }
    }

    /// Frees a table without entries.
    func free(_ slab: inout Slab) {
        switch self {
        case .entries(let handle): handle.free(&slab)
        case .bare(let handle): handle.free(&slab)
        case .buckets(let handle): handle.free(&slab)
        }
    }

    /// See `BucketHandle.drain`. A set's members are handed to `body` as their strings.
    func drain(
        _ cursor: inout Int, limit: Int, _ slab: inout Slab,
        _ body: (Entry, inout Slab) -> Void
    ) -> Bool {
        switch self {
        case .entries(let handle):
            return handle.drain(&cursor, limit: limit, &slab, body)
        case .bare(let handle):
            return handle.drain(&cursor, limit: limit, &slab) { entry, slab in
                body(handle.layout.unlinked(entry, &slab), &slab)
            }
        case .buckets(let handle):
            return handle.drain(&cursor, limit: limit, &slab, body)
        }
    }

    // MARK: Walks

    func forEachEntry(_ body: (Entry) -> Void) {
        switch self {
        case .entries(let handle): handle.forEachElement(body)
        case .bare(let handle): handle.forEachElement(body)
        case .buckets(let handle): handle.forEachElement(body)
        }
    }

    /// The entries at `cursor`, and the cursor after it; 0 at the end.
    func visit(at cursor: UInt64, _ body: (Entry) -> Void) -> UInt64 {
        switch self {
        case .entries(let handle): handle.visit(at: cursor, body)
        case .bare(let handle): handle.visit(at: cursor, body)
        case .buckets(let handle): handle.visit(at: cursor, body)
        }
    }

    /// A fairly chosen entry.
    func random(_ random: inout KeyspaceRandom) -> Entry? {
        switch self {
        case .entries(let handle): handle.random(&random)
        case .bare(let handle): handle.random(&random)
        case .buckets(let handle): handle.random(&random)
        }
    }

    // MARK: Reports

    /// Adds the table's own allocations, the links of a set's dict among them.
    func recount(_ tally: inout Tally) {
        switch self {
        case .entries(let handle): handle.recount(&tally)
        case .bare(let handle):
            handle.recount(&tally)
            handle.forEachElement { entry in
                if BareMembers.isLink(entry) { tally.add(BareMembers.linkSize) }
            }
        case .buckets(let handle): handle.recount(&tally)
        }
    }

    func violations(_ name: String) -> [String] {
        switch self {
        case .entries(let handle): handle.violations(name)
        case .bare(let handle): handle.violations(name)
        case .buckets(let handle): handle.violations(name)
        }
    }
}
