// A bucket table with what its operations need: the policy, the hash and the way to match tags.
//
// A handle is made for one operation from a table's address and costs nothing to make. Entries of
// the main keyspace and of its expiries are the same objects, so the key of an entry is always
// where `KeyedObject` finds it. Where entries are a host's (`OwnIndex`), only the test of a look-up
// and `EntryHashes` know their keys.

struct BucketHandle {
    typealias Entry = Bucket.Entry

    /// Where an entry is; valid until the next mutation.
    struct Position {
        let bucket: Bucket
        let position: Int
        /// First bucket of the chain.
        let home: Bucket
        let isNew: Bool

        var object: KeyedObject { KeyedObject(address: bucket.entry(position)) }
        func set(_ object: KeyedObject) { bucket.slot(position).pointee = object.address }
    }

    let table: UnsafeMutablePointer<BucketTable>
    let policy: BucketTable.Policy
    let match: GroupMatch
    let hashes: EntryHashes

    init(_ table: UnsafeMutableRawPointer, _ traits: Traits) {
        self.table = table.assumingMemoryBound(to: BucketTable.self)
        policy = traits.policy
        match = traits.match
        hashes = traits.hashes
    }

    static func make(_ traits: Traits, _ slab: inout Slab) -> UnsafeMutableRawPointer {
        let policy = traits.policy
        precondition(MemoryLayout<BucketTable>.size <= policy.structSize)
        let memory = slab.allocateZeroed(policy.structSize + BucketTable.Policy.metadataSize)
        memory.bindMemory(to: BucketTable.self, capacity: 1).initialize(to: BucketTable())
        return memory
    }

    /// Frees an empty table, in the middle of a resize or not.
    func free(_ slab: inout Slab) {
        for half in [table.pointee.old, table.pointee.new] {
            if let buckets = half.buckets { slab.freeArray(buckets, half.arrayBytes) }
        }
        let size = policy.structSize + BucketTable.Policy.metadataSize
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
    func peek(_ key: Key) -> Position? { peek(key.hash, ObjectTest(key: key.bytes)) }

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

    /// Makes the position that holds `old` hold `new`. `old` is only compared by address: it may
    /// have been freed.
    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64) {
        if replace(old, by: new, hash, in: table.pointee.old) { return }
        let found = replace(old, by: new, hash, in: table.pointee.new)
        assert(found, "an object that is not in the table was to be replaced")
    }

    private func replace(
        _ old: KeyedObject, by new: KeyedObject, _ hash: UInt64, in half: BucketTable.Half
    ) -> Bool {
        guard half.used != 0 else { return false }
        var next: Bucket? = half.home(hash)
        while let bucket = next {
            next = bucket.next
            for position in bucket.candidates(BucketTable.tag(hash), match)
            where bucket.entry(position) == old.address {
                bucket.slot(position).pointee = new.address
                return true
            }
        }
        return false
    }

    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil { prefetch(old.home(hash).address) }
        if new.buckets != nil { prefetch(new.home(hash).address) }
    }

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil, prefetchCandidate(hash, old.home(hash)) { return }
        if new.buckets != nil { _ = prefetchCandidate(hash, new.home(hash)) }
    }

    /// Asks for the string of the first candidate, if it is not in the object itself: the object's
    /// line must be here by now.
    @inline(__always)
    func prefetchPayload(_ key: Key) {
        let hash = key.hash
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil, prefetchString(hash, old.home(hash)) { return }
        if new.buckets != nil { _ = prefetchString(hash, new.home(hash)) }
    }

    @inline(__always)
    private func prefetchString(_ hash: UInt64, _ bucket: Bucket) -> Bool {
        guard let position = bucket.candidates(BucketTable.tag(hash), match).first else {
            return false
        }
        let object = KeyedObject(address: bucket.entry(position))
        if object.hasSeparateValue { prefetch(object.valueString) }
        return true
    }

    /// Asks for the first entry of `bucket` with the hash's tag, if there is one; a bucket's
    /// children are rarely needed and would have to be waited for.
    @inline(__always)
    private func prefetchCandidate(_ hash: UInt64, _ bucket: Bucket) -> Bool {
        guard let position = bucket.candidates(BucketTable.tag(hash), match).first else {
            return false
        }
        // Objects with embedded values are up to two lines long, and the value is in the second:
        // with the first alone every GET of a 64-byte value would wait for memory once more.
        let object = bucket.entry(position)
        prefetch(object)
        prefetch(object + Bucket.size)
        return true
    }

    // MARK: Insert

    /// Adds an entry whose key is known not to be there; a resize under way moves on by a step, as
    /// the servers' own search for an existing entry does.
    func insert(_ object: KeyedObject, hash: UInt64, _ slab: inout Slab) {
        if table.pointee.isRehashing { rehashStep(&slab) }
        growIfNeeded(&slab)
        let tag = BucketTable.tag(hash)
        if table.pointee.isRehashing {
            place(object.address, hash, tag, &table.pointee.new, &slab)
        } else {
            place(object.address, hash, tag, &table.pointee.old, &slab)
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

    /// Takes the entry at `position` out; the caller owns the object.
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

/// Entries that are keyed objects: the one with that key.
struct ObjectTest: EntryTest {
    let key: Bytes

    @inline(__always)
    func isWanted(_ entry: Bucket.Entry) -> Bool {
        SDS.equal(KeyedObject(address: entry).keyString, key)
    }
}
