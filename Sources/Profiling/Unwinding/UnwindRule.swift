// How to get from one frame to its caller's, for a stretch of code: one row of the table that
// DWARF's call frame instructions describe, with the columns that a chain of callers needs.
//
//     CFA  canonical frame address: the caller's stack pointer
//     RA   the return address; on x86-64 nearly always the word below the CFA
//     FP   rbp or x29, which other rows may count their CFA from
//
// Registers beyond those are known of the first frame alone, where the sample brings them: the few
// rules that name another (a realigned stack, a PLT entry) stand there, or read memory.

package struct UnwindRule: Equatable, Sendable {
    package enum Anchor: UInt8, Sendable {
        /// Nothing is known.
        case none
        /// A register and `cfaOffset`.
        case register
        /// The value of the expression `cfaOffset`, an index.
        case expression
    }

    package enum Saved: UInt8, Sendable {
        /// As DWARF begins: callees keep the frame pointer, and nothing is said of the return
        /// address.
        case unspecified
        /// The register has it still.
        case same
        /// There is none: the start of a thread.
        case undefined
        /// In memory, so far from the CFA.
        case atOffset
        /// In memory, where an expression says.
        case atExpression
        /// The value of an expression.
        case expression
    }

    package var cfaOffset: Int32 = 0
    package var fpOffset: Int32 = 0
    package var raOffset: Int32 = 0
    package var anchor = Anchor.none
    /// DWARF's number.
    package var cfaRegister: UInt8 = 0
    package var fp = Saved.unspecified
    package var ra = Saved.unspecified
}
