// Where a walk through a dashtable stands: in which part of the hashes, and at which home.
//
//     [depth 6][prefix 32][home 6]     44 bits; 0: the beginning, and the end
//
// A part is all hashes that begin with the first `depth` bits of `prefix`: a segment, as it was
// when the walk entered it. What of it comes before `home` was visited, and all parts before it.
//
//   - If it has split since, the walk goes on in the lower half, and the upper half comes after it.
//   - If it was merged, the part stays what it was, and the walk visits more than it: the homes of
//     the whole segment, once for either half.
//
// So an entry that stays is met: its home never changes, and neither does its hash.

struct DashCursor {
    private static let homeBits: UInt64 = 6
    private static let homeMask: UInt64 = 0x3f
    private static let prefixBits = UInt64(DashTable.depthMax)
    private static let prefixMask: UInt64 = 0xffff_ffff
    private static let depthMask: UInt64 = 0x3f

    private var depth: UInt64
    private var prefix: UInt64
    let home: Int

    init(_ word: UInt64) {
        home = Int(truncatingIfNeeded: word & Self.homeMask)
        prefix = (word >> Self.homeBits) & Self.prefixMask
        let depth = (word >> (Self.homeBits + Self.prefixBits)) & Self.depthMask
        self.depth = min(depth, Self.prefixBits)
    }

    init(_ segment: DashSegment, home: Int) {
        depth = UInt64(segment.depth)
        prefix = Self.prefix(segment)
        self.home = home
    }

    private static func prefix(_ segment: DashSegment) -> UInt64 {
        segment.prefix >> (64 - prefixBits)
    }

    /// A hash of the part.
    var hash: UInt64 { prefix << (64 - Self.prefixBits) }

    private var width: UInt64 { 1 << (Self.prefixBits - depth) }

    /// Takes the part for what it is now: the segment, or the part of it that it was before.
    mutating func enter(_ segment: DashSegment) {
        let isFresh = home == 0 && prefix == Self.prefix(segment)
        depth = isFresh ? UInt64(segment.depth) : max(depth, UInt64(segment.depth))
        prefix &= ~(width - 1)
    }

    var word: UInt64 { Self.word(depth, prefix, home) }

    private static func word(_ depth: UInt64, _ prefix: UInt64, _ home: Int) -> UInt64 {
        let position = prefix << homeBits | UInt64(home)
        return depth << (homeBits + prefixBits) | position
    }

    /// After the home, or after the part.
    var next: UInt64 {
        if home + 1 < DashSegment.regular { return Self.word(depth, prefix, home + 1) }
        let after = prefix + width
        return after >> Self.prefixBits != 0 ? 0 : Self.word(depth, after, 0)
    }
}
