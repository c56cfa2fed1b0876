// Numbers as people see them.
import Foundation
import Quantities
import Testing

@Suite struct NumberTextTests {
    @Test func wholeNumbersHaveNoPoint() {
        for (value, text) in [
            (0, "0"), (-3, "-3"), (0.5, "0.5"), (99.9, "99.9"), (1e9, "1000000000"),
            (0x1p53, "9007199254740992"), (1e300, "1e+300"), (.nan, "nan"), (-.infinity, "-inf"),
        ] as [(Double, String)] {
            #expect(value.plainText == text)
        }
    }

    /// As printf(3) has them, which earlier reports were written with.
    @Test func decimalsAreThoseOfPrintf() {
        for value in [0, -0.04, 0.05, 0.125, 2.5, 1_234.5678, -1e-9, 1e15] as [Double] {
            for decimals in 0...4 {
                #expect(value.fixed(decimals) == String(format: "%.\(decimals)f", value))
            }
        }
        #expect(1e300.fixed(0).count == 301)
        #expect(12.345.fixed(1, width: 6) == "  12.3" && 12.345.fixed(0, width: 1) == "12")
    }

    @Test func countsAreShortened() {
        for (value, text) in [
            (0, "0"), (949.6, "950"), (1e3, "1 k"), (119_600, "120 k"), (1e6, "1.00 M"),
            (1_254_000, "1.25 M"), (3e9, "3000.00 M"),
        ] as [(Double, String)] {
            #expect(value.shortText == text)
        }
    }

    @Test func sharesAreInPerCent() {
        #expect(0.0314.percentText == "3.1 %" && 1.0.percentText == "100.0 %")
        #expect(0.005.wholePercent == 1 && (-0.126).wholePercent == -13)
    }
}
