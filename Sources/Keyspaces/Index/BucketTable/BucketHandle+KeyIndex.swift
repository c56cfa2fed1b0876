// Bucket tables as an index of keyed objects: what of them is not in the other files.

extension BucketHandle {
    /// What all tables of one kind have in common.
    struct Traits {
        let policy: BucketTable.Policy
        let match: GroupMatch
        let hasher: KeyHasher
        let entries: Entries
    }
}

extension BucketHandle: KeyIndex where Entries == KeyedObjects {
    typealias Element = KeyedObject
    typealias Found = Position

    static func isListed(_: Traits) -> Bool { true }
    var shrinksOnDelete: Bool { true }
    var growsWhenFull: Bool { true }
    func key(of object: KeyedObject) -> Bytes { object.key }

    @inline(__always)
    static func element(at position: Position) -> KeyedObject {
        KeyedObject(address: position.entry)
    }

    /// The entry is the object: nothing to ask for between it and a string of its own.
    @inline(__always)
    func prefetchValue(_: Key) {}
}

extension BucketHandle: ObjectIndex where Entries == KeyedObjects {
    static func traits(_ options: KeyspaceOptions, _ hasher: KeyHasher) -> Traits {
        guard case .bucketTable(var policy) = options.table.design.index else {
            preconditionFailure("\(options.table) is no bucket table")
        }
        policy.looksAhead = options.lookAhead
        return Traits(
            policy: policy, match: options.match, hasher: hasher,
            entries: KeyedObjects(hashes: options.entryHashes))
    }

    @inline(__always)
    static func put(_ object: KeyedObject, at position: Position) { position.set(object.address) }
}
