// Integers of any width at any bit of a value, as BITFIELD has them: the highest bit first.
import Keyspaces

/// Where an integer lies, and how it is read.
struct BitField {
    /// What becomes of a result that the field does not hold.
    enum Overflow {
        case wrap, saturate, fail
    }

    let isSigned: Bool
    /// 1 to 64, unsigned at most 63.
    let width: Int
    let offset: Int

    /// The bytes that a value must have to hold it.
    var bytesNeeded: Int { (offset + width + 7) >> 3 }

    /// What a type such as `u8` or `i64` says; nil for anything else.
    static func parseType(_ word: [UInt8]) -> (isSigned: Bool, width: Int)? {
        let digits = String(decoding: word.dropFirst(), as: UTF8.self)
        guard let first = word.first, let width = Int(digits), word[1] != UInt8(ascii: "+"),
            word[1] != UInt8(ascii: "0")
        else { return nil }
        switch first {
        case UInt8(ascii: "i") where (1...64).contains(width): return (true, width)
        case UInt8(ascii: "u") where (1...63).contains(width): return (false, width)
        default: return nil
        }
    }

    /// The integer in `bytes`, behind whose end there are zeros.
    func read(_ bytes: Bytes) -> Int64 {
        var value: UInt64 = 0
        for bit in offset..<(offset + width) {
            let byte = bit >> 3
            let isSet = byte < bytes.count && bytes[byte] >> UInt8(7 - bit & 7) & 1 == 1
            value = value << 1 | (isSet ? 1 : 0)
        }
        return extended(value)
    }

    /// - Parameter bytes: as many as are needed, or more.
    func write(_ value: Int64, to bytes: UnsafeMutableRawBufferPointer) {
        var rest = UInt64(bitPattern: value)
        for bit in (offset..<(offset + width)).reversed() {
            let mask = UInt8(1) << UInt8(7 - bit & 7)
            let old = bytes[bit >> 3]
            bytes[bit >> 3] = rest & 1 == 1 ? old | mask : old & ~mask
            rest >>= 1
        }
    }

    /// The lowest `width` bits, with their sign.
    private func extended(_ value: UInt64) -> Int64 {
        let shift = UInt64(64 - width)
        return isSigned
            ? Int64(bitPattern: value << shift) >> Int64(shift)
            : Int64(bitPattern: (value << shift) >> shift)
    }

    private var largest: Int64 {
        if isSigned { return width == 64 ? .max : 1 << Int64(width - 1) - 1 }
        return width == 63 ? .max : 1 << Int64(width) - 1
    }

    private var smallest: Int64 { isSigned ? -largest - 1 : 0 }

    /// `old` and `step` added as the field holds them; nil when they do not fit and that fails.
    func sum(_ old: Int64, _ step: Int64, _ overflow: Overflow) -> Int64? {
        let (sum, isTooLong) = old.addingReportingOverflow(step)
        if !isTooLong && (smallest...largest).contains(sum) { return sum }
        switch overflow {
        case .wrap: return extended(UInt64(bitPattern: sum))
        case .saturate: return step > 0 ? largest : smallest
        case .fail: return nil
        }
    }

    /// `value` as the field holds it; nil when it does not fit and that fails.
    func fitted(_ value: Int64, _ overflow: Overflow) -> Int64? {
        if (smallest...largest).contains(value) { return value }
        switch overflow {
        case .wrap: return extended(UInt64(bitPattern: value))
        // What is negative is a large number to an unsigned field.
        case .saturate: return value > largest || !isSigned ? largest : smallest
        case .fail: return nil
        }
    }
}
