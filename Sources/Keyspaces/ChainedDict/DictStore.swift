// A dict with what its operations need: the layout of its entries and the hash of their keys.
//
// The main keyspace and its expiries are one store each. A store owns the dict struct and its
// arrays; entries are allocated by the keyspace that knows what is in them, and handed in and out.
//
// The slab is passed to whatever may allocate or free: a keyspace has one slab for both stores.

struct DictStore: ~Copyable {
    typealias Entry = ChainedDict.Entry

    let layout: DictEntryLayout
    let hasher: KeyHasher
    private(set) var dict: UnsafeMutablePointer<ChainedDict>

    init(_ layout: DictEntryLayout, _ hasher: KeyHasher, _ slab: inout Slab) {
        self.layout = layout
        self.hasher = hasher
        dict = Self.makeDict(&slab)
    }

    private static func makeDict(_ slab: inout Slab) -> UnsafeMutablePointer<ChainedDict> {
        precondition(MemoryLayout<ChainedDict>.size <= ChainedDict.structSize)
        let memory = slab.allocate(ChainedDict.structSize)
        let dict = memory.bindMemory(to: ChainedDict.self, capacity: 1)
        dict.initialize(to: ChainedDict())
        return dict
    }

    /// Forgets everything, after the slab released it all.
    mutating func reset(_ slab: inout Slab) {
        dict = Self.makeDict(&slab)
    }

    var count: Int { dict.pointee.count }
    var isRehashing: Bool { dict.pointee.isRehashing }

    // MARK: Find

    /// The entry of `key`; moves a resize on by a step.
    mutating func find(_ key: Key, _ slab: inout Slab) -> Entry? {
        if dict.pointee.isRehashing { rehashStep(&slab) }
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

    func prefetchIndex(_ hash: UInt64) {
        if dict.pointee.old.heads != nil { prefetch(dict.pointee.old.head(hash)) }
        if dict.pointee.isRehashing { prefetch(dict.pointee.new.head(hash)) }
    }

    func prefetchEntry(_ hash: UInt64) {
        if dict.pointee.old.heads != nil, let first = dict.pointee.old.head(hash).pointee {
            prefetch(first)
        }
        if dict.pointee.isRehashing, let first = dict.pointee.new.head(hash).pointee {
            prefetch(first)
        }
    }

    // MARK: Insert and remove

    /// Adds an entry whose key is known not to be there; a resize under way moves on by a step, as
    /// the servers' own look for the insert position does.
    mutating func insert(_ entry: Entry, hash: UInt64, _ slab: inout Slab) {
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
    mutating func unlink(_ key: Key, _ slab: inout Slab) -> Entry? {
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
