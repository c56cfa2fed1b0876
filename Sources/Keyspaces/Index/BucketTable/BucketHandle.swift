// A bucket table with what its operations need: the policy, the hash and the way to match tags.
//
// A handle is made for one operation from a table's address and costs nothing to make. What the
// entries are, `Entries` says: keyed objects in the keyspace and its expiries, members and fields
// in the tables of collections (`MemberEntries`). It is one table under all types, as in the
// servers; for keyed objects the parameter is a type of which a look-up needs no field, so that
// they pay nothing. Where entries are a host's (`OwnIndex`), the test of a look-up and
// `EntryHashes` know their keys.

/// What the pointers of a bucket lead to.
protocol BucketEntries {
    associatedtype Element: BitwiseCopyable

    static func element(_ entry: Bucket.Entry) -> Element
    static func entry(_ element: Element) -> Bucket.Entry
    /// The string that an entry is found by.
    func keyString(_ entry: Bucket.Entry) -> UnsafeMutableRawPointer
    /// The hash that an entry is kept under.
    /// - Parameter hasher: of the table.
    func hash(of entry: Bucket.Entry, _ hasher: KeyHasher) -> UInt64
}

extension BucketEntries {
    @inline(__always)
    func hash(of entry: Bucket.Entry, _ hasher: KeyHasher) -> UInt64 {
        hasher.hash(SDS.bytes(keyString(entry)))
    }
}

/// The objects of the keyspace.
struct KeyedObjects: BucketEntries {
    /// Where hashes come from, if not from the table's own function.
    let hashes: EntryHashes?

    @inline(__always)
    static func element(_ entry: Bucket.Entry) -> KeyedObject { KeyedObject(address: entry) }
    @inline(__always)
    static func entry(_ object: KeyedObject) -> Bucket.Entry { object.address }
    @inline(__always)
    func keyString(_ entry: Bucket.Entry) -> UnsafeMutableRawPointer {
        KeyedObject(address: entry).keyString
    }
    @inline(__always)
    func hash(of entry: Bucket.Entry, _ hasher: KeyHasher) -> UInt64 {
        if let hashes { return hashes.hash(of: entry) }
        return hasher.hash(KeyedObject(address: entry).key)
    }
}

struct BucketHandle<Entries: BucketEntries> {
    typealias Entry = Bucket.Entry

    /// Where an entry is; valid until the next mutation.
    struct Position {
        let bucket: Bucket
        let position: Int
        /// First bucket of the chain.
        let home: Bucket
        let isNew: Bool

        var entry: Entry { bucket.entry(position) }
        func set(_ entry: Entry) { bucket.slot(position).pointee = entry }
    }

    let table: UnsafeMutablePointer<BucketTable>
    let policy: BucketTable.Policy
    let match: GroupMatch
    let hasher: KeyHasher
    let entries: Entries

    init(_ table: UnsafeMutableRawPointer, _ traits: Traits) {
        self.table = table.assumingMemoryBound(to: BucketTable.self)
        policy = traits.policy
        match = traits.match
        hasher = traits.hasher
        entries = traits.entries
    }

    static func make(_ traits: Traits, _ slab: inout Slab) -> UnsafeMutableRawPointer {
        let policy = traits.policy
        precondition(MemoryLayout<BucketTable>.size <= policy.structSize)
        let memory = slab.allocateZeroed(policy.structSize + policy.metadataSize)
        memory.bindMemory(to: BucketTable.self, capacity: 1).initialize(to: BucketTable())
        return memory
    }

    /// Frees an empty table, in the middle of a resize or not.
    func free(_ slab: inout Slab) {
        for half in [table.pointee.old, table.pointee.new] {
            if let buckets = half.buckets { slab.freeArray(buckets, half.arrayBytes) }
        }
        let size = policy.structSize + policy.metadataSize
        slab.free(UnsafeMutableRawPointer(table), size)
    }

    var count: Int { table.pointee.count }
    var isRehashing: Bool { table.pointee.isRehashing }
    /// Positions for entries, both arrays of a resize.
    var capacity: Int { table.pointee.old.capacity &+ table.pointee.new.capacity }

    /// The table's node in the list of those being resized.
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> {
        (UnsafeMutableRawPointer(table) + policy.structSize)
            .assumingMemoryBound(to: SlotDirectory.NodePointer?.self)
    }

    // MARK: Find

    /// Where `key` is; moves a resize on by a step.
    func find(_ key: Key, _ slab: inout Slab) -> Position? {
        if table.pointee.isRehashing { rehashStep(&slab) }
        return peek(key)
    }

    /// Where `key` is, nothing moved.
    @inline(__always)
    func peek(_ key: Key) -> Position? { peek(key.hash, KeyTest(entries: entries, key: key.bytes)) }

    /// Where the entry is that passes `test`, under `hash`; nothing moved.
    @inline(__always)
    func peek<Test: EntryTest>(_ hash: UInt64, _ test: Test) -> Position? {
        let index = table.pointee.rehashIndex
        if index < 0 { return find(hash, test, in: table.pointee.old, isNew: false) }
        // Old buckets below the index are empty.
        if Int(truncatingIfNeeded: hash) & table.pointee.old.mask >= index,
            let position = find(hash, test, in: table.pointee.old, isNew: false)
        {
            return position
        }
        return find(hash, test, in: table.pointee.new, isNew: true)
    }

    @inline(__always)
    private func find<Test: EntryTest>(
        _ hash: UInt64, _ test: Test, in half: BucketTable.Half, isNew: Bool
    ) -> Position? {
        guard half.used != 0 else { return nil }
        let home = half.home(hash)
        let tag = BucketTable.tag(hash)
        var bucket = home
        while true {
            for position in bucket.candidates(tag, match) {
                if test.isWanted(bucket.entry(position)) {
                    return Position(bucket: bucket, position: position, home: home, isNew: isNew)
                }
            }
            guard bucket.isChained else { return nil }
            bucket = bucket.child
        }
    }

    // MARK: Insert

    /// Adds an entry whose key is known not to be there; a resize under way moves on by a step, as
    /// the servers' own search for an existing entry does.
    func insert(_ element: Entries.Element, hash: UInt64, _ slab: inout Slab) {
        if table.pointee.isRehashing { rehashStep(&slab) }
        add(Entries.entry(element), hash: hash, &slab)
    }

    /// As `insert`, after a `find` of the same key, which moved the resize on.
    @inline(__always)
    func add(_ entry: Entry, hash: UInt64, _ slab: inout Slab) {
        growIfNeeded(&slab)
        let tag = BucketTable.tag(hash)
        if table.pointee.isRehashing {
            place(entry, hash, tag, &table.pointee.new, &slab)
        } else {
            place(entry, hash, tag, &table.pointee.old, &slab)
        }
    }

    /// Puts an entry in the first free position of its chain.
    func place(
        _ entry: Entry, _ hash: UInt64, _ tag: UInt8, _ half: inout BucketTable.Half,
        _ slab: inout Slab
    ) {
        var bucket = half.home(hash)
        while bucket.isFull {
            if !bucket.isChained {
                bucket.chain(Bucket(address: slab.allocateZeroed(Bucket.size)))
                half.children &+= 1
            }
            bucket = bucket.child
        }
        bucket.put(entry, tag, bucket.lowestFree)
        half.used &+= 1
    }

    // MARK: Remove

    /// Takes the entry at `position` out; the caller owns it.
    func remove(_ position: Position, _ slab: inout Slab) {
        if position.isNew {
            remove(position, &table.pointee.new, &slab)
        } else {
            remove(position, &table.pointee.old, &slab)
        }
    }

    private func remove(
        _ position: Position, _ half: inout BucketTable.Half, _ slab: inout Slab
    ) {
        position.bucket.take(position.position)
        half.used &-= 1
        if position.home.isChained { compact(position, &half, &slab) }
    }

    /// Restores a chain that just lost an entry: the hole is filled from the last bucket, and a
    /// last bucket with one entry left is dissolved into the bucket before it.
    private func compact(
        _ hole: Position, _ half: inout BucketTable.Half, _ slab: inout Slab
    ) {
        var previous = hole.home
        var last = previous.child
        while last.isChained {
            previous = last
            last = last.child
        }
        if hole.bucket.address != last.address, let mover = last.presence.first {
            hole.bucket.put(last.entry(mover), last.tag(mover), hole.position)
            last.take(mover)
        }
        if last.count <= 1 {
            previous.unchain()
            slab.free(last.address, Bucket.size)
            half.children &-= 1
        }
    }
}

/// Tells the entry that is looked for from others with its tag. A type and no closure, so that it
/// is inlined wherever a look-up is.
protocol EntryTest {
    func isWanted(_ entry: Bucket.Entry) -> Bool
}

/// The entry of that key.
struct KeyTest<Entries: BucketEntries>: EntryTest {
    let entries: Entries
    let key: Bytes

    @inline(__always)
    func isWanted(_ entry: Bucket.Entry) -> Bool { SDS.equal(entries.keyString(entry), key) }
}
