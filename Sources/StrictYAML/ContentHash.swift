// Identity of a file in a run record: two records with the same hash ran the same file.
//
// FNV-1a, 64 bits, over the file's bytes: identity among honest files, not protection against
// forged ones. Credits: Fowler, Noll and Vo (draft-eastlake-fnv).

public enum ContentHash {
    /// `fnv1a64:` and 16 hexadecimal digits.
    public static func of(_ bytes: some Sequence<UInt8>) -> String {
        var digest = StreamDigest()
        digest.add(bytes)
        return "fnv1a64:\(digest)"
    }
}

/// The same hash of bytes that come piece by piece: where they were cut does not matter.
public struct StreamDigest: Equatable, Sendable, CustomStringConvertible {
    public private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    public init() {}

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        var hash = value
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        value = hash
    }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
