// Sixteen bytes that are compared at once: the group of a Swiss table, or the head of an F14 chunk.
//
//     byte     0  1  2  …  15
//             [t][t][t] … [t]      bit i of an answer is about byte i
//
// The two ways to compare are those of a bucket's tags; `scalar` works in two general registers.
//
// Non-goals: AVX. A group of 32 would be two cache lines every other time.
//
// Credits: the compare and its use are Abseil's (Matt Kulukundis and contributors).
import CIntrinsics

struct TagGroup {
    static let width = 16

    /// Of the first byte; anywhere.
    let address: UnsafeRawPointer

    private var low: UInt64 { address.loadUnaligned(as: UInt64.self) }
    private var high: UInt64 { address.loadUnaligned(fromByteOffset: 8, as: UInt64.self) }

    /// Bytes that are `tag`.
    @inline(__always)
    func equal(to tag: UInt8, _ match: GroupMatch) -> Bucket.Positions {
        switch match {
        case .simd: return Bucket.Positions(bits: Int(hashmark_match16_sse2(address, tag)))
        case .scalar:
            let last = Bucket.matchGeneric(high, tag) &<< 8
            return Bucket.Positions(bits: Bucket.matchGeneric(low, tag) | last)
        }
    }

    /// Bytes whose top bit is set.
    @inline(__always)
    func signs(_ match: GroupMatch) -> Bucket.Positions {
        switch match {
        case .simd: return Bucket.Positions(bits: Int(hashmark_signs16_sse2(address)))
        case .scalar:
            let tops: UInt64 = 0x8080_8080_8080_8080
            let last = Bucket.matchGeneric(high & tops, 0x80) &<< 8
            return Bucket.Positions(bits: Bucket.matchGeneric(low & tops, 0x80) | last)
        }
    }
}

extension GroupMatch {
    /// Bit i of the result is set where byte i of `group` (in memory order, the first word first)
    /// equals `tag`: the compare behind every look-up in a group of sixteen, for the tests of one
    /// way against the other.
    public func positions(of tag: UInt8, in group: (UInt64, UInt64)) -> Int {
        withUnsafeBytes(of: group) {
            TagGroup(address: $0.baseAddress.unsafelyUnwrapped).equal(to: tag, self).bits
        }
    }

    /// Bit i of the result is set where the top bit of byte i of `group` is.
    public func signs(in group: (UInt64, UInt64)) -> Int {
        withUnsafeBytes(of: group) {
            TagGroup(address: $0.baseAddress.unsafelyUnwrapped).signs(self).bits
        }
    }
}
