// Sizes in bytes, with the units of redis.conf: `64`, `64KiB` and `64kb` of 1024, `64k` of 1000.

public enum ByteCount {
    private static let factors: [String: UInt64] = [
        "": 1, "b": 1, "k": 1_000, "kb": 1 << 10, "kib": 1 << 10, "m": 1_000_000, "mb": 1 << 20,
        "mib": 1 << 20, "g": 1_000_000_000, "gb": 1 << 30, "gib": 1 << 30,
    ]

    /// Of 1000, as those count who sell memory.
    public static let perMegabyte = 1e6
    public static let perGigabyte = 1e9

    /// - Throws: where the text is no size, or none of `range`.
    public static func parse(
        _ text: some StringProtocol, in range: ClosedRange<Int>
    ) throws(QuantityError) -> Int {
        guard let number = DecimalNumber(text), let factor = factors[number.suffix.lowercased()]
        else {
            throw QuantityError(
                "'\(text)' is no size",
                remedy: "write bytes \(Count.text(of: range)), as 64, 4KiB or 100mb")
        }
        guard case .whole(let value) = number.value(times: factor), let size = Int(exactly: value),
            !number.isNegative || size == 0, range.contains(size)
        else {
            throw QuantityError(
                "'\(text)' is out of range", remedy: "write bytes \(Count.text(of: range))")
        }
        return size
    }
}
