// Contrast of the pages' colours, by the formula of the Web Content Accessibility Guidelines 2.2.
import Foundation
import Reporting
import Testing

@Suite struct PaletteTests {
    /// Relative luminance of `#rrggbb`.
    private func luminance(_ colour: String) throws -> Double {
        let value = try #require(Int(colour.dropFirst(), radix: 16), "\(colour)")
        let channels = [16, 8, 0].map { Double(value >> $0 & 0xff) / 255 }
        let linear = channels.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    private func contrast(_ one: String, _ other: String) throws -> Double {
        let both = [try luminance(one), try luminance(other)].sorted()
        return (both[1] + 0.05) / (both[0] + 0.05)
    }

    @Test func theFormula() throws {
        let most = try contrast("#ffffff", "#000000")
        let grey = try contrast("#767676", "#ffffff")
        #expect(abs(most - 21) < 1e-9 && abs(grey - 4.54) < 0.01)
    }

    /// Level AA: 4.5 for text, 3 for what is drawn.
    @Test(arguments: ["light", "dark"]) func everythingStandsOut(name: String) throws {
        let palette = name == "light" ? Palette.light : .dark
        #expect(palette.texts.count == 6 && palette.grounds.count == 3)
        for text in palette.texts {
            for ground in palette.grounds {
                let ratio = try contrast(text.colour, ground.colour)
                #expect(ratio >= 4.5, "\(name): \(text.name) on \(ground.name)")
            }
        }
        let page = try #require(palette.grounds.first { $0.name == "page" })
        for colour in palette.series {
            #expect(try contrast(colour, page.colour) >= 3, "\(name): \(colour)")
        }
        #expect(Set(palette.series).count == palette.series.count)
    }

    /// Names stand on a colour that is thinned with the page: a box of a flame graph.
    @Test(arguments: ["light", "dark"]) func namesStandOutOnTints(name: String) throws {
        let palette = name == "light" ? Palette.light : .dark
        let text = try #require(palette.texts.first { $0.name == "text" }).colour
        let page = try #require(palette.grounds.first { $0.name == "page" }).colour
        for colour in palette.series {
            for tint in Palette.tints {
                let ratio = try contrast(text, mixed(colour, page, tint))
                #expect(ratio >= 4.5, "\(name): text on \(tint) of \(colour)")
            }
        }
        #expect(Palette.tints == Palette.tints.sorted() && Palette.tints.count == 3)
    }

    /// As much of `colour` as `share` says, over `ground`.
    private func mixed(_ colour: String, _ ground: String, _ share: Double) throws -> String {
        let values = try [colour, ground].map { text in
            try #require(Int(text.dropFirst(), radix: 16), "\(text)")
        }
        let channels = [16, 8, 0].map { shift in
            let both = values.map { Double($0 >> shift & 0xff) }
            return Int((share * both[0] + (1 - share) * both[1]).rounded())
        }
        let digits = String(channels[0] << 16 | channels[1] << 8 | channels[2], radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    @Test func bothHaveTheSameRoles() {
        #expect(Palette.light.texts.map(\.name) == Palette.dark.texts.map(\.name))
        #expect(Palette.light.grounds.map(\.name) == Palette.dark.grounds.map(\.name))
        #expect(Palette.light.series.count == Palette.dark.series.count)
    }
}
