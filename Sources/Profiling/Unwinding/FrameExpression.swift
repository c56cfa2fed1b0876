// DWARF's stack machine, for the few rules that are no register and distance: PLT entries, stacks
// that were realigned, a signal's saved registers. Whatever it does not know, or reads and cannot
// have, gives nil.
//
// Source: DWARF 5, section 2.5.

package enum FrameExpression {
    /// As deep as any compiler's.
    private static let mostDepth = 32
    /// Of one expression, against jumps that loop.
    private static let mostSteps = 200

    /// - Parameters:
    ///   - pushed: what the stack begins with: the CFA, for a register's rule.
    ///   - register: a register's value by DWARF's number.
    ///   - memory: a word of the process.
    package static func value(
        of expression: [UInt8], pushed: UInt64?, register: (UInt64) -> UInt64?,
        memory: (UInt64) -> UInt64?
    ) -> UInt64? {
        expression.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            var stack = pushed.map { [$0] } ?? []
            var steps = 0
            while !reader.isAtEnd {
                steps += 1
                guard steps <= mostSteps, stack.count <= mostDepth,
                    step(&reader, &stack, register, memory), !reader.isDamaged
                else { return nil }
            }
            return stack.last
        }
    }

    private static func step(
        _ reader: inout ByteReader, _ stack: inout [UInt64], _ register: (UInt64) -> UInt64?,
        _ memory: (UInt64) -> UInt64?
    ) -> Bool {
        let code = reader.u8()
        switch code {
        case 0x06:  // deref
            guard let address = stack.popLast(), let word = memory(address) else { return false }
            stack.append(word)
        case 0x12:  // dup
            guard let top = stack.last else { return false }
            stack.append(top)
        case 0x13: return stack.popLast() != nil  // drop
        case 0x16:  // swap
            guard stack.count >= 2 else { return false }
            stack.swapAt(stack.count - 1, stack.count - 2)
        case 0x23:  // plus_uconst
            guard let top = stack.popLast() else { return false }
            stack.append(top &+ reader.unsignedLEB())
        case 0x30...0x4f: stack.append(UInt64(code - 0x30))  // lit0 … lit31
        case 0x70...0x8f, 0x92:  // breg0 … breg31, bregx
            let number = code == 0x92 ? reader.unsignedLEB() : UInt64(code - 0x70)
            let offset = UInt64(bitPattern: reader.signedLEB())
            guard let value = register(number) else { return false }
            stack.append(value &+ offset)
        case 0x08...0x11: stack.append(constant(code, &reader))
        case 0x1a, 0x1c, 0x1e, 0x21, 0x22, 0x24, 0x25, 0x27, 0x29...0x2e:
            guard let right = stack.popLast(), let left = stack.popLast() else { return false }
            stack.append(result(code, left, right))
        default: return false
        }
        return true
    }

    /// const1u, const1s … consts.
    private static func constant(_ code: UInt8, _ reader: inout ByteReader) -> UInt64 {
        func extended(_ value: some SignedInteger) -> UInt64 {
            UInt64(bitPattern: Int64(value))
        }
        switch code {
        case 0x08: return UInt64(reader.u8())
        case 0x09: return extended(Int8(bitPattern: reader.u8()))
        case 0x0a: return UInt64(reader.u16())
        case 0x0b: return extended(Int16(bitPattern: reader.u16()))
        case 0x0c: return UInt64(reader.u32())
        case 0x0d: return extended(Int32(bitPattern: reader.u32()))
        case 0x0e, 0x0f: return reader.u64()
        case 0x10: return reader.unsignedLEB()
        default: return extended(reader.signedLEB())
        }
    }

    private static func result(_ code: UInt8, _ left: UInt64, _ right: UInt64) -> UInt64 {
        let (a, b) = (Int64(bitPattern: left), Int64(bitPattern: right))
        switch code {
        case 0x1a: return left & right
        case 0x1c: return left &- right
        case 0x1e: return left &* right
        case 0x21: return left | right
        case 0x22: return left &+ right
        case 0x24: return left << right
        case 0x25: return left >> right
        case 0x27: return left ^ right
        case 0x29: return a == b ? 1 : 0
        case 0x2a: return a >= b ? 1 : 0
        case 0x2b: return a > b ? 1 : 0
        case 0x2c: return a <= b ? 1 : 0
        case 0x2d: return a < b ? 1 : 0
        default: return a != b ? 1 : 0
        }
    }
}
