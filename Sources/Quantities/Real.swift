// Numbers that need not be whole: rates, factors, prices, shares.

public enum Real {
    /// - Throws: where the text is no finite decimal number, or none of `range`.
    public static func parse(
        _ text: some StringProtocol, in range: ClosedRange<Double>
    ) throws(QuantityError) -> Double {
        guard let value = number(text) else {
            throw QuantityError("'\(text)' is no number", remedy: "write \(Self.text(of: range))")
        }
        guard range.contains(value) else {
            throw QuantityError(
                "'\(text)' is out of range", remedy: "write \(Self.text(of: range))")
        }
        return value
    }

    /// `5%` as 0.05.
    public static func parsePercentage(
        _ text: some StringProtocol, in range: ClosedRange<Double>
    ) throws(QuantityError) -> Double {
        guard text.hasSuffix("%") else {
            throw QuantityError("'\(text)' is no percentage", remedy: "write it as 5%")
        }
        return try parse(text.dropLast(), in: range) / 100
    }

    /// A finite decimal number, whose digits `_` may group; nil where the text is none.
    public static func number(_ text: some StringProtocol) -> Double? {
        // Double reads "nan", "inf" and hexadecimal as well.
        let isDecimal = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE_".contains($0)) }
        guard isDecimal, text.first != "_", let value = Double(String(text).filter { $0 != "_" }),
            value.isFinite
        else { return nil }
        return value
    }

    /// The same, with one of `units` (in small letters) behind it or none. What it comes to is
    /// exact where it is whole.
    static func amount(_ text: some StringProtocol, in units: [String: UInt64]) -> Double? {
        if let value = number(text) { return value }
        guard let exact = DecimalNumber(text), let factor = units[exact.suffix.lowercased()] else {
            return nil
        }
        let value = exact.approximate(times: factor)
        return value.isFinite ? value : nil
    }

    private static func text(of range: ClosedRange<Double>) -> String {
        "a number from \(range.lowerBound.plainText) to \(range.upperBound.plainText)"
    }
}
