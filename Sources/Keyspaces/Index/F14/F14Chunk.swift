// One chunk of an F14 table: two cache lines with fourteen entries, their tags and two counters.
//
//     byte  0           13   14        15        16          24              120
//          [t][t] … [t][t] [h h h h ·] [outbound] [entry 0]   [entry 1]  …   [entry 13]
//
//     t          tag of the entry: the top bit and seven bits of its hash; 0: no entry
//     h          how many entries are here and belong to another chunk (upper four bits)
//     outbound   how many entries came by here, found it full and are further on; once it is 255,
//                it stays
//
// The outbound count stands for tombstones: a look-up goes on behind a chunk only while there is
// something to find, and what is erased is counted back.
//
// Credits: folly's F14 (Nathan Bronson and Xiao Shi).

struct F14Chunk {
    /// Two cache lines.
    static let size = 128
    static let entries = 14
    /// Bytes before the first entry.
    static let header = TagGroup.width
    /// Entries per chunk that a table of several is filled to (F14Table.h, kDesiredCapacity).
    static let desired = 12
    /// An outbound count that has got so far is not counted back.
    static let outboundMax: UInt8 = 255

    private static let allPositions = 1 << entries - 1
    private static let hostedByte = 14
    private static let outboundByte = 15

    let address: UnsafeMutableRawPointer

    func tag(_ position: Int) -> UInt8 { address.load(fromByteOffset: position, as: UInt8.self) }

    @inline(__always)
    func slot(_ position: Int) -> UnsafeMutablePointer<UnsafeMutableRawPointer> {
        (address + Self.header + position &* 8)
            .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    }

    func object(_ position: Int) -> KeyedObject { KeyedObject(address: slot(position).pointee) }

    /// Positions with an entry.
    @inline(__always)
    func occupied(_ match: GroupMatch) -> Bucket.Positions {
        Bucket.Positions(bits: TagGroup(address: address).signs(match).bits & Self.allPositions)
    }

    /// Positions whose tag is `tag`.
    @inline(__always)
    func candidates(_ tag: UInt8, _ match: GroupMatch) -> Bucket.Positions {
        let equal = TagGroup(address: address).equal(to: tag, match).bits
        return Bucket.Positions(bits: equal & Self.allPositions)
    }

    /// The lowest position without an entry; nil in a full chunk.
    @inline(__always)
    func lowestFree(_ match: GroupMatch) -> Int? {
        Bucket.Positions(bits: ~occupied(match).bits & Self.allPositions).first
    }

    func put(_ object: KeyedObject, _ tag: UInt8, _ position: Int) {
        slot(position).pointee = object.address
        address.storeBytes(of: tag, toByteOffset: position, as: UInt8.self)
    }

    func take(_ position: Int) {
        address.storeBytes(of: 0, toByteOffset: position, as: UInt8.self)
    }

    // MARK: Counters

    /// Entries here that belong elsewhere: fourteen at most, and there are four bits for it.
    @inline(__always)
    var hosted: Int {
        Int(address.load(fromByteOffset: Self.hostedByte, as: UInt8.self) &>> 4)
    }

    func countHosted(_ change: Int) {
        let byte = UInt8(truncatingIfNeeded: (hosted &+ change) &<< 4)
        address.storeBytes(of: byte, toByteOffset: Self.hostedByte, as: UInt8.self)
    }

    @inline(__always)
    var outbound: UInt8 { address.load(fromByteOffset: Self.outboundByte, as: UInt8.self) }

    func countOutbound() {
        if outbound < Self.outboundMax { storeOutbound(outbound &+ 1) }
    }

    func uncountOutbound() {
        if outbound < Self.outboundMax { storeOutbound(outbound &- 1) }
    }

    private func storeOutbound(_ count: UInt8) {
        address.storeBytes(of: count, toByteOffset: Self.outboundByte, as: UInt8.self)
    }
}
