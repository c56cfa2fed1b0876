// A seeded permutation of 0 ..< n: which key has which popularity rank.
//
// Without it the popular keys would be neighbours in key order, and with it the inverse is as cheap
// as the permutation, so that a key's rank (and with it its size) follows from the key alone.
//
// On w = ⌈log₂ n⌉ bits every step is invertible: xor with the seed, xor with the own upper half
// (a shift of at least w/2 undoes itself), multiplication by an odd number modulo 2^w. Values that
// land at n or above are put through again until they land below it (cycle walking), which keeps
// the map a bijection of 0 ..< n; as 2^w < 2n, that is fewer than two rounds on average.
// Hashing modulo n would be no permutation: a third of the keys would never be drawn.
//
// Credits: the multipliers of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014; Stafford's variant
// 13); cycle walking: Black and Rogaway, "Ciphers with arbitrary finite domains" (CT-RSA 2002).

public struct KeyScramble: Sendable {
    public let count: UInt64
    @usableFromInline let seed: UInt64
    @usableFromInline let mask: UInt64
    @usableFromInline let shift: UInt64
    /// Leaves everything in place: for popularities that go by id.
    @usableFromInline let isIdentity: Bool

    static let multipliers: (UInt64, UInt64) = (0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb)
    /// Inverses of the multipliers modulo 2^64, and so modulo any smaller power of two.
    static let inverses = (inverse(of: multipliers.0), inverse(of: multipliers.1))

    /// - Parameters:
    ///   - count: 1 … 2^63.
    ///   - isIdentity: ranks are keys.
    public init(count: UInt64, seed: UInt64, isIdentity: Bool = false) {
        precondition(count >= 1 && count <= 1 << 63)
        self.count = count
        self.isIdentity = isIdentity
        let width = max(1, 64 - (count - 1).leadingZeroBitCount)
        mask = UInt64.max >> UInt64(64 - width)
        shift = UInt64(width + 1) / 2
        self.seed = seed & mask
    }

    /// The key of a rank.
    /// - Complexity: O(1), fewer than two rounds on average. - Allocations: none.
    @inlinable @inline(__always)
    public func key(ofRank rank: UInt64) -> UInt64 {
        var x = rank
        repeat { x = round(x) } while x >= count
        return x
    }

    /// One round: the key, once that is below `count`.
    @inlinable @inline(__always)
    public func round(_ rank: UInt64) -> UInt64 {
        if isIdentity { return rank }
        var x = rank ^ seed
        x ^= x &>> shift
        x = x &* 0xbf58_476d_1ce4_e5b9 & mask
        x ^= x &>> shift
        x = x &* 0x94d0_49bb_1331_11eb & mask
        x ^= x &>> shift
        return x
    }

    /// The rank of a key: the inverse of `key(ofRank:)`.
    public func rank(ofKey key: UInt64) -> UInt64 {
        if isIdentity { return key }
        var x = key
        repeat {
            x ^= x &>> shift
            x = x &* Self.inverses.1 & mask
            x ^= x &>> shift
            x = x &* Self.inverses.0 & mask
            x ^= x &>> shift
            x ^= seed
        } while x >= count
        return x
    }

    /// Newton's iteration doubles the correct low bits; an odd number inverts itself modulo 8, so
    /// five rounds from its three bits give 96.
    private static func inverse(of odd: UInt64) -> UInt64 {
        var x = odd
        for _ in 0..<5 { x = x &* (2 &- odd &* x) }
        return x
    }
}
