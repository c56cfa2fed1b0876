// Dicts as an index: what of them is not in the other files.

typealias DictStore = TableStore<DictHandle<DictEntryLayout>>

extension DictHandle {
    /// What all dicts of one kind have in common.
    struct Traits {
        let policy: ChainedDict.Policy
        let layout: Layout
        let hasher: KeyHasher
    }
}

extension DictHandle: KeyIndex where Layout == DictEntryLayout {
    typealias Element = Entry
    typealias Found = Entry

    /// From 8.0 on, which has many dicts.
    static func isListed(_ traits: Traits) -> Bool { traits.policy.metadataSize > 0 }
    var shrinksOnDelete: Bool { policy.shrinksOnDelete }
    var growsWhenFull: Bool { policy.growsWhenFull }
    func key(of entry: Entry) -> Bytes { SDS.bytes(layout.key(entry)) }
    @inline(__always)
    static func element(at entry: Entry) -> Entry { entry }
}

extension TableStore<DictHandle<DictEntryLayout>> {
    var layout: DictEntryLayout { traits.layout }

    /// Takes the entry of `key` out, for the caller to free.
    mutating func unlink(_ key: Key, _ slab: inout Slab) -> ChainedDict.Entry? {
        guard let dict = handle(key.slot) else { return nil }
        guard let entry = dict.unlink(key, &slab) else {
            noteResize(dict, key.slot, &slab)  // the search moved it on
            return nil
        }
        noteRemoval(dict, key.slot, &slab)
        return entry
    }
}
