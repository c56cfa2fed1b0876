// Shares as people see them, in per cent.

extension Double {
    /// A share with so many decimals: `3.1 %`, `3 %`.
    public func percent(_ decimals: Int = 1, width: Int = 0) -> String {
        "\((self * 100).fixed(decimals, width: width)) %"
    }

    /// A share as short as it can be, with so many decimals at most: `90 %`, `2.5 %`.
    public func shortPercent(_ decimals: Int = 1) -> String {
        "\((self * 100).trimmed(decimals)) %"
    }

    /// A share as options take it: `5%`, `12.5%`.
    public var percentOption: String { "\((self * 100).trimmed(3))%" }

    /// As `fixed`, without zeros at the end of a fraction.
    private func trimmed(_ decimals: Int) -> String {
        var digits = fixed(decimals)
        guard digits.contains(".") else { return digits }
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return digits
    }

    /// The size of a change or of a scatter, in two digits or more: `1.2 %`, `40 %`.
    public var shareText: String { (self * 100).grouped(self < 0.09995 ? 1 : 0) + " %" }

    /// A change, with its sign: `+5.3 %`, `−12.0 %`, `+152 %`.
    public var changeText: String {
        let percent = self * 100
        let text = percent.grouped(abs(percent) < 99.95 ? 1 : 0)
        return (text.hasPrefix("−") || text == "0.0" ? text : "+\(text)") + " %"
    }

    /// A difference between two shares: `0.25 points`.
    public var pointsText: String { "\((self * 100).fixed(2)) points" }
}
