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

    @Test func significantDigitsAreThoseOfPrintf() {
        for value in [0, -0.04, 0.125, 2.5, 1_234.5678, -1e-9, 1e15] as [Double] {
            for digits in 1...7 {
                #expect(value.significant(digits) == String(format: "%.\(digits)g", value))
            }
        }
        #expect((-Double.nan).fixed(1) == "nan" && (-Double.nan).significant(3) == "nan")
    }

    @Test func largeNumbersAreGrouped() {
        for (value, decimals, text) in [
            (0, 0, "0"), (999.6, 0, "1,000"), (1_234_567, 0, "1,234,567"), (-12.34, 1, "−12.3"),
            (-0.001, 2, "0.00"), (1_000.5, 1, "1,000.5"),
        ] as [(Double, Int, String)] {
            #expect(value.grouped(decimals) == text)
        }
    }

    @Test func roundCountsAreAWord() {
        for (count, text) in [
            (0, "0"), (9_000, "9,000"), (100_000, "100k"), (123_456, "123,456"), (1e6, "1M"),
            (1.25e6, "1.25M"), (1_048_576, "1,048,576"), (2e9, "2G"),
        ] as [(Double, String)] {
            #expect(Count.text(count) == text)
        }
    }

    @Test func sharesAreInPerCent() {
        #expect(0.0314.percent() == "3.1 %" && 1.0.percent() == "100.0 %")
        #expect(0.376.percent(0) == "38 %" && (-0.126).percent(2) == "-12.60 %")
        #expect(0.5.percent(1, width: 6) == "  50.0 %")
        #expect(0.9.shortPercent() == "90 %" && 0.8142.shortPercent() == "81.4 %")
        #expect(0.00045.shortPercent(3) == "0.045 %" && 1.0.shortPercent(0) == "100 %")
        #expect(0.07.percentOption == "7%" && 0.125.percentOption == "12.5%")
        #expect(Double.infinity.percentOption == "inf%")
        #expect(0.0123.shareText == "1.2 %" && 0.4.shareText == "40 %")
        #expect(0.0025.pointsText == "0.25 points")
    }

    @Test func changesHaveASign() {
        for (share, text) in [
            (0.0534, "+5.3 %"), (-0.12, "−12.0 %"), (0, "0.0 %"), (-0.0001, "0.0 %"),
            (1.5234, "+152 %"), (-0.9999, "−100 %"), (12.345, "+1,234 %"),
        ] as [(Double, String)] {
            #expect(share.changeText == text)
        }
    }

    @Test func sizesAreInTheUnitThatFits() {
        for (bytes, text) in [
            (0, "0 B"), (512, "512 B"), (1_023, "1023 B"), (1_536, "1.50 KiB"),
            (65_536, "64 KiB"),
            (67_108_864, "64 MiB"), (12_900_000, "12.3 MiB"), (1_073_741_824, "1 GiB"),
            (8_000_000_000, "7.45 GiB"), (5_000_000_000_000, "4657 GiB"),
        ] as [(Int, String)] {
            #expect(ByteCount.text(bytes) == text)
        }
        #expect(ByteCount.text(1e15) == "931323 GiB")
    }
}
