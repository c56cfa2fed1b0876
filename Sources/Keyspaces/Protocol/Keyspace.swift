// What a server needs of a table: a keyspace is an index, an entry layout and a growth policy under
// one name (`valkey-7.2`, `valkey-9.1`, …).
//
// The server is generic over this protocol and specialised once per table at start-up, so that on a
// release's path nothing is an existential (rivals': ErasedKeyspace.swift); every conforming type
// is a `~Copyable` struct whose state is owned by one executing thread. Bytes handed out (a
// `ValueView`, the key in `forEach`) point into the table and are valid until its next mutating
// call; bytes handed in are copied.
//
// Values are strings, and collections where a table holds them: those are found here, and read and
// changed through `Collections`, one type for all tables. To whoever asks for a string a collection
// is not there.
//
// Non-goals: thread safety (one thread at a time executes on a keyspace; several may execute on a
// store, each with a keyspace of its own over it: `ConcurrentStore`).

/// Bytes that somebody else keeps alive for the duration of a call.
public typealias Bytes = UnsafeRawBufferPointer

/// A key with everything that is derived from its bytes once per request.
public struct Key {
    public var bytes: Bytes
    /// The table's seeded hash of `bytes`.
    public var hash: UInt64
    /// Hash slot in cluster mode, 0 otherwise.
    public var slot: Int

    public init(bytes: Bytes, hash: UInt64, slot: Int = 0) {
        self.bytes = bytes
        self.hash = hash
        self.slot = slot
    }
}

/// A value as its entry stores it; `bytes` points into the keyspace.
public enum ValueView {
    case bytes(Bytes)
    /// A value that was a canonical decimal of at most 20 characters, kept in a pointer-sized
    /// field.
    case integer(Int64)
}

/// What a write does to an entry's time to live.
public enum Expiry: Equatable, Sendable {
    /// The entry does not expire (a plain SET removes an old expiry).
    case never
    /// An existing expiry stays (SET … KEEPTTL).
    case keep
    /// Unix time in milliseconds.
    case at(Int64)
}

/// How a value lies in its entry: what OBJECT ENCODING tells.
public enum ValueEncoding: Sendable {
    case integer
    /// With its object, in one allocation.
    case embedded
    /// In an allocation of its own.
    case separate
}

/// What a write makes of a value's bytes; real servers' commands differ in it.
public enum ValueForm: Sendable {
    /// As SET: an integer if it is one, embedded if it fits.
    case compact
    /// As INCRBYFLOAT: never an integer.
    case text
    /// As APPEND and SETRANGE, which expect more: in an allocation of its own.
    case separate
}

public protocol Keyspace: ~Copyable {
    init(_ options: KeyspaceOptions)

    /// Entries, expired ones that nobody has touched yet included (DBSIZE).
    var count: Int { get }
    /// Entries with an expiry.
    var expiringCount: Int { get }
    /// Unix time in milliseconds that decides what has expired; the owner sets it once per batch
    /// of events, because reading the clock costs more than a look-up's share of a batch.
    var now: Int64 { get set }
    /// False while look-ups and writes leave entries' usage as it is (CLIENT NO-TOUCH); true at
    /// first.
    var recordsUse: Bool { get set }
    /// Entries removed because their time had come, since creation.
    var expiredCount: Int { get }

    /// Hash and slot of `bytes`, computed once and passed to every other call.
    func key(_ bytes: Bytes) -> Key

    // Collections (Values/). A table that holds strings only has none of it (`Capability`): nobody
    // asks it then, for the server refuses by name.

    /// Entries that hold a collection.
    var collectionCount: Int { get }
    /// The collection of a live key; nil where there is none. Changes nothing.
    func peekCollection(_ key: Key) -> CollectionObject?
    /// What is at `key`; an expired entry is removed and not found. Counts as a use.
    mutating func findCollection(_ key: Key) -> CollectionLookup
    /// An entry for a key that is not there, with an empty collection, which must not stay so.
    mutating func makeCollection(_ key: Key, _ type: ValueType) -> CollectionObject
    /// Gives a collection without a key this one, instead of whatever is there.
    mutating func put(_ collection: CollectionObject, at key: Key, expiry: Expiry)
    /// Takes a collection out of its key, which is removed.
    mutating func take(_ key: Key) -> CollectionObject?
    /// As `remove`, but what takes long to free is left to `maintain`.
    mutating func unlink(_ key: Key) -> Bool
    /// Lends what collections are read and changed with.
    mutating func withCollections<R>(_ body: (inout Collections) -> R) -> R

    // Look-ups of a batch overlap their cache misses: first the index lines of all keys are asked
    // for, then the entries that the index names, then what the entries name (value object, key
    // string), then strings outside their objects, and then each command runs. Each stage reads
    // what the one before it asked for; what a table does not have, its stage skips.
    func prefetchIndex(_ key: Key)
    func prefetchEntry(_ key: Key)
    func prefetchValue(_ key: Key)
    func prefetchPayload(_ key: Key)
    /// After the last command of such a batch: what was looked up ahead is forgotten.
    mutating func endBatch()
    /// What follows for `key`, up to `letGo`, is one step to whoever else executes on its store.
    mutating func hold(_ key: Key)
    /// A command has ended: others may change what it looked up.
    mutating func letGo()

    /// The live value of `key`; an expired entry is removed and not found. Counts as a use.
    mutating func find(_ key: Key) -> ValueView?
    /// As `find`, but leaves everything as it is: no use is recorded, nothing expires or moves.
    func peek(_ key: Key) -> ValueView?
    /// Inserts or replaces. Returns true when the key was not there.
    @discardableResult
    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry) -> Bool
    /// As `set`, but in another form than SET's; values take it off the hot path.
    mutating func set(_ key: Key, _ value: Bytes, expiry: Expiry, form: ValueForm)
    /// How the value of a live key is kept; nil without such a key. Changes nothing.
    func encoding(of key: Key) -> ValueEncoding?
    /// Appends to the value of `key`, which begins empty if it is not there and keeps its expiry.
    /// Returns the new length in bytes. Within a size class nothing is copied but `suffix`.
    mutating func append(_ key: Key, _ suffix: Bytes) -> Int
    /// Removes `key`; false when it was not there (or had expired).
    mutating func remove(_ key: Key) -> Bool

    /// The expiry of a live key: `.never` or `.at`; nil when there is no such key.
    mutating func expiry(of key: Key) -> Expiry?
    /// Sets or removes (`.never`) the expiry of a live key; false when there is no such key.
    mutating func setExpiry(of key: Key, _ expiry: Expiry) -> Bool

    /// Every entry once, in no order; the table must not be mutated meanwhile.
    func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void)
    /// Live entries at `cursor` and after it, until about `count` were met; returns the cursor to
    /// go on with, 0 at the end. Start with 0. An entry that is there from the first call to the
    /// last is passed to `body` at least once, whatever is inserted, deleted or resized between
    /// calls. In cluster mode the low 14 bits are the slot (7.2 has no such cursors).
    func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64
    /// A fairly chosen live key, valid until the next mutation; nil when there is none.
    mutating func randomKey() -> Bytes?
    /// Entries of a hash slot, expired ones included; all of them without cluster mode.
    func count(inSlot slot: Int) -> Int
    mutating func removeAll()

    /// When or how often a live key was used, which asking does not change; nil without such a key.
    func usage(of key: Key) -> Usage?
    /// Evicts by the policy of the options until `memory.allocated` is at most `limitBytes`; false
    /// when the policy finds nothing more to evict: the server refuses the write.
    mutating func makeRoom(limitBytes: Int) -> Bool
    /// Entries evicted since creation.
    var evictedCount: Int { get }

    /// Background work, called about every `1/hz` s: starts resizes that are due, moves rehashes
    /// forward and removes expired entries for at most `budgetMicroseconds`. Returns true while
    /// there is more to do about sizes.
    mutating func maintain(budgetMicroseconds: Int) -> Bool
    /// True when no rehash is in progress: the state in which bytes per entry are compared.
    var isSettled: Bool { get }

    /// Bytes as the allocator accounts for them.
    var memory: MemoryReport { get }
    /// Bytes that a foreign table says it took elsewhere, and that no allocator of ours has
    /// counted; nil where it says nothing.
    var foreignBytes: Int? { get }
    /// Bytes of the size classes that the entry of a live key takes: its objects and strings,
    /// without a share of the index (MEMORY USAGE); nil without such a key. Changes nothing.
    func allocated(by key: Key) -> Int?
    /// The same figures counted anew by walking every entry and every table, independently of the
    /// allocator's counters. - Complexity: O(count)
    func recount() -> MemoryReport
    var statistics: KeyspaceStatistics { get }
    /// Descriptions of every invariant that does not hold; empty when the table is sound.
    /// - Complexity: O(count)
    func invariantViolations() -> [String]
}

extension Keyspace where Self: ~Copyable {
    public func endBatch() {}
    public func hold(_: Key) {}
    public func letGo() {}
    public var foreignBytes: Int? { nil }

    /// The type of a live key's value; nil without such a key. Changes nothing.
    public func type(of key: Key) -> ValueType? {
        if let collection = peekCollection(key) { return collection.type }
        return peek(key) == nil ? nil : .string
    }
}

// A table that holds strings only. Nothing here imitates a collection: whoever asks such a table
// for one, past its `Table.lacks`, has made a mistake.
extension Keyspace where Self: ~Copyable {
    public var collectionCount: Int { 0 }
    public func peekCollection(_: Key) -> CollectionObject? { nil }
    public mutating func findCollection(_ key: Key) -> CollectionLookup {
        find(key) == nil ? .missing : .string
    }
    public mutating func makeCollection(_: Key, _: ValueType) -> CollectionObject {
        preconditionFailure("this table holds strings only")
    }
    public mutating func put(_: CollectionObject, at _: Key, expiry _: Expiry) {
        preconditionFailure("this table holds strings only")
    }
    public mutating func take(_: Key) -> CollectionObject? { nil }
    public mutating func unlink(_ key: Key) -> Bool { remove(key) }
    public mutating func withCollections<R>(_: (inout Collections) -> R) -> R {
        preconditionFailure("this table holds strings only")
    }
}

/// How a keyspace is built. One value serves every table, which passes over what it has no use for:
/// those who read options from people refuse such (`Table.has`).
public struct KeyspaceOptions: Sendable {
    public var table: Table = .valkey91
    /// Seed of the hash function alone: the same seed gives the same bucket for the same key.
    public var seed: UInt64 = 0
    public var hash: HashFunction = .siphash
    /// Jemalloc size classes: 8-byte steps as upstream builds have them, or 16 as distributions do.
    public var quantum: SizeClasses.Quantum = .eight
    /// How the tags of a bucket or group are compared.
    public var match: GroupMatch = .simd
    /// 16,384 hash slots: a table for each, or one table that knows the keys of each
    /// (`TableDesign.PerSlot`).
    public var cluster = false
    /// On a rehash, the entries of a bucket are all asked for before the first is moved. The tables
    /// of 8.1 and later alone have the choice: 9.0 and later do, 8.1 does not.
    public var lookAhead = true
    /// What `makeRoom` evicts, and whether entries record when or how often they are used.
    public var eviction: EvictionPolicy = .noeviction
    /// From when on collections leave their one block.
    public var limits = CollectionLimits()
    /// Seed of random keys, samples and frequency counters.
    public var sampleSeed: UInt64 = 0
    /// What the keyspaces of several threads are over, each made of the same options; nil: a
    /// keyspace has its entries for itself. Of the table tsavorite alone.
    public var store: ConcurrentStore?
    /// What a bucket table hashes entries by that it moves, where it is behind hashmark_table.h and
    /// its host hashes (`OwnFace`); nil: `hash` and `seed`.
    var entryHashes: EntryHashes?

    public init() {}

    /// As the release has them: 8.1 compares tags one by one and does not look ahead on a rehash.
    /// With `match` and `lookAhead` on, that table is 9.0's.
    public init(_ table: Table) {
        self.table = table
        match = table.design.match ?? match
        lookAhead = table.design.lookAhead ?? lookAhead
    }
}

/// The two ways to compare a bucket's tags; both give the same answers (tested).
public enum GroupMatch: String, Sendable, CaseIterable {
    /// One by one, or all at once by the processor's vector instructions.
    case scalar, simd

    /// As options have it; `sse2` is another name of `simd`, after the instructions of x86-64.
    public init?(_ spelling: String) {
        self.init(rawValue: spelling == "sse2" ? Self.simd.rawValue : spelling)
    }
}

/// Bytes of a keyspace, all of them held through the slab allocator.
public struct MemoryReport: Equatable, Sendable {
    /// Bytes asked for.
    public var requested = 0
    /// Bytes of the size classes that served them (what jemalloc's zmalloc_size adds up to).
    public var allocated = 0
    /// Live allocations.
    public var allocations = 0

    public init(requested: Int = 0, allocated: Int = 0, allocations: Int = 0) {
        self.requested = requested
        self.allocated = allocated
        self.allocations = allocations
    }
}

public struct KeyspaceStatistics: Sendable {
    /// Slots for entry heads (dict: chain heads; hashtable: 7 per bucket; open addressing: places),
    /// both tables of a rehash; 0 where a foreign table does not tell.
    public var capacity = 0
    /// `count / capacity`; may exceed 1 in chained tables.
    public var loadFactor = 0.0
    /// Elements at index i: chains (or buckets with children) of length i, index 0 = empty heads.
    public var chainLengths: [Int] = []
    /// Buckets, children included, or F14's chunks, at index i: with i entries. Empty for tables
    /// without.
    public var bucketOccupancy: [Int] = []
    /// Entries at index i: found with i + 1 steps, as a foreign table counts them, or groups read
    /// by open addressing. Empty for tables that do not tell.
    public var probeLengths: [Int] = []
    /// Tables with a place in memory: 1, or one per slot that has (or had) keys.
    public var tables = 0
    /// Fraction of the old table already moved; nil when no rehash is in progress.
    public var rehashProgress: Double?
    /// Bytes of replaced and removed records that await a compaction; nil for tables without a log
    /// or segments.
    public var deadBytes: Int?
    /// Bytes of live records that compactions have copied since creation; nil as above.
    public var copiedBytes: Int?
    /// Entries that went before their time with others, since creation: with the segment in which
    /// they were, or for a new one whose bucket was full; nil for tables that evict one by one.
    public var lostEntries: Int?

    public init() {}
}
