// Zero-padded decimal numbers of a fixed width, written in place: what a key differs by.
//
// Eight digits at a time in one 64-bit word: the number is split into halves of four, two and one
// digit, side by side in the word, by multiplying with reciprocals that are exact in their range.
// About 2 ns for the twelve digits of a benchmark key; how long it takes depends on the width
// alone, while a loop over the digits there are mispredicts its end.
//
// Credits: the method is Paul Khuong's (pvk.ca, "How to print integers really fast", 2017).

public enum FixedDigits {
    @inlinable static var eightDigits: UInt64 { 100_000_000 }

    /// The eight digits of `value` < 10^8 as ASCII, first digit in the lowest byte.
    @inlinable @inline(__always)
    static func eight(_ value: UInt64) -> UInt64 {
        let high = value / 10_000
        let fours = high | (value &- high &* 10_000) &<< 32
        // 10486 / 2^20 is 1/100 for values below 10^4, 103 / 2^10 is 1/10 below 100.
        let hundreds = ((fours &* 10_486) &>> 20) & 0x7f_0000_007f
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = ((twos &* 103) &>> 10) & 0x000f_000f_000f_000f
        return (tens | (twos &- tens &* 10) &<< 8) | 0x3030_3030_3030_3030
    }

    /// Writes the lowest twelve digits of `value`.
    @inlinable @inline(__always)
    public static func writeTwelve(_ value: UInt64, to target: UnsafeMutablePointer<UInt8>) {
        let raw = UnsafeMutableRawPointer(target)
        let value = value % 1_000_000_000_000
        let upper = value / eightDigits
        let four = UInt32(truncatingIfNeeded: eight(upper) &>> 32)
        raw.storeBytes(of: four.littleEndian, as: UInt32.self)
        raw.storeBytes(
            of: eight(value &- upper &* eightDigits).littleEndian, toByteOffset: 4,
            as: UInt64.self)
    }

    /// Writes the lowest `width` digits of `value`.
    @inlinable @inline(__always)
    public static func write(
        _ value: UInt64, width: Int, to target: UnsafeMutablePointer<UInt8>
    ) {
        var rest = value
        var end = width
        while end >= 8 {
            let (quotient, part) = rest.quotientAndRemainder(dividingBy: eightDigits)
            UnsafeMutableRawPointer(target + (end &- 8)).storeBytes(
                of: eight(part).littleEndian, as: UInt64.self)
            rest = quotient
            end &-= 8
        }
        guard end > 0 else { return }
        // The upper digits of eight, those that are left.
        var digits = eight(rest % eightDigits) &>> UInt64(truncatingIfNeeded: (8 &- end) &* 8)
        for index in 0..<end {
            target[index] = UInt8(truncatingIfNeeded: digits)
            digits &>>= 8
        }
    }
}
