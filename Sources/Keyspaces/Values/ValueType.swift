// What values there are, and how they can be kept: the types and encodings of the servers' objects,
// by their numbers there.
//
// Credits: server.h of Redis and Valkey.

/// A key's type of value.
public enum ValueType: UInt8, Sendable, CaseIterable {
    case string = 0
    case list = 1
    case set = 2
    case sortedSet = 3
    case hash = 4
    /// The one module's type that there is.
    case bloom = 5

    /// What TYPE answers.
    public var name: StaticString {
        switch self {
        case .string: "string"
        case .list: "list"
        case .set: "set"
        case .sortedSet: "zset"
        case .hash: "hash"
        case .bloom: "bloomfltr"
        }
    }
}

/// How a collection is kept; a small one in one block, a larger one with a block per element.
public enum CollectionEncoding: UInt8, Sendable, CaseIterable {
    case hashtable = 2
    case intset = 6
    case skiplist = 7
    case quicklist = 9
    case listpack = 11
    /// A Bloom filter. The servers call a module's value raw, which here is a string by itself.
    case bloom = 15

    /// What OBJECT ENCODING answers.
    public var name: StaticString {
        switch self {
        case .hashtable: "hashtable"
        case .intset: "intset"
        case .skiplist: "skiplist"
        case .quicklist: "quicklist"
        case .listpack: "listpack"
        case .bloom: "raw"
        }
    }
}

/// From when on a collection leaves its one block. The defaults are the same in all four releases.
/// What is there already stays as it is when they change, until it is written.
public struct CollectionLimits: Sendable, Equatable {
    /// hash-max-listpack-entries.
    public var hashEntries = 512
    /// hash-max-listpack-value: bytes of a field or value.
    public var hashBytes = 64
    /// set-max-intset-entries.
    public var intsetEntries = 512
    /// set-max-listpack-entries.
    public var setEntries = 128
    /// set-max-listpack-value: bytes of a member.
    public var setBytes = 64
    /// zset-max-listpack-entries.
    public var sortedSetEntries = 128
    /// zset-max-listpack-value: bytes of a member.
    public var sortedSetBytes = 64
    /// list-max-listpack-size.
    public var list = ListLimit(size: -2)

    /// Whatever the limits are, a listpack stays below what its header can tell, by far
    /// (LISTPACK_MAX_SAFETY_LIMIT).
    static let listpackBytes = 1 << 30

    public init() {}
}

/// How much a list's listpack, or a node of its quicklist, may have.
///
/// Credits: `quicklistNodeExceedsLimit` of quicklist.c.
public struct ListLimit: Sendable, Equatable {
    /// As list-max-listpack-size spells it: −1 to −5 are 4 to 64 KiB; from 1 on, so many elements.
    public let size: Int
    /// Elements; `Int.max` where bytes alone count.
    let entries: Int
    /// Bytes, also where elements count (SIZE_SAFETY_LIMIT).
    let bytes: Int

    /// Lower sizes than −5 are as −5, and 0 is one element.
    public init(size: Int) {
        self.size = size
        entries = size < 0 ? .max : max(size, 1)
        bytes = size < 0 ? Self.leastBytes << (-max(size, -Self.steps) - 1) : 8_192
    }

    /// What −1 stands for; each further step doubles it, up to −5.
    private static let leastBytes = 4_096
    private static let steps = 5

    /// Whether so much is too much for one listpack.
    func isExceeded(bytes: Int, entries: Int) -> Bool {
        bytes > self.bytes || entries > self.entries
    }

    /// Whether so little is left of a quicklist that it is one listpack again.
    func isHalf(bytes: Int, entries: Int) -> Bool {
        size < 0 ? bytes <= self.bytes / 2 : entries <= self.entries / 2
    }

    /// Above so many bytes an element has a node of its own: what no node could hold.
    func isLarge(_ length: Int) -> Bool { length > bytes }
}

/// An object that holds a collection, by its address: a keyspace's entry, or a value that has no
/// key yet.
///
///     0       4          8
///     [type 4 │ encoding 4 │ …][payload 8]
///
/// Both kinds of entries begin like this (`StringObject`, `KeyedObject`), and what else is in them
/// is not touched here. Valid until its key is written or removed, or gets an expiry.
public struct CollectionObject: BitwiseCopyable {
    let object: UnsafeMutableRawPointer

    public var type: ValueType {
        ValueType(rawValue: object.load(as: UInt8.self) & 15) ?? .string
    }

    public var encoding: CollectionEncoding {
        CollectionEncoding(rawValue: object.load(as: UInt8.self) >> 4) ?? .listpack
    }

    /// Whether both are of one key.
    public func isSame(as other: CollectionObject) -> Bool { object == other.object }

    /// A listpack, intset, quicklist, table, sorted set or Bloom filter.
    var payload: UnsafeMutableRawPointer {
        get { object.loadPointer(8).unsafelyUnwrapped }
        nonmutating set { object.storePointer(newValue, 8) }
    }

    func set(
        _ type: ValueType, _ encoding: CollectionEncoding, _ payload: UnsafeMutableRawPointer
    ) {
        object.storeBytes(of: type.rawValue | encoding.rawValue << 4, as: UInt8.self)
        self.payload = payload
    }

    /// Makes the object the integer 0, whose payload is somebody else's now.
    func forget() {
        object.storeBytes(of: StringObject.Encoding.integer << 4, as: UInt8.self)
        object.storeBytes(of: 0, toByteOffset: 8, as: Int64.self)
    }
}

/// What a look-up for a collection found.
public enum CollectionLookup {
    case missing
    /// A string.
    case string
    case collection(CollectionObject)
}
