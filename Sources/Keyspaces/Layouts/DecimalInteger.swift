// Values that are integers: what the real servers keep in a pointer-sized field.
//
// Only canonical decimals count ("7", "-12"; not "007", "+7", "-0" or ""), because GET must return
// the very bytes that were set.

enum DecimalInteger {
    /// Characters of Int64.min; the servers try no longer strings.
    static let lengthMax = 20

    /// The number that `bytes` spell canonically, or nil. - Allocations: none.
    static func parse(_ bytes: Bytes) -> Int64? {
        let count = bytes.count
        guard count > 0, count <= lengthMax, let base = bytes.baseAddress else { return nil }
        func digit(_ i: Int) -> UInt64 {
            UInt64(base.load(fromByteOffset: i, as: UInt8.self)) &- 0x30
        }
        let negative = base.load(as: UInt8.self) == UInt8(ascii: "-")
        var i = negative ? 1 : 0
        guard i < count, digit(i) < 10 else { return nil }
        if digit(i) == 0 { return count == 1 ? 0 : nil }
        var magnitude: UInt64 = 0
        while i < count {
            let next = digit(i)
            guard next < 10 else { return nil }
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(next)
            guard !overflow, !carry else { return nil }
            magnitude = sum
            i &+= 1
        }
        if negative {
            guard magnitude <= 1 << 63 else { return nil }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        return Int64(exactly: magnitude)
    }
}
