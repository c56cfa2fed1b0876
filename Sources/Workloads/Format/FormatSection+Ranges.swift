// Which numbers each key of the format can have at all, so that no rule and no table computes with
// one that would trap, overflow or never end. What is sensible within, a sign first of all, is
// judged by `findings`, in the words of the field.
import StrictYAML

extension FormatSection {
    /// 300 years, in seconds: three times the longest time to live that is let through.
    private static let longestSeconds = 1e10
    /// Ten years: no phase, window or period is longer.
    private static let longestPhase = 3.2e8
    /// More than any machine answers in a second.
    private static let fastestRate = 1e9

    public func range(of key: String) -> ClosedRange<Double> {
        switch (self, key) {
        // Sizes and times to live: closed forms at their outermost place stay finite.
        case (.lognormal, "sigma"): 0...20
        case (.size, "jitter"): -1...10
        case (.size, _), (.uniform, _), (.range, "from"), (.range, "to"), (.weighted, "value"),
            (.normal, _), (.lognormal, _), (.gev, "location"), (.gev, "scale"),
            (.gpd, "location"), (.gpd, "scale"), (.part, "constant"), (.keySizeClass, "constant"),
            (.hot, "constant"):
            -Self.longestSeconds...Self.longestSeconds
        case (.range, "weight"), (.weighted, "weight"), (.part, "weight"),
            (.keyspace, "weight"), (.operation, "weight"):
            -0x1p53...0x1p53
        // Popularities: curves that are drawn through logarithms of a dozen digits.
        case (.zipf, "offset"): -1e6...1e6
        case (.gaussian, "deviation"): -10...10
        case (.exponential, "keys"): -1...1
        case (.exponential, "requests"): -1...1
        case (.keyrange, "ranges"): -8_192...8_192
        case (.keyrange, "key_a"): -1...1
        case (.keyrange, "key_b"): -1_000...1_000
        case (.keyrange, _): -1e6...1e6
        // Schedules and phases.
        case (.rate, "rate"), (.burst, "rate"), (.sine, "mean"), (.sine, "amplitude"):
            -Self.fastestRate...Self.fastestRate
        case (.arrivalTrace, "speed"): -1e6...1e6
        case (.burst, _), (.sine, "period"), (.settle, "timeout"), (.extent, "duration"),
            (.steady, "window"), (.steady, "timeout"), (.event, "at"), (.event, "watch"),
            (.slowReaders, "for"), (.overlay, _):
            0...Self.longestPhase
        case (.prefill, "pipeline"): 1...100_000
        default: NumberLimits.all
        }
    }
}
