// Zero-padded decimal numbers of a fixed width, written in place: what a key differs by.
//
// Eight digits at a time in one 64-bit word: the number is split into halves of four, two and one
// digit, side by side in the word, by multiplying with reciprocals that are exact in their range.
// About 2 ns for the twelve digits of a benchmark key.
//
// Credits: the method is Paul Khuong's (pvk.ca, "How to print integers really fast", 2017).

enum FixedDigits {
    /// The eight digits of `value` < 10^8 as ASCII, first digit in the lowest byte.
    @inline(__always)
    private static func eight(_ value: UInt64) -> UInt64 {
        let fours = value / 10_000 | (value % 10_000) &<< 32
        // 10486 / 2^20 is 1/100 for values below 10^4, 103 / 2^10 is 1/10 below 100.
        let hundreds = ((fours &* 10_486) &>> 20) & 0x7f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = ((twos &* 103) &>> 10) & 0x000f_000f_000f_000f
        return (tens | (twos &- tens &* 10) &<< 8) | 0x3030_3030_3030_3030
    }

    /// Writes the lowest twelve digits of `value`.
    @inline(__always)
    static func writeTwelve(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(target)
        let value = value % 1_000_000_000_000
        let upper = value / 100_000_000
        let four = UInt32(truncatingIfNeeded: eight(upper) &>> 32)
        raw.storeBytes(of: four.littleEndian, as: UInt32.self)
        raw.storeBytes(
            of: eight(value &- upper &* 100_000_000).littleEndian, toByteOffset: 4,
            as: UInt64.self)
    }

    /// Writes the lowest `width` digits of `value`.
    static func write(_ value: UInt64, width: Int, to target: UnsafeMutablePointer<UInt8>) {
        var rest = value
        var index = width
        while index > 0 {
            index &-= 1
            target[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
