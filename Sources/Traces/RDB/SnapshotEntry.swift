// What a snapshot holds under one key, and who is told of it.

public struct SnapshotEntry: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        case string, list, set, zset, hash, stream, module
    }

    public var kind = Kind.string
    /// As the file has it: `listpack`, `intset`, `lzf` …
    public var encoding = "raw"
    public var database: UInt64 = 0
    /// Bytes.
    public var keySize = 0
    /// Identity of the key, as a trace's record has it.
    public var key: UInt64 = 0
    /// 1 of a string.
    public var elements: UInt64 = 0
    /// Bytes of the value: of a collection, of its items, members, or fields and values; of a
    /// stream, as it is packed; of a module, of its strings.
    public var valueSize: UInt64 = 0
    /// When it expires, in ms since 1970.
    public var expiresAt: Int64?
    /// Seconds since its last use, where the server counted them.
    public var idleSeconds: UInt64?
    /// Fields of a hash that expire by themselves.
    public var expiringFields: UInt64 = 0

    public init() {}
}

/// Who is told of a snapshot's entries.
public protocol SnapshotVisitor {
    /// Whether keys and values are looked at; else only their sizes are told, by `end`.
    var wantsContents: Bool { get }

    /// An entry begins: its kind, key and expiry are known.
    mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer)

    /// A string, an item or a member; or a field and its value, a member and its score. Streams and
    /// modules have none.
    mutating func element(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?)

    /// Everything is known.
    mutating func end(_ entry: SnapshotEntry)
}

extension SnapshotVisitor {
    public var wantsContents: Bool { false }
    public mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer) {}
    public mutating func element(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?
    ) {}
}
