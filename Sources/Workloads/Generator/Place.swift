// Where a key's sizes and time to live stand in their distributions.

/// Places in [0, 1)³, as 64-bit fractions, for ranks 0, 1, 2 …: what a key's key size, value size
/// and time to live are read off at.
///
/// Multiples of three irrational numbers rather than hashes: any run of ranks, the few popular keys
/// that carry most requests included, covers the unit cube evenly. With hashes the twenty hottest
/// keys would decide the mean fetched size (its standard error is about 6 % where the top 1 % of
/// 200,000 keys take 77 % of the requests); so it is within a percent, and two files with the same
/// distributions have the same sizes.
///
/// The numbers are 1/g, 1/g², 1/g³ for g⁴ = g + 1, as 64-bit fractions: Roberts's R₃ sequence,
/// a generalised golden ratio ("The unreasonable effectiveness of quasirandom sequences", 2018).
enum Place {
    @inline(__always)
    static func keySize(_ rank: UInt64, _ shift: UInt64) -> UInt64 {
        rank &* 0xd1b5_4a32_d192_ed03 &+ shift
    }

    @inline(__always)
    static func valueSize(_ rank: UInt64, _ shift: UInt64) -> UInt64 {
        rank &* 0xabc9_8388_fb8f_ac03 &+ shift
    }

    @inline(__always)
    static func timeToLive(_ rank: UInt64, _ shift: UInt64) -> UInt64 {
        rank &* 0x8cb9_2ba7_2f3d_8dd7 &+ shift
    }
}
