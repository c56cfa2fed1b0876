// The string commands that read a value as a number.
import Glibc
import Keyspaces
import RESP

/// What INCRBYFLOAT computes in: the extended precision that servers' `long double` has here.
#if arch(x86_64)
    typealias LongFloat = Float80
#else
    typealias LongFloat = Double
#endif

extension Engine where K: ~Copyable {
    /// INCR and DECR.
    mutating func increment(_ request: Request, by step: Int64) {
        let old: Int64
        switch keyspace.find(request.key) {
        case .none: old = 0
        case .integer(let value): old = value
        case .bytes(let bytes):
            guard let value = Decimal.parse(bytes) else {
                return notAnInteger(request)
            }
            old = value
        }
        let (sum, overflow) = old.addingReportingOverflow(step)
        if overflow { return fail(request, "ERR increment or decrement would overflow") }
        withUnsafeTemporaryAllocation(byteCount: Decimal.maxLength, alignment: 1) { digits in
            let count = Decimal.write(sum, to: digits.baseAddress!)
            keyspace.set(request.key, Bytes(rebasing: digits[..<count]), expiry: .keep)
        }
        noteChange(of: request.key)
        reply.integer(sum)
    }

    /// INCRBY and DECRBY.
    mutating func incrementBy(_ request: Request, isNegated: Bool) {
        guard let step = argument(request, 2).integer else { return notAnInteger(request) }
        if isNegated && step == .min { return fail(request, "ERR decrement would overflow") }
        guard holdsString(request.key, request) else { return }
        increment(request, by: isNegated ? -step : step)
    }

    mutating func incrementByFloat(_ request: Request) {
        let old: LongFloat?
        switch keyspace.find(request.key) {
        case .none: old = 0
        case .integer(let value): old = LongFloat(value)
        case .bytes(let bytes): old = longFloat(bytes)
        }
        guard let old, let step = longFloat(argument(request, 2).bytes) else {
            return fail(request, "ERR value is not a valid float")
        }
        let sum = old + step
        guard sum.isFinite else {
            return fail(request, "ERR increment would produce NaN or Infinity")
        }
        let text = Array(spelling(sum).utf8)
        text.withUnsafeBytes {
            keyspace.set(request.key, $0, expiry: .keep, form: .text)
            reply.bulk($0)
        }
        noteChange(of: request.key)
    }

    /// Characters with room to spare: the largest extended number has 4,933 digits before the
    /// point. As `MAX_LONG_DOUBLE_CHARS` of servers, the longest spelling that is read too.
    private static var longestFloat: Int { 5 * 1024 }

    /// The number that all of `bytes` spells; no blanks before it, none behind.
    func longFloat(_ bytes: Bytes) -> LongFloat? {
        guard bytes.count > 0, bytes.count < Self.longestFloat, bytes[0] > 32 else { return nil }
        var text = bytes.map { CChar(bitPattern: $0) }
        text.append(0)
        return text.withUnsafeBufferPointer { text in
            var end: UnsafeMutablePointer<CChar>?
            errno = 0
            #if arch(x86_64)
                let value = strtold(text.baseAddress!, &end)
            #else
                let value = strtod(text.baseAddress!, &end)
            #endif
            let isWhole = end == UnsafeMutablePointer(mutating: text.baseAddress! + bytes.count)
            // Too large or too small for the type; what it spells as infinite is another matter.
            let isOutOfRange = errno == ERANGE && (value.isInfinite || value.isZero)
            return isWhole && !value.isNaN && !isOutOfRange ? value : nil
        }
    }

    /// 17 decimals without an exponent, without zeros at the end: as servers spell it.
    func spelling(_ value: LongFloat) -> String {
        #if arch(x86_64)
            let format = "%.17Lf"
        #else
            let format = "%.17f"
        #endif
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longestFloat) {
            buffer in
            let count = withVaList([value]) {
                vsnprintf(buffer.baseAddress!, Self.longestFloat, format, $0)
            }
            return String(
                decoding: buffer[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        guard text.utf8.contains(UInt8(ascii: ".")) else { return text }
        var digits = Substring(text)
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return digits == "-0" ? "0" : String(digits)
    }
}
