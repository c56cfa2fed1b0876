// Decimal integers of the protocol: read strictly, as real servers read them, and written straight
// into a buffer, without a String in between.

public enum Decimal {
    /// The longest spelling: "-9223372036854775808".
    public static let maxLength = 20

    /// The integer that `count` bytes spell canonically, or nil: `-` is the only sign, there are no
    /// blanks, no leading zeros, no "-0", and it fits 64 bits.
    @inline(__always)
    public static func parse(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64? {
        // One and two digits are most of what comes: lengths, databases, flags.
        if count == 1 {
            let digit = bytes.load(as: UInt8.self) &- 0x30
            return digit <= 9 ? Int64(digit) : nil
        }
        return parseLong(bytes, count)
    }

    /// The same of a buffer, which may be empty. - Allocations: none.
    @inline(__always)
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard let base = bytes.baseAddress else { return nil }
        return parse(base, bytes.count)
    }

    static func parseLong(_ bytes: UnsafeRawPointer, _ count: Int) -> Int64? {
        guard count > 0, count <= maxLength else { return nil }
        let isNegative = bytes.load(as: UInt8.self) == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        guard index < count else { return nil }
        let first = bytes.load(fromByteOffset: index, as: UInt8.self) &- 0x30
        // A leading zero is only ever "0" alone.
        guard first >= 1, first <= 9 else { return first == 0 && count == 1 ? 0 : nil }
        var magnitude = UInt64(first)
        index &+= 1
        while index < count {
            let digit = bytes.load(fromByteOffset: index, as: UInt8.self) &- 0x30
            guard digit <= 9 else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return nil }
            magnitude = sum
            index &+= 1
        }
        if isNegative {
            guard magnitude <= UInt64(1) << 63 else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        return magnitude <= UInt64(Int64.max) ? Int64(magnitude) : nil
    }

    /// Digits that `value` has.
    @inline(__always)
    public static func length(_ value: UInt64) -> Int {
        if value < 10 { return 1 }
        if value < 100 { return 2 }
        if value < 1_000 { return 3 }
        var length = 4
        var rest = value / 10_000
        while rest > 0 {
            length &+= 1
            rest /= 10
        }
        return length
    }

    /// Writes `value` at `target`, which has room for `maxLength` bytes.
    /// - Returns: bytes written.
    @inline(__always)
    public static func write(_ value: UInt64, to target: UnsafeMutableRawPointer) -> Int {
        let count = length(value)
        var rest = value
        var index = count
        repeat {
            index &-= 1
            let quotient = rest / 10
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: rest &- quotient &* 10) | 0x30,
                toByteOffset: index, as: UInt8.self)
            rest = quotient
        } while index > 0
        return count
    }

    /// Writes a signed `value`; as `write` of an unsigned one.
    @inline(__always)
    public static func write(_ value: Int64, to target: UnsafeMutableRawPointer) -> Int {
        if value >= 0 { return write(UInt64(value), to: target) }
        target.storeBytes(of: UInt8(ascii: "-"), as: UInt8.self)
        return write(value.magnitude, to: target + 1) &+ 1
    }
}
