// Bucket tables as the tables of a store: what only they have.

typealias BucketStore = TableStore<BucketHandle>

extension BucketHandle: SlotTable {
    struct Traits {
        let policy: BucketTable.Policy
        let match: GroupMatch
        let hasher: KeyHasher
    }

    static func isListed(_: Traits) -> Bool { true }
    var shrinksOnDelete: Bool { true }
    var growsWhenFull: Bool { true }
    func key(of object: KeyedObject) -> Bytes { object.key }
}

extension TableStore<BucketHandle> {
    /// Makes the position that holds `old` hold `new`; `old` is only compared by address.
    func replace(_ old: KeyedObject, by new: KeyedObject, _ key: Key) {
        handle(key.slot).unsafelyUnwrapped.replace(old, by: new, hash: key.hash)
    }

    @inline(__always)
    func prefetchPayload(_ key: Key) { handle(key.slot)?.prefetchPayload(key.hash) }

    /// Takes the entry of `key`, at `position`, out; the caller owns the object.
    mutating func remove(_ position: BucketHandle.Position, _ key: Key, _ slab: inout Slab) {
        let table = handle(key.slot).unsafelyUnwrapped
        table.remove(position, &slab)
        noteRemoval(table, key.slot, &slab)
    }
}
