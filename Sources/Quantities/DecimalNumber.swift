// An exact decimal, as people write quantities: digits, perhaps a fraction, perhaps an exponent.
// What has a unit is read by it (`Count`, `ByteCount`, `Nanoseconds`); numbers without one, which
// need not be exact, are Swift's to read (`Real`), and CPUs' numbers are whole words (`CPUList`).
// Nothing in it can overflow unseen or turn into infinity.

/// `digits` × 10^`exponent`, and whatever stood behind the number.
struct DecimalNumber {
    private(set) var digits: UInt64 = 0
    private(set) var exponent = 0
    let isNegative: Bool
    /// The unit, as written.
    let suffix: Substring

    /// More digits than UInt64 holds, or an exponent past this, are no quantity of anything here.
    private static let largestExponent = 400

    /// Nil where the text does not begin with a number, or has more digits than can be kept.
    init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        var count = 0
        var fraction = 0
        var isFraction = false
        while let character = rest.first {
            if character == "." && !isFraction {
                isFraction = true
            } else if let digit = character.wholeNumberValue, character.isASCII {
                let (tens, overflow) = digits.multipliedReportingOverflow(by: 10)
                let (sum, carry) = tens.addingReportingOverflow(UInt64(digit))
                guard !overflow, !carry else { return nil }
                digits = sum
                count += 1
                if isFraction { fraction += 1 }
            } else if character != "_" || count == 0 {
                break
            }
            rest = rest.dropFirst()
        }
        guard count > 0 else { return nil }
        if let (power, left) = Self.power(rest) {
            exponent = power
            rest = left
        }
        exponent -= fraction
        suffix = rest
    }

    /// `e6`, `E-3`; a letter alone begins a unit.
    private static func power(_ text: Substring) -> (Int, Substring)? {
        guard text.first == "e" || text.first == "E" else { return nil }
        var rest = text.dropFirst()
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        let power = min(Int(digits) ?? largestExponent, largestExponent)
        return (isNegative ? -power : power, rest.dropFirst(digits.count))
    }

    enum Value: Equatable {
        case whole(UInt64)
        case fraction, tooLarge
    }

    /// The number times `factor`.
    /// - Parameter rounding: a fraction that is left is rounded to the nearest whole.
    func value(times factor: UInt64, rounding: Bool = false) -> Value {
        var (high, low) = digits.multipliedFullWidth(by: factor)
        if low == 0 && high == 0 { return .whole(0) }
        if exponent >= 0 {
            for _ in 0..<exponent {
                guard high == 0 else { return .tooLarge }
                (high, low) = low.multipliedFullWidth(by: 10)
            }
            return high == 0 ? .whole(low) : .tooLarge
        }
        var remainder: UInt64 = 0
        for _ in 0..<(-exponent) {
            let upper = high.quotientAndRemainder(dividingBy: 10)
            let lower = UInt64(10).dividingFullWidth((upper.remainder, low))
            if remainder != 0 && !rounding { return .fraction }
            (high, low, remainder) = (upper.quotient, lower.quotient, lower.remainder)
            if high == 0 && low == 0 && remainder == 0 { break }
        }
        if remainder != 0 && !rounding { return .fraction }
        guard high == 0 else { return .tooLarge }
        let up: UInt64 = remainder >= 5 && low < .max ? 1 : 0
        return .whole(low + up)
    }

    /// The number times `factor` with its sign: as near as a Double is where it is whole, else to
    /// a rounding or two. Infinite where it is too large.
    func approximate(times factor: UInt64) -> Double {
        var size = (Double("\(digits)e\(exponent)") ?? .infinity) * Double(factor)
        if case .whole(let count) = value(times: factor) { size = Double(count) }
        return isNegative ? -size : size
    }
}
