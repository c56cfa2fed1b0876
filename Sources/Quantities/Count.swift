// Counts: `250`, `10_000`, `10k`, `1.5M`, `1e6`.

public enum Count {
    private static let factors: [String: UInt64] = [
        "": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000,
    ]

    /// - Throws: where the text is no whole number, or none of `range`.
    public static func parse(
        _ text: some StringProtocol, in range: ClosedRange<Int> = 0...Int.max
    ) throws(QuantityError) -> Int {
        guard let number = DecimalNumber(text), let factor = factors[number.suffix.lowercased()]
        else {
            let isLong = !text.isEmpty && text.allSatisfy { $0.isASCII && $0.isNumber }
            throw QuantityError(
                "'\(text)' is \(isLong ? "out of range" : "no count")",
                remedy: "write a whole number \(Self.text(of: range)), as 250, 10k or 1e6")
        }
        guard case .whole(let value) = number.value(times: factor), let count = Int(exactly: value),
            !number.isNegative || count == 0, range.contains(count)
        else {
            throw QuantityError(
                "'\(text)' is out of range", remedy: "write a whole number \(Self.text(of: range))")
        }
        return count
    }

    /// As files have a count, which may be anything by itself; nil where the text is none.
    public static func amount(_ text: some StringProtocol) -> Double? {
        Real.amount(text, in: factors)
    }

    /// `N[,N…]`.
    public static func parseList(
        _ text: some StringProtocol, in range: ClosedRange<Int>
    ) throws(QuantityError) -> [Int] {
        var counts: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            counts.append(try parse(part, in: range))
        }
        return counts
    }

    /// As it is read, in a word where it is a round one: `1M`, `1.25M`, `100k`, `9,000`.
    public static func text(_ count: Double) -> String {
        let units = [("G", 1e9, 1e9), ("M", 1e6, 1e6), ("k", 1e3, 1e5)]
        for (letter, size, least) in units
        where count >= least && count.truncatingRemainder(dividingBy: least / 100) == 0 {
            return (count / size).plainText + letter
        }
        return count.grouped(0)
    }

    /// `from 1 to 1000`, `from 0`.
    static func text(of range: ClosedRange<Int>) -> String {
        "from \(range.lowerBound)" + (range.upperBound == .max ? "" : " to \(range.upperBound)")
    }
}
