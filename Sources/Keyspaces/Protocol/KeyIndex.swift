// What a keyspace needs of an index: where the entry of a key is.
//
// An index holds elements, each the address of an entry. It knows an entry's key and nothing else
// of it; what an entry is, the layout says (`EntryLayout`). The tables of one kind and purpose, one
// of them or one per hash slot, are a `TableStore`.

/// A table of an index: a handle that is made for one operation from the table's address and costs
/// nothing to make.
protocol KeyIndex {
    /// What its chains hold.
    associatedtype Element: BitwiseCopyable
    /// Where a look-up found it: an address, for that is all that `element` is given. Valid until
    /// this table, and not another, is changed.
    associatedtype Found
    /// What all tables of a store have in common: policy, layout, hash.
    associatedtype Traits

    init(_ table: SlotDirectory.Table, _ traits: Traits)
    static func make(_ traits: Traits, _ slab: inout Slab) -> SlotDirectory.Table
    /// Frees an empty table, in the middle of a resize or not.
    func free(_ slab: inout Slab)

    var count: Int { get }
    var isRehashing: Bool { get }
    /// Whether the servers list such tables while they are being resized. A store of tables per
    /// slot whose resizes take several steps needs the list; an index that resizes at once says
    /// no, or keeps a node that stays nil.
    static func isListed(_ traits: Traits) -> Bool
    /// The table's node in that list; only where there is one.
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> { get }

    /// Moves a resize on by a step.
    func find(_ key: Key, _ slab: inout Slab) -> Found?
    /// Nothing moved.
    func peek(_ key: Key) -> Found?
    static func element(at found: Found) -> Element
    /// The key is known not to be there. Grows the table by itself, where that takes room.
    func insert(_ element: Element, hash: UInt64, _ slab: inout Slab)
    func key(of element: Element) -> Bytes

    /// Whether deletes shrink; otherwise only background work does.
    var shrinksOnDelete: Bool { get }
    /// Whether background work grows full tables; otherwise their next insert does.
    var growsWhenFull: Bool { get }
    /// Makes room for one more, also where none is about to come.
    func growIfNeeded(_ slab: inout Slab)
    func shrinkIfNeeded(_ slab: inout Slab)
    /// Gives back what an eviction of a key with this hash has left free, where deletes do not:
    /// elements may move.
    func reclaim(_ hash: UInt64, _ slab: inout Slab)
    /// Moves a resize on until it ends or the clock passes `deadline`.
    func rehash(until deadline: Deadline, _ slab: inout Slab)

    func forEachElement(_ body: (Element) -> Void)
    /// The elements at `cursor`, and the cursor after it: 0 at the end, and for a table without
    /// room. Any cursor below 2^50 may come, also of a table that was larger. What stays is met
    /// (`ScanCursor`), also where a delete moves others: those go by hash, not by place.
    func visit(at cursor: UInt64, _ body: (Element) -> Void) -> UInt64
    /// An element, each about as likely as another; nil in an empty table.
    func random(_ random: inout KeyspaceRandom) -> Element?
    /// Elements that lie together, for eviction: up to the buffer's count, the same one not twice.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<Element>, _ random: inout KeyspaceRandom
    ) -> Int

    // The stages of `Keyspace`'s look-ahead; what a table does not have, its stage skips.
    func prefetchIndex(_ hash: UInt64)
    func prefetchEntry(_ hash: UInt64)
    func prefetchValue(_ key: Key)
    func prefetchPayload(_ key: Key)

    /// Chains are what a look-up walks through: open addressing has runs of taken places.
    func addStatistics(to statistics: inout StatisticsSum)
    /// Adds its own allocations with the bytes that were asked for, those of the entries apart.
    func recount(_ tally: inout Tally)
    func violations(_ name: String) -> [String]

    // What tables of the same traits hold in common and outside of the keyspace's slab: foreign
    // ones, which allocate by their host.
    static func memoryElsewhere(_ traits: Traits) -> MemoryReport
    static func violationsElsewhere(_ traits: Traits) -> [String]
    /// Before the slab releases everything at once, records of tables included.
    static func giveUpAll(_ traits: Traits)
}

extension KeyIndex {
    func reclaim(_: UInt64, _: inout Slab) {}
    static func memoryElsewhere(_: Traits) -> MemoryReport { MemoryReport() }
    static func violationsElsewhere(_: Traits) -> [String] { [] }
    static func giveUpAll(_: Traits) {}
}

/// An index of keyed objects: what `KeyedEntries` needs besides, because an object that is written
/// may move and is removed where it was found.
protocol ObjectIndex: KeyIndex where Element == KeyedObject {
    /// Those of the design that the options name.
    static func traits(_ options: KeyspaceOptions, _ hasher: KeyHasher) -> Traits
    /// Between a write that moved an object and `put` or `replace`, the old address is in the
    /// tables and no object: neither may look at keys. All others may.
    static func put(_ object: KeyedObject, at found: Found)
    /// Makes the position that holds `old` hold `new`. `old` is only compared by address: it may
    /// have been freed.
    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64)
    /// Takes the object at `found` out; the caller owns it. Shrinking is `shrinkIfNeeded`'s.
    func remove(_ found: Found, _ slab: inout Slab)
}
