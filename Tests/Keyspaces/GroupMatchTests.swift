// Tags of a group compared eight or sixteen at a time: both ways find what a plain loop finds.
import Keyspaces
import Testing

@Suite struct GroupMatchTests {
    static func expected(_ tag: UInt8, _ group: UInt64) -> Int {
        (0..<8).reduce(0) { found, i in
            UInt8(truncatingIfNeeded: group >> UInt64(8 * i)) == tag ? found | 1 << i : found
        }
    }

    /// Every pair of neighbouring bytes (a carry can only leave for the next byte) and every tag,
    /// at every place.
    @Test func bothWaysFindExactlyTheEqualBytes() {
        var wrong = 0
        for tag in 0...255 {
            for pair in 0..<65536 {
                let place = UInt64(pair % 7 * 8)
                let group = UInt64(pair) << place | ~(0xffff << place) & 0x80_01_7f_fe_80_01_7f_fe
                let one = GroupMatch.scalar.positions(of: UInt8(tag), in: group)
                let other = GroupMatch.simd.positions(of: UInt8(tag), in: group)
                if one != other { wrong += 1 }
                if pair % 61 == 0, one != Self.expected(UInt8(tag), group) { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test func randomGroups() {
        var random = Random(seed: 5)
        for _ in 0..<100_000 {
            let group = random.next() & random.next() & 0x0303_0303_0303_0303
            let tag = UInt8(random.below(4))
            let expected = Self.expected(tag, group)
            #expect(GroupMatch.scalar.positions(of: tag, in: group) == expected)
            #expect(GroupMatch.simd.positions(of: tag, in: group) == expected)
        }
    }

    @Test func sixteenBytesAreTwiceEight() {
        var random = Random(seed: 6)
        let tops: UInt64 = 0x8080_8080_8080_8080
        for _ in 0..<20_000 {
            // Few values, among them what a Swiss table writes for empty, deleted and the end.
            let group = (random.next() & 0x83_83_83_83_83_83_83_83, random.next() & ~(tops >> 7))
            let tag = UInt8([0, 1, 2, 3, 0x80, 0x82, 0xfe, 0xff][random.below(8)])
            let expected = Self.expected(tag, group.0) | Self.expected(tag, group.1) << 8
            let signs =
                Self.expected(0x80, group.0 & tops) | Self.expected(0x80, group.1 & tops) << 8
            for match in GroupMatch.allCases {
                #expect(match.positions(of: tag, in: group) == expected)
                #expect(match.signs(in: group) == signs)
            }
        }
    }
}
