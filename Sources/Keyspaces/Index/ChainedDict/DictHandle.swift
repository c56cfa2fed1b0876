// A dict with what its operations need: its policy, the layout of its entries and their keys' hash.
//
// A handle is made for one operation from a table's address and costs nothing to make. It owns
// nothing: the dict struct and its arrays are the slab's, entries are allocated by the keyspace
// that knows what is in them, and handed in and out. How entries are linked, `Layout` says: in the
// keyspace and in hashes and sorted sets they have a field for it (`DictEntryLayout`); the tables
// of sets have their members' strings in their heads (`BareMembers`). Entries that need nothing of
// the slab to be linked pay nothing for those that do.

/// How the entries of a dict are linked, and where their keys are.
protocol ChainLayout {
    /// An entry's key, a string's address.
    func key(_ entry: ChainedDict.Entry) -> UnsafeMutableRawPointer
    func next(_ entry: ChainedDict.Entry) -> ChainedDict.Entry?
    /// Only for an entry that has or had a next one.
    func setNext(_ entry: ChainedDict.Entry, _ next: ChainedDict.Entry?)
    /// What to put in the head of a chain that begins with `next`, so that it begins with `entry`.
    func linked(
        _ entry: ChainedDict.Entry, before next: ChainedDict.Entry?,
        _ slab: inout Slab
    ) -> ChainedDict.Entry
}

extension DictEntryLayout: ChainLayout {
    @inline(__always)
    func linked(
        _ entry: ChainedDict.Entry, before next: ChainedDict.Entry?,
        _: inout Slab
    ) -> ChainedDict.Entry {
        setNext(entry, next)
        return entry
    }
}

struct DictHandle<Layout: ChainLayout> {
    typealias Entry = ChainedDict.Entry

    let dict: UnsafeMutablePointer<ChainedDict>
    let policy: ChainedDict.Policy
    let layout: Layout
    let hasher: KeyHasher

    init(_ table: UnsafeMutableRawPointer, _ traits: Traits) {
        dict = table.assumingMemoryBound(to: ChainedDict.self)
        policy = traits.policy
        layout = traits.layout
        hasher = traits.hasher
    }

    static func make(_ traits: Traits, _ slab: inout Slab) -> UnsafeMutableRawPointer {
        let policy = traits.policy
        precondition(MemoryLayout<ChainedDict>.size <= ChainedDict.structSize)
        let memory = slab.allocateZeroed(ChainedDict.structSize + policy.metadataSize)
        memory.bindMemory(to: ChainedDict.self, capacity: 1).initialize(to: ChainedDict())
        return memory
    }

    /// Frees an empty dict, in the middle of a resize or not.
    func free(_ slab: inout Slab) {
        for half in [dict.pointee.old, dict.pointee.new] {
            if let heads = half.heads {
                slab.freeArray(UnsafeMutableRawPointer(heads), half.size * 8)
            }
        }
        slab.free(UnsafeMutableRawPointer(dict), ChainedDict.structSize + policy.metadataSize)
    }

    var count: Int { dict.pointee.count }
    var isRehashing: Bool { dict.pointee.isRehashing }

    /// The dict's node in the list of those being resized; only where the policy has metadata.
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> {
        (UnsafeMutableRawPointer(dict) + ChainedDict.structSize)
            .assumingMemoryBound(to: SlotDirectory.NodePointer?.self)
    }

    // MARK: Find

    /// The entry of `key`; moves a resize on by a step.
    func find(_ key: Key, _ slab: inout Slab) -> Entry? {
        if dict.pointee.isRehashing { rehashStep(near: key.hash, &slab) }
        return peek(key)
    }

    /// The entry of `key`, nothing moved.
    func peek(_ key: Key) -> Entry? {
        if let entry = find(key, in: dict.pointee.old) { return entry }
        return dict.pointee.isRehashing ? find(key, in: dict.pointee.new) : nil
    }

    private func find(_ key: Key, in half: ChainedDict.Half) -> Entry? {
        guard half.used != 0 else { return nil }
        var next = half.head(key.hash).pointee
        while let entry = next {
            if matches(entry, key) { return entry }
            next = layout.next(entry)
        }
        return nil
    }

    private func matches(_ entry: Entry, _ key: Key) -> Bool {
        SDS.equal(layout.key(entry), key.bytes)
    }

    // MARK: Insert and remove

    /// Adds an entry whose key is known not to be there; a resize under way moves on by a step, as
    /// the servers' own look for the insert position does.
    func insert(_ entry: Entry, hash: UInt64, _ slab: inout Slab) {
        if dict.pointee.isRehashing { rehashStep(&slab) }
        add(entry, hash: hash, &slab)
    }

    /// As `insert`, after a `find` of the same key, which moved the resize on.
    @inline(__always)
    func add(_ entry: Entry, hash: UInt64, _ slab: inout Slab) {
        growIfNeeded(&slab)
        if dict.pointee.isRehashing {
            push(entry, hash, &dict.pointee.new, &slab)
        } else {
            push(entry, hash, &dict.pointee.old, &slab)
        }
    }

    private func push(
        _ entry: Entry, _ hash: UInt64, _ half: inout ChainedDict.Half, _ slab: inout Slab
    ) {
        let head = half.head(hash)
        head.pointee = layout.linked(entry, before: head.pointee, &slab)
        half.used &+= 1
    }

    /// Takes the entry of `key` out of the dict, for the caller to free.
    func unlink(_ key: Key, _ slab: inout Slab) -> Entry? {
        guard count != 0 else { return nil }
        if dict.pointee.isRehashing { rehashStep(&slab) }
        if let entry = unlink(key, &dict.pointee.old) { return entry }
        return dict.pointee.isRehashing ? unlink(key, &dict.pointee.new) : nil
    }

    private func unlink(_ key: Key, _ half: inout ChainedDict.Half) -> Entry? {
        guard half.used != 0 else { return nil }
        let head = half.head(key.hash)
        var previous: Entry?
        var next = head.pointee
        while let entry = next {
            next = layout.next(entry)
            if matches(entry, key) {
                if let previous { layout.setNext(previous, next) } else { head.pointee = next }
                half.used &-= 1
                return entry
            }
            previous = entry
        }
        return nil
    }
}
