// DWARF's call frame instructions, run from the start of a function to its end: each stretch of
// code with the rule that holds in it. What is damaged or beyond this table's columns ends a
// function's rows, or is left out; nothing traps, and steps are bounded by bytes.
//
// Source: DWARF 5, section 6.4.2; GNU's and Arm's additions of the Linux Standard Base.

struct CallFrameProgram {
    let architecture: Architecture
    let codeAlignment: UInt64
    let dataAlignment: Int64

    /// The rule as it stands, and what DW_CFA_restore goes back to.
    var rule = UnwindRule()
    private(set) var initial = UnwindRule()
    private var remembered: [UnwindRule] = []

    /// Compilers nest one deep, at most two.
    private static let mostRemembered = 64

    init(_ architecture: Architecture, codeAlignment: UInt64, dataAlignment: Int64) {
        self.architecture = architecture
        self.codeAlignment = codeAlignment
        self.dataAlignment = dataAlignment
    }

    /// Begins a function with the rule that the instructions run so far have made.
    mutating func begin() { initial = rule }

    /// Runs `instructions`. - Parameters:
    ///   - expressions: where those that rules name are kept.
    ///   - advance: called before the location moves on, with how far; false ends it.
    /// - Returns: false where they could not be understood to the end.
    mutating func run(
        _ instructions: UnsafeRawBufferPointer, _ encoding: PointerEncoding,
        at address: UInt64, _ expressions: inout [[UInt8]],
        advance: (UnwindRule, Step) -> Bool
    ) -> Bool {
        var reader = ByteReader(instructions)
        while !reader.isAtEnd {
            let code = reader.u8()
            let low = code & 0x3f
            switch code >> 6 {
            case 1:
                if !advance(rule, .by(UInt64(low) &* codeAlignment)) { return true }
            case 2:
                save(UInt64(low), .atOffset, offset(reader.unsignedLEB()))
            case 3: restore(UInt64(low))
            default:
                if let step = step(low, &reader, encoding, at: address) {
                    if !advance(rule, step) { return true }
                } else if !execute(low, &reader, &expressions) {
                    return false
                }
            }
            if reader.isDamaged { return false }
        }
        return true
    }

    enum Step {
        case by(UInt64)
        case to(UInt64)
    }

    /// Instructions that move the location; nil for others.
    private func step(
        _ code: UInt8, _ reader: inout ByteReader, _ encoding: PointerEncoding, at address: UInt64
    ) -> Step? {
        switch code {
        case 0x01:
            return encoding.read(&reader, at: address &+ UInt64(reader.position)).map { .to($0) }
        case 0x02: return .by(UInt64(reader.u8()) &* codeAlignment)
        case 0x03: return .by(UInt64(reader.u16()) &* codeAlignment)
        case 0x04: return .by(UInt64(reader.u32()) &* codeAlignment)
        default: return nil
        }
    }

    /// False for an instruction that is not known: where the next one begins is not, either.
    private mutating func execute(
        _ code: UInt8, _ reader: inout ByteReader, _ expressions: inout [[UInt8]]
    ) -> Bool {
        switch code {
        case 0x00: break  // nop
        case 0x05: save(reader.unsignedLEB(), .atOffset, offset(reader.unsignedLEB()))
        case 0x06: restore(reader.unsignedLEB())
        case 0x07: save(reader.unsignedLEB(), .undefined, 0)
        case 0x08: save(reader.unsignedLEB(), .same, 0)
        case 0x09:  // in another register: one whose value is not followed
            save(reader.unsignedLEB(), .undefined, 0)
            _ = reader.unsignedLEB()
        case 0x0a:
            guard remembered.count < Self.mostRemembered else { return false }
            remembered.append(rule)
        case 0x0b:
            guard let last = remembered.popLast() else { return false }
            rule = last
        case 0x0c: anchor(reader.unsignedLEB(), Int64(bitPattern: reader.unsignedLEB()))
        case 0x0d: anchor(reader.unsignedLEB(), Int64(rule.cfaOffset))
        case 0x0e: anchor(UInt64(rule.cfaRegister), Int64(bitPattern: reader.unsignedLEB()))
        case 0x0f:
            rule.anchor = .expression
            rule.cfaOffset = keep(&reader, &expressions)
        case 0x10: save(reader.unsignedLEB(), .atExpression, Int64(keep(&reader, &expressions)))
        case 0x11: save(reader.unsignedLEB(), .atOffset, reader.signedLEB() &* dataAlignment)
        case 0x12: anchor(reader.unsignedLEB(), reader.signedLEB() &* dataAlignment)
        case 0x13: anchor(UInt64(rule.cfaRegister), reader.signedLEB() &* dataAlignment)
        case 0x14, 0x15:  // the value itself is so far from the CFA
            _ = reader.unsignedLEB()
            _ = reader.unsignedLEB()
        case 0x16: save(reader.unsignedLEB(), .expression, Int64(keep(&reader, &expressions)))
        case 0x2d: break  // DW_CFA_AARCH64_negate_ra_state: signatures are stripped always
        case 0x2e: _ = reader.unsignedLEB()  // DW_CFA_GNU_args_size
        case 0x2f: save(reader.unsignedLEB(), .atOffset, 0 &- offset(reader.unsignedLEB()))
        default: return false
        }
        return true
    }

    private func offset(_ factored: UInt64) -> Int64 {
        Int64(bitPattern: factored) &* dataAlignment
    }

    private func keep(_ reader: inout ByteReader, _ expressions: inout [[UInt8]]) -> Int32 {
        let bytes = reader.take(reader.unsignedLEB())
        // A section has them by the handful, most alike.
        if let index = expressions.firstIndex(where: { $0.elementsEqual(bytes) }) {
            return Int32(truncatingIfNeeded: index)
        }
        guard expressions.count < Self.mostExpressions else { return -1 }
        expressions.append(Array(bytes))
        return Int32(truncatingIfNeeded: expressions.count - 1)
    }

    /// Each PLT has one, and each function that realigns its stack.
    private static let mostExpressions = 1_000

    private mutating func anchor(_ register: UInt64, _ offset: Int64) {
        guard register < 64, let short = Int32(exactly: offset) else {
            rule.anchor = .none
            return
        }
        rule.anchor = .register
        rule.cfaRegister = UInt8(register)
        rule.cfaOffset = short
    }

    private mutating func save(_ register: UInt64, _ saved: UnwindRule.Saved, _ offset: Int64) {
        guard let short = Int32(exactly: offset) else { return }
        if register == architecture.dwarfReturnAddress {
            (rule.ra, rule.raOffset) = (saved, short)
        } else if register == architecture.dwarfFramePointer {
            (rule.fp, rule.fpOffset) = (saved, short)
        }
    }

    private mutating func restore(_ register: UInt64) {
        if register == architecture.dwarfReturnAddress {
            (rule.ra, rule.raOffset) = (initial.ra, initial.raOffset)
        } else if register == architecture.dwarfFramePointer {
            (rule.fp, rule.fpOffset) = (initial.fp, initial.fpOffset)
        }
    }
}
