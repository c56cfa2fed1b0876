// Seeded random numbers: the same seed gives the same run, on any machine.
//
// `SplitMix64` turns one number into many unrelated ones (seeds of rounds, workers, hash
// functions); `Xoshiro256PlusPlus` is what draws in bulk. Neither is cryptographic, and neither is
// meant to be.
//
// Credits: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014);
// Blackman and Vigna, "Scrambled linear pseudorandom number generators" (TOMS 2021),
// reference code at prng.di.unimi.it, in the public domain.

/// 64 bits of state, every state of which is a good one: for deriving seeds.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    @inlinable
    public init(seed: UInt64) { state = seed }

    /// - Complexity: O(1). - Allocations: none.
    @inlinable @inline(__always)
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15  // 2^64 / golden ratio, odd: visits every state
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

/// 256 bits of state, period 2^256 − 1, under 1 ns a number.
///
/// Marked `@inlinable` by hand: cross-module optimization leaves a function alone whose body reads
/// private storage, and the call is as long as the draw.
public struct Xoshiro256PlusPlus: RandomNumberGenerator, Sendable {
    @usableFromInline var s0, s1, s2, s3: UInt64

    /// Fills the state from `seed` through SplitMix64, as the authors recommend; any seed is fine.
    public init(seed: UInt64) {
        var seeds = SplitMix64(seed: seed)
        (s0, s1, s2, s3) = (seeds.next(), seeds.next(), seeds.next(), seeds.next())
    }

    /// The state itself, at least one word of it not 0.
    public init(state: (UInt64, UInt64, UInt64, UInt64)) {
        precondition(state != (0, 0, 0, 0), "an all-zero state yields only zeros")
        (s0, s1, s2, s3) = state
    }

    /// - Complexity: O(1). - Allocations: none.
    @inlinable @inline(__always)
    public mutating func next() -> UInt64 {
        func rotated(_ x: UInt64, _ by: UInt64) -> UInt64 { x << by | x >> (64 &- by) }
        let result = rotated(s0 &+ s3, 23) &+ s0
        let t = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = rotated(s3, 45)
        return result
    }

    /// A number in [0, 1) with 53 random bits.
    @inlinable @inline(__always)
    public mutating func nextUnit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }
}
