// Scores as text: the shortest decimal that reads back as the same number, spelled as the servers
// spell it.
//
// Credits: the form is fpconv's, which the servers use from 7.2 on (Andreas Samoljuk); the digits
// are Swift's own shortest ones.

import Glibc

public enum ScoreText {
    /// Integers up to here are written as such (util.c, double2ll): 2⁵² − 1.
    private static let integerMax = 4_503_599_627_370_495.0

    /// The integer that a score is, when it is one that is written so.
    static func integer(_ score: Double) -> Int64? {
        guard score >= -integerMax, score <= integerMax else { return nil }
        let integer = Int64(score)
        return Double(integer) == score ? integer : nil
    }

    /// The spelling: `3`, `0.1`, `1e+20`, `-inf`.
    public static func write(_ score: Double) -> String {
        if score.isInfinite { return score < 0 ? "-inf" : "inf" }
        if score.isNaN { return "nan" }
        if score == 0 { return score.sign == .minus ? "-0" : "0" }
        if let integer = integer(score) { return "\(integer)" }
        let (digits, exponent) = shortest(score.magnitude)
        return (score < 0 ? "-" : "") + spell(digits, exponent)
    }

    /// Digits without zeros at either end, and the power of ten of the last of them.
    private static func shortest(_ value: Double) -> (digits: [UInt8], exponent: Int) {
        var digits: [UInt8] = []
        var exponent = 0
        var isFraction = false
        let text = Array(value.description.utf8)
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if byte == UInt8(ascii: "e") {
                let power = String(decoding: text[(index + 1)...], as: UTF8.self)
                exponent += Int(power) ?? 0
                break
            } else {
                digits.append(byte)
                if isFraction { exponent -= 1 }
            }
        }
        while digits.count > 1, digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent += 1
        }
        return (Array(digits.drop { $0 == UInt8(ascii: "0") }), exponent)
    }

    private static func spell(_ digits: [UInt8], _ exponent: Int) -> String {
        let text = String(decoding: digits, as: UTF8.self)
        let leading = exponent + digits.count - 1
        // An integer with few zeros.
        if exponent >= 0, abs(leading) < digits.count + 7 {
            return text + String(repeating: "0", count: exponent)
        }
        // A fraction with few zeros.
        if exponent < 0, exponent > -7 || abs(leading) < 4 {
            let whole = digits.count + exponent
            if whole <= 0 { return "0." + String(repeating: "0", count: -whole) + text }
            return "\(text.prefix(whole)).\(text.dropFirst(whole))"
        }
        let mantissa = digits.count > 1 ? "\(text.prefix(1)).\(text.dropFirst(1))" : text
        return "\(mantissa)e\(leading < 0 ? "-" : "+")\(abs(leading))"
    }

    /// Longest text that is read as a number.
    private static let textMax = 256

    /// The number that all of `bytes` spells, as the servers read it: no blanks, no NaN; nil
    /// otherwise.
    public static func parse(_ bytes: UnsafeRawBufferPointer) -> Double? {
        guard bytes.count > 0, bytes.count < textMax, bytes[0] > 32 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { text in
            for index in 0..<bytes.count { text[index] = CChar(bitPattern: bytes[index]) }
            text[bytes.count] = 0
            guard let start = text.baseAddress else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            let value = strtod(start, &end)
            let isOutOfRange = errno == ERANGE && (value.isInfinite || value.isZero)
            return end == start + bytes.count && !value.isNaN && !isOutOfRange ? value : nil
        }
    }
}
