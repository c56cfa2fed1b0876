// Tags of a group compared eight at a time: both ways find what a plain loop finds.
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
                let other = GroupMatch.sse2.positions(of: UInt8(tag), in: group)
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
            #expect(GroupMatch.sse2.positions(of: tag, in: group) == expected)
        }
    }
}
