// Numbers that need not be whole: rates, factors, prices, shares.

public enum Real {
    /// - Throws: where the text is no finite decimal number, or none of `range`.
    public static func parse(
        _ text: some StringProtocol, in range: ClosedRange<Double>
    ) throws(QuantityError) -> Double {
        // Double reads "nan", "inf" and hexadecimal as well.
        let isDecimal = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        guard isDecimal, let value = Double(text), value.isFinite else {
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

    private static func text(of range: ClosedRange<Double>) -> String {
        "a number from \(range.lowerBound.plainText) to \(range.upperBound.plainText)"
    }
}
