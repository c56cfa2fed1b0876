// Sums, products and whole numbers that stop at the ends of their types.
import Quantities
import Testing

@Suite struct SaturationTests {
    @Test func wholeNumbersStopAtTheEnds() {
        for (value, whole) in [
            (0, 0), (2.9, 2), (-2.9, -2), (0x1p53, 1 << 53), (0x1p63, .max), (-0x1p63, .min),
            (1e300, .max), (-1e300, .min), (.infinity, .max), (-.infinity, .min), (.nan, 0),
        ] as [(Double, Int)] {
            #expect(Int(saturating: value) == whole, "\(value)")
        }
        #expect(UInt64(saturating: -1) == 0 && UInt64(saturating: 0x1p64) == .max)
        #expect(UInt64(saturating: 0x1p63) == 1 << 63 && UInt8(saturating: 255.9) == 255)
    }

    @Test func sumsAndProductsStopAtTheEnds() {
        #expect(2.saturatingSum(3) == 5 && 2.saturatingProduct(-3) == -6)
        #expect(Int.max.saturatingSum(1) == .max && Int.min.saturatingSum(-1) == .min)
        #expect(UInt64.max.saturatingSum(1) == .max && UInt64.max.saturatingProduct(2) == .max)
        #expect(Int.max.saturatingProduct(-2) == .min && Int.min.saturatingProduct(-1) == .max)
        #expect(Int.min.saturatingProduct(2) == .min && 0.saturatingProduct(Int.max) == 0)
    }
}
