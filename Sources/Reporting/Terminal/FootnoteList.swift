// Footnotes that come up while lines are written: each reason once, with the number that stands
// behind what it explains.

public struct FootnoteList {
    private var reasons: [String] = []

    public init() {}

    /// ` [1]`, which goes behind an `n/a`.
    public mutating func mark(_ reason: String) -> String {
        if let index = reasons.firstIndex(of: reason) { return " [\(index + 1)]" }
        reasons.append(reason)
        return " [\(reasons.count)]"
    }

    /// A line for each reason.
    public func text(_ style: TerminalStyle = .plain) -> String {
        reasons.enumerated().map { index, reason in
            style.wrapped("[\(index + 1)] \(printable(reason))", indent: 4)
        }.joined()
    }
}
