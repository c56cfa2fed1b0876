// One bucket: a cache line with a byte of flags, seven tags and seven entries.
//
//     byte  0         1   2   3   4   5   6   7     8        16             56
//          [p p p p p p p c][t][t][t][t][t][t][t]  [entry 1][entry 2]  …  [entry 7]
//           7 … 1        0
//     c   chained: word 7 is the address of another bucket, not an entry
//     p   presence of entries 1 to 7
//     t   tags: the top byte of each entry's hash
//
// Seen as eight words, position p has its presence in bit p of byte 0, its tag in byte p and its
// entry in word p: comparing all eight bytes with a tag and masking with byte 0 gives the
// candidates without shifting anything.
//
// Non-goals: AVX. One bucket is one 8-byte compare.
//
// Credits: Valkey's hashtable.c (Viktor Söderqvist); the tag compare follows Abseil's Swiss tables
// (Matt Kulukundis); the generic match is the zero-byte test of Mycroft, in its exact form.

import CIntrinsics

struct Bucket {
    typealias Entry = UnsafeMutableRawPointer

    /// A cache line.
    static let size = 64
    static let entries = 7
    /// Presence bits of a full bucket, without and with a child in word 7.
    private static let allPositions = 0xfe
    private static let chainedPositions = 0x7e
    private static let childPosition = 7

    let address: UnsafeMutableRawPointer

    private var flags: UInt8 {
        get { address.load(as: UInt8.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt8.self) }
    }

    var isChained: Bool { flags & 1 != 0 }
    /// Bits 1 to 7: positions with an entry.
    var presence: Positions { Positions(bits: Int(flags) & Self.allPositions) }
    var count: Int { (flags & 0xfe).nonzeroBitCount }
    var isFull: Bool { freePositions == 0 }
    /// Neither entries nor a child.
    var isEmpty: Bool { flags == 0 }

    private var freePositions: Int {
        ~Int(flags) & (isChained ? Self.chainedPositions : Self.allPositions)
    }

    /// Lowest position without an entry; only if there is one.
    var lowestFree: Int { freePositions.trailingZeroBitCount }

    func slot(_ position: Int) -> UnsafeMutablePointer<Entry> {
        (address + position &* 8).assumingMemoryBound(to: Entry.self)
    }

    func entry(_ position: Int) -> Entry { slot(position).pointee }
    func tag(_ position: Int) -> UInt8 { address.load(fromByteOffset: position, as: UInt8.self) }

    func put(_ entry: Entry, _ tag: UInt8, _ position: Int) {
        slot(position).pointee = entry
        address.storeBytes(of: tag, toByteOffset: position, as: UInt8.self)
        flags |= 1 &<< UInt8(truncatingIfNeeded: position)
    }

    func take(_ position: Int) {
        flags &= ~(1 &<< UInt8(truncatingIfNeeded: position))
    }

    // MARK: Children

    /// Only for a chained bucket.
    var child: Bucket { Bucket(address: entry(Self.childPosition)) }

    var next: Bucket? { isChained ? child : nil }

    /// Turns word 7 into the link to `child`, an empty bucket that gets the entry displaced by it.
    func chain(_ child: Bucket) {
        let last = Self.childPosition
        child.put(entry(last), tag(last), 1)
        take(last)
        slot(last).pointee = child.address
        flags |= 1
    }

    /// Unlinks the child, whose only entry, if it has one, takes the link's place.
    func unchain() {
        let child = child
        flags &= ~1
        if let position = child.presence.first {
            put(child.entry(position), child.tag(position), Self.childPosition)
        }
    }

    func clear() { flags = 0 }

    // MARK: Match

    /// Positions whose tag is `tag`.
    @inline(__always)
    func candidates(_ tag: UInt8, _ match: GroupMatch) -> Positions {
        let equal: Int
        switch match {
        case .simd: equal = Int(hashmark_match8_sse2(address, tag))
        case .scalar: equal = Self.matchGeneric(address.load(as: UInt64.self), tag)
        }
        return Positions(bits: equal & Int(flags) & Self.allPositions)
    }

    /// Bit i where byte i of `group` equals `tag`, in a general register.
    static func matchGeneric(_ group: UInt64, _ tag: UInt8) -> Int {
        let low7: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let differing = group.littleEndian ^ UInt64(tag) &* 0x0101_0101_0101_0101
        // The top bit of each byte that is zero in `differing`; no carry leaves its byte.
        let zero = ~((differing & low7) &+ low7 | differing | low7)
        // Multiplying gathers the eight bits (now at bits 0, 8, 16 …) in the top byte.
        return Int(truncatingIfNeeded: (zero &>> 7 &* 0x0102_0408_1020_4080) &>> 56)
    }

    /// A set of positions as bits, iterated from the lowest: 1 to 7 in a bucket, 0 to 15 in a
    /// group.
    struct Positions: Sequence, IteratorProtocol {
        var bits: Int

        var first: Int? { bits == 0 ? nil : bits.trailingZeroBitCount }

        mutating func next() -> Int? {
            guard bits != 0 else { return nil }
            defer { bits &= bits &- 1 }
            return bits.trailingZeroBitCount
        }
    }
}

extension GroupMatch {
    /// Bit i of the result is set where byte i of `group` (in memory order) equals `tag`: the
    /// compare behind every look-up in a bucket, for the tests of one way against the other.
    public func positions(of tag: UInt8, in group: UInt64) -> Int {
        switch self {
        case .scalar: return Bucket.matchGeneric(group, tag)
        case .simd:
            return withUnsafeBytes(of: group) { Int(hashmark_match8_sse2($0.baseAddress, tag)) }
        }
    }
}
