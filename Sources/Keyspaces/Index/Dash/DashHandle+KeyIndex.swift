// Dashtables as an index: what of them is not in the other files.
//
// An element is a slot: it is there until the entry is removed, or moved by an insert.

extension DashHandle: KeyIndex {
    typealias Element = DashEntry
    typealias Found = DashSegment.Place

    /// A split ends in the insert that needed it.
    var isRehashing: Bool { false }
    static func isListed(_: Traits) -> Bool { false }
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> {
        // The first member.
        UnsafeMutableRawPointer(table).assumingMemoryBound(to: SlotDirectory.NodePointer?.self)
    }

    @inline(__always)
    func find(_ key: Key, _: inout Slab) -> DashSegment.Place? { peek(key) }
    @inline(__always)
    static func element(at place: DashSegment.Place) -> DashEntry { place.entry }
    func key(of entry: DashEntry) -> Bytes { entry.key.bytes }

    var shrinksOnDelete: Bool { false }
    var growsWhenFull: Bool { false }
    func growIfNeeded(_: inout Slab) {}
    func shrinkIfNeeded(_: inout Slab) {}
    func rehash(until _: Deadline, _: inout Slab) {}

    /// What a slot names was asked for with it.
    @inline(__always)
    func prefetchPayload(_: Key) {}
}

/// The two indices of a keyspace.
typealias DashStore = TableStore<DashHandle>

extension TableStore where Index == DashHandle {
    /// Takes the entry of `key`, which is at `place`, out. What it named is the caller's.
    mutating func remove(_ place: DashSegment.Place, _ key: Key, _ slab: inout Slab) {
        guard let table = handle(key.slot) else { return }
        table.remove(place, key, &slab)
        noteRemoval(table, key.slot, &slab)
    }
}
