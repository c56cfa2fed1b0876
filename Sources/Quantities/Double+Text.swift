// Numbers as people see them. Times, counts, sizes and CPUs have printers of their own beside their
// readers, shares in Double+Percent.swift; columns of one scale are Reporting's.
import Glibc

extension Double {
    /// As short as it can be: whole numbers have no point.
    public var plainText: String {
        // Up to 2^53 every whole number has a Double of its own.
        self == rounded() && abs(self) <= 0x1p53 ? "\(Int(self))" : "\(self)"
    }

    /// With so many decimals, rounded as printf(3) does, and blanks before it up to `width`.
    public func fixed(_ decimals: Int, width: Int = 0) -> String {
        printed("%*.*f", width, decimals)
    }

    /// With so many significant digits, in the shorter of printf(3)'s notations: `0.125`, `1e-06`.
    public func significant(_ digits: Int) -> String { printed("%*.*g", 0, digits) }

    private func printed(_ format: String, _ width: Int, _ precision: Int) -> String {
        // Digits of the largest Double, its point, its sign and the end.
        let room = 312 + max(precision, 0) + max(width, 0)
        // Without the sign that a NaN may have.
        let value = isNaN ? Double.nan : self
        return withVaList([CInt(max(width, 0)), CInt(max(precision, 0)), value]) { arguments in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text in
                vsnprintf(text.baseAddress!, text.count, format, arguments)
                return String(cString: text.baseAddress!)
            }
        }
    }

    /// With commas between thousands and a real minus sign: `1,234,567`, `−12.3`.
    public func grouped(_ decimals: Int) -> String {
        let digits = abs(self).fixed(decimals)
        let whole = digits.prefix { $0 != "." }
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        text += digits.dropFirst(whole.count)
        // What rounds to 0 has no sign.
        let isZero = !text.contains { "123456789".contains($0) }
        return self < 0 && !isZero ? "−\(text)" : text
    }

    /// A count in three or four digits, for lines that change: `950`, `120 k`, `1.25 M`.
    public var shortText: String {
        let (thousand, million) = (1e3, 1e6)
        if self >= million { return "\((self / million).fixed(2)) M" }
        return self >= thousand ? "\((self / thousand).fixed(0)) k" : fixed(0)
    }
}
