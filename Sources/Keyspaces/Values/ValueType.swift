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

/// From when on a collection leaves its one block; the defaults, which are the same in all four
/// releases.
public enum CollectionLimits {
    /// hash-max-listpack-entries.
    public static let hashEntries = 512
    /// set-max-intset-entries.
    public static let intsetEntries = 512
    /// set-max-listpack-entries.
    public static let setEntries = 128
    /// zset-max-listpack-entries.
    public static let sortedSetEntries = 128
    /// hash-max-listpack-value, and those of sets and sorted sets: bytes of a field, value or
    /// member.
    public static let memberBytes = 64
    /// list-max-listpack-size −2: bytes of a list's listpack, and of a node's.
    public static let listBytes = 8_192
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
