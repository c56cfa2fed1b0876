// Numbers as people see them. Times, counts, sizes and CPUs have printers of their own beside their
// readers; columns of one scale are Reporting's.
import Glibc

extension Double {
    /// As short as it can be: whole numbers have no point.
    public var plainText: String {
        // Up to 2^53 every whole number has a Double of its own.
        self == rounded() && abs(self) <= 0x1p53 ? "\(Int(self))" : "\(self)"
    }

    /// With so many decimals, rounded as printf(3) does, and blanks before it up to `width`.
    public func fixed(_ decimals: Int, width: Int = 0) -> String {
        // Digits of the largest Double, its point, its sign and the end.
        let room = 312 + max(decimals, 0) + max(width, 0)
        return withVaList([CInt(max(width, 0)), CInt(max(decimals, 0)), self]) { arguments in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text in
                vsnprintf(text.baseAddress!, text.count, "%*.*f", arguments)
                return String(cString: text.baseAddress!)
            }
        }
    }

    /// A count in three or four digits, for lines that change: `950`, `120 k`, `1.25 M`.
    public var shortText: String {
        let (thousand, million) = (1e3, 1e6)
        if self >= million { return "\((self / million).fixed(2)) M" }
        return self >= thousand ? "\((self / thousand).fixed(0)) k" : fixed(0)
    }

    /// A share in per cent: `3.1 %`.
    public var percentText: String { "\((self * 100).fixed(1)) %" }

    /// A share in whole per cents.
    /// - Precondition: a finite number.
    public var wholePercent: Int { Int((self * 100).rounded()) }
}
