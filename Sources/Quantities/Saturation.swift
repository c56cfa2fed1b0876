// Arithmetic on numbers that somebody else wrote: it stops at the ends of its type, where Swift's
// own would end the program.

extension FixedWidthInteger {
    /// Without its fraction: the nearest that the type holds, 0 of what is no number.
    public init(saturating value: Double) {
        let nearest: Self = value > 0 ? .max : value < 0 ? .min : 0
        self = Self(exactly: value.rounded(.towardZero)) ?? nearest
    }

    /// The sum, or the end of the type that it passes.
    public func saturatingSum(_ other: Self) -> Self {
        let (sum, overflow) = addingReportingOverflow(other)
        return !overflow ? sum : other < 0 ? .min : .max
    }

    /// The product, or the end of the type that it passes.
    public func saturatingProduct(_ other: Self) -> Self {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return !overflow ? product : (self < 0) == (other < 0) ? .max : .min
    }
}
