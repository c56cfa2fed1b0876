// What an entry is: where its key, its value, its expiry and its use lie, and what becomes of them
// when it is written.
//
// A keyspace has two stores of one kind of index. What the elements of `main` are, and what those
// of `expires`, only the layout knows: the very same objects (`KeyedEntries`), or entries of two
// kinds that share a key's string (`DictEntries`). So what reads or changes an expiry is here, and
// takes the stores with it; everything that follows from an expiry is `StringKeyspace`'s.
//
// Values are strings here. A collection (Values/) hangs on an object that was made to hold one
// (`makeHolder`), whose type is beside its encoding; the keyspace frees it before `remove` frees
// the object.

/// An object that holds a value, by its address; with its key or without.
protocol ValueObject {
    var address: UnsafeMutableRawPointer { get }
    /// The string; nil where it is a collection.
    var view: ValueView? { get }
    var isCollection: Bool { get }
    var valueEncoding: ValueEncoding { get }
    /// The 24 bits of LRU or LFU.
    var usage: UInt32 { get nonmutating set }
    /// Appends in place to a string of its own, and returns the new length in bytes; nil, and
    /// nothing changed, when the value is kept in another way.
    func append(_ suffix: Bytes, _ slab: inout Slab) -> Int?
}

/// Members that a request calls are inlined always: a layout is a value of many words, and a call
/// would hand it over word by word.
protocol EntryLayout: ~Copyable {
    /// The index of both stores.
    associatedtype Index: KeyIndex
    associatedtype Object: ValueObject

    init(_ options: KeyspaceOptions)
    static func traits(
        _ options: KeyspaceOptions, _ hasher: KeyHasher
    ) -> (main: Index.Traits, expires: Index.Traits)
    /// Makes what the layout has in the slab besides entries, which is empty: at first, and after
    /// the slab released everything.
    mutating func reset(_ slab: inout Slab)
    /// Entries of a hash slot; nil where each slot has a table that counts them.
    func count(inSlot slot: Int) -> Int?

    // MARK: Entries

    func key(of element: Index.Element) -> Bytes
    func object(of element: Index.Element) -> Object
    /// A new entry, to be inserted in `main`; `addTime` is to follow where there is an expiry.
    func make(
        _ key: Key, _ value: Bytes, expiry: Int64?, usage: UInt32, _ slab: inout Slab
    ) -> Index.Element
    /// As `make`, without an expiry, for a collection: the object has a payload's pointer, and is
    /// an integer until it has a type.
    func makeHolder(_ key: Key, usage: UInt32, _ slab: inout Slab) -> Index.Element
    /// The object to keep instead of `object` for another value, maybe itself; its use is not
    /// taken along. `put` is to follow.
    /// - Parameter needsExpiry: an expiry is going to be set.
    func replaced(
        _ object: Object, with value: Bytes, needsExpiry: Bool, _ slab: inout Slab
    ) -> Object
    /// As `replaced`, for the same value in another form.
    func reformed(
        _ object: Object, _ value: Bytes, _ form: ValueForm, _ slab: inout Slab
    ) -> Object
    /// Refers to `new` wherever `old`, which may have been freed, was referred to.
    func put(
        _ new: Object, for old: Object, at found: Index.Found, hadTime: Bool, _ key: Key,
        _ expires: borrowing TableStore<Index>)
    /// Removes and frees the entry at `found` with its expiry. The key's bytes may be its own.
    func remove(
        _ key: Key, at found: Index.Found, _ main: inout TableStore<Index>,
        _ expires: inout TableStore<Index>, _ slab: inout Slab)
    /// As above, for a key that is there and was not looked up.
    func remove(
        _ key: Key, _ main: inout TableStore<Index>, _ expires: inout TableStore<Index>,
        _ slab: inout Slab)

    // MARK: Expiry, as Unix ms; nil: none

    /// Moves a resize of `expires` on where it has to look there.
    func time(
        of element: Index.Element, _ key: Key, _ expires: inout TableStore<Index>,
        _ slab: inout Slab
    ) -> Int64?
    /// Nothing moved.
    func peekTime(
        of element: Index.Element, _ key: Key, _ expires: borrowing TableStore<Index>
    ) -> Int64?
    /// Nothing moved; for an entry that was met on a walk, whose key is hashed only if it has to be
    /// looked up.
    func peekTime(
        of element: Index.Element, _ keys: KeyMaker, _ expires: borrowing TableStore<Index>
    ) -> Int64?
    /// Whether the object itself tells that it has an expiry: what `hadTime` is elsewhere. Always
    /// false where expiries are not in objects.
    func hasTime(_ object: Object) -> Bool
    /// Enters the expiry with which a new entry was made.
    func addTime(
        _ time: Int64, to element: Index.Element, _ key: Key, _ expires: inout TableStore<Index>,
        _ slab: inout Slab)
    /// - Parameter object: what `replaced` made with room for an expiry.
    func setTime(
        _ time: Int64, of object: Object, at found: Index.Found, hadTime: Bool, _ key: Key,
        _ expires: inout TableStore<Index>, _ slab: inout Slab)
    /// Makes room for the expiry first.
    func setTime(
        _ time: Int64, at found: Index.Found, _ key: Key, _ expires: inout TableStore<Index>,
        _ slab: inout Slab)
    func clearTime(
        of object: Object, hadTime: Bool, _ key: Key, _ expires: inout TableStore<Index>,
        _ slab: inout Slab)

    // MARK: Elements of `expires`

    func key(ofExpiry element: Index.Element) -> Bytes
    func time(ofExpiry element: Index.Element) -> Int64
    /// The object of the entry whose expiry this is.
    func object(
        ofExpiry element: Index.Element, _ keys: KeyMaker, _ main: borrowing TableStore<Index>
    ) -> Object?
    /// Whether `expiry`, found under an entry's key, is that entry's as it should be.
    func isExpiry(_ expiry: Index.Element, of element: Index.Element) -> Bool

    // MARK: Reports

    /// Adds the allocations of an entry, its expiry's apart.
    func add(_ element: Index.Element, to tally: inout Tally)
    /// Bytes that an entry takes in the index itself; 0 where it is an allocation.
    var bytesInIndex: Int { get }
    /// Adds what else the layout allocated: the entries of `expires` that are not those of `main`,
    /// and what `reset` made.
    func addRest(_ expires: borrowing TableStore<Index>, to tally: inout Tally)
    /// What is wrong with an entry as it lies there.
    func fault(in element: Index.Element, _ quantum: SizeClasses.Quantum) -> String?
    /// What is wrong with the rest. - Parameter entries: how many there are.
    func violations(_ entries: Int) -> [String]
}

extension EntryLayout where Self: ~Copyable {
    var bytesInIndex: Int { 0 }
}
