// The page's colours, for a light and for a dark page: a row per role, so that a test can hold
// every text against every ground that it stands on.

public struct Palette: Sendable {
    /// CSS variables (`text`, `good`, …) and their colours, `#rrggbb`.
    public let texts: [(name: String, colour: String)]
    /// What texts stand on.
    public let grounds: [(name: String, colour: String)]
    /// Lines that separate, and shadows: nothing is read from them.
    let lines: [(name: String, colour: String)]
    /// Of targets, in their order; from the ninth on they repeat. Told apart by people with the
    /// common colour deficiencies (after Okabe and Ito, "Color Universal Design", 2008), darkened
    /// or lightened for contrast with the page.
    public let series: [String]

    /// How much of a series' colour is in the ground of a text that stands on it: more for what
    /// matters more.
    public static let tints = [0.2, 0.35, 0.5]

    public static let light = Palette(
        texts: [
            ("text", "#1c2128"), ("dim", "#5d6673"), ("good", "#1a7f45"), ("bad", "#b3261e"),
            ("warn", "#855700"), ("link", "#1f5fa8"),
        ],
        grounds: [("page", "#ffffff"), ("soft", "#f5f7f9"), ("warnsoft", "#fff8e5")],
        lines: [("line", "#d8dee4"), ("shade", "#8a939e")],
        series: [
            "#4a6fa5", "#c06010", "#14866d", "#a64d79", "#7a6a00", "#2f86b3", "#8a4fc7",
            "#6b6f76",
        ])

    public static let dark = Palette(
        texts: [
            ("text", "#e2e6eb"), ("dim", "#98a2ae"), ("good", "#5cc98a"), ("bad", "#f28b82"),
            ("warn", "#e3b341"), ("link", "#8ab4f0"),
        ],
        grounds: [("page", "#14171c"), ("soft", "#1c2128"), ("warnsoft", "#2a2410")],
        lines: [("line", "#323943"), ("shade", "#000000")],
        series: [
            "#7ba4df", "#f0994a", "#45c1a2", "#dd86b2", "#c9b737", "#6cc0ea", "#b98af0",
            "#a3a9b3",
        ])

    /// Declarations of all of them.
    var variables: HTML {
        let numbered = series.enumerated().map { (name: "s\($0.offset)", colour: $0.element) }
        return (texts + grounds + lines + numbered).html { "--\($0.name): \($0.colour); " }
    }
}
