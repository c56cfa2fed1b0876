// Sizes in bytes, with the units of redis.conf: `64`, `64KiB` and `64kb` of 1024, `64k` of 1000.
// Printed with the units of 1024 alone: `64 KiB`, `7.45 GiB`.

public enum ByteCount {
    /// The units that are printed, rising.
    public static let units: [(name: String, bytes: Double)] = [
        ("B", 1), ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30),
    ]

    public static let perKibibyte = 0x1p10
    /// Of 1000, as those count who sell memory.
    public static let perGigabyte = 1e9

    /// The units that redis.conf has, in small letters.
    private static let factorsOfRedis: [String: UInt64] = [
        "": 1, "b": 1, "k": 1_000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20,
        "g": 1_000_000_000, "gb": 1 << 30,
    ]

    /// The names of the same that leave no doubt besides, which redis.conf has not.
    private static let factors = factorsOfRedis.merging(
        ["kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30]
    ) { known, _ in known }

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

    /// As files have a size that need not be whole, such as a mean; nil where the text is none.
    public static func amount(_ text: some StringProtocol) -> Double? {
        Real.amount(text, in: factors)
    }

    /// As CONFIG SET takes a size, and no other spelling (util.c's memtoull): digits alone, and one
    /// of its units. More than an Int holds are as many as it holds, as there. Nil: no size.
    public static func parseAsRedis(_ text: some StringProtocol) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty,
            let factor = factorsOfRedis[text.dropFirst(digits.count).lowercased()]
        else { return nil }
        // Nothing but digits: it is no number only where there are too many of them.
        guard let number = DecimalNumber(digits),
            case .whole(let size) = number.value(times: factor)
        else { return .max }
        return Int(clamping: size)
    }

    /// `512 B`, `64 MiB`, `7.45 GiB`: in the largest unit that there is one of, in three digits or
    /// more.
    public static func text(_ bytes: Double) -> String {
        let unit = units.last { $0.bytes <= bytes } ?? units[0]
        let value = bytes / unit.bytes
        let decimals = value == value.rounded() || value >= 100 ? 0 : value >= 10 ? 1 : 2
        return "\(value.fixed(decimals)) \(unit.name)"
    }

    /// A number of bytes in the unit that fits.
    public static func text(_ bytes: Int) -> String { text(Double(bytes)) }
}
