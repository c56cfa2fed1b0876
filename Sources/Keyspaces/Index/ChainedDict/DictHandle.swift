// A dict with what its operations need: its policy, the layout of its entries and their keys' hash.
//
// A handle is made for one operation from a table's address and costs nothing to make. It owns
// nothing: the dict struct and its arrays are the slab's, entries are allocated by the keyspace
// that knows what is in them, and handed in and out.

struct DictHandle {
    typealias Entry = ChainedDict.Entry

    let dict: UnsafeMutablePointer<ChainedDict>
    let policy: ChainedDict.Policy
    let layout: DictEntryLayout
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
        growIfNeeded(&slab)
        if dict.pointee.isRehashing {
            push(entry, hash, &dict.pointee.new)
        } else {
            push(entry, hash, &dict.pointee.old)
        }
    }

    private func push(_ entry: Entry, _ hash: UInt64, _ half: inout ChainedDict.Half) {
        let head = half.head(hash)
        layout.setNext(entry, head.pointee)
        head.pointee = entry
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
