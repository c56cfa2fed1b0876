// From a sample's registers and the part of its stack that the kernel copied to the chain of return
// addresses: rule by rule, reading nothing but the dump.
//
//   frame 0     the program counter itself
//   above       the return address less 1: a call may be the last instruction of its function
//   the end     where the rules say that there is no caller: the start of a thread
//   no rules    code of a JIT compiler, or assembly that describes nothing: the chain of frame
//               pointers is tried, and the result marked

/// What the kernel copied of a stack.
struct StackDump {
    /// The stack pointer that it begins at.
    let start: UInt64
    let bytes: UnsafeRawBufferPointer

    /// Nil outside of it.
    func word(at address: UInt64) -> UInt64? {
        let distance = address &- start
        guard address >= start, bytes.count >= 8, distance <= UInt64(bytes.count - 8) else {
            return nil
        }
        return bytes.loadUnaligned(fromByteOffset: Int(distance), as: UInt64.self)
    }

    /// An address is where the dump would go on, were it larger.
    func isBeyond(_ address: UInt64) -> Bool { address >= start &+ UInt64(bytes.count) }
}

/// One stack's way upwards.
package struct Unwinder {
    package enum Ending: Equatable, Sendable {
        /// At the start of its thread.
        case complete
        /// The stack goes on beyond the dump.
        case cut
        case noRule
        /// It came back to where it was, or is deeper than any.
        case loop
    }

    package struct Result: Equatable, Sendable {
        package var ending: Ending
        /// Frame pointers were followed where there were no rules.
        package var usedFramePointers = false
    }

    /// Deeper than recursive parsers go within a dump of 32 KiB.
    private static let mostFrames = 1_024

    private let architecture: Architecture
    private let registers: UnsafeRawBufferPointer
    private let dump: StackDump
    private var pc: UInt64
    private var sp: UInt64
    private var fp: UInt64
    /// The registers are those of this frame: it was interrupted.
    private var isFirst = true

    /// - Parameters:
    ///   - registers: `architecture.dumpedCount` words; what is missing reads as 0.
    ///   - stack: bytes from the stack pointer on.
    package init(
        registers: UnsafeRawBufferPointer, stack: UnsafeRawBufferPointer,
        _ architecture: Architecture = .current
    ) {
        self.architecture = architecture
        self.registers = registers
        pc = Self.dumped(registers, architecture.programCounter)
        sp = Self.dumped(registers, architecture.stackPointer)
        fp = Self.dumped(registers, architecture.framePointer)
        dump = StackDump(start: sp, bytes: stack)
    }

    private static func dumped(_ registers: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
        guard place >= 0, registers.count >= 8 * (place + 1) else { return 0 }
        return registers.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self)
    }

    /// Appends the frames, leaf first.
    package mutating func unwind(
        in space: inout AddressSpace, into frames: inout [RawFrame]
    ) -> Result {
        var result = Result(ending: .loop)
        // Of an interrupted frame the program counter is the instruction itself.
        var isExact = true
        for _ in 0..<Self.mostFrames {
            let location = space.locate(isExact ? pc : pc &- 1)
            // Where frame pointers led to is code, or they led astray.
            if !isFirst, location.binary == nil, location.frame == RawFrame(.unmapped) {
                result.ending = .noRule
                return result
            }
            frames.append(location.frame)
            let before = (pc, sp)
            if let binary = location.binary,
                let (rule, isSignal) = binary.table.rule(at: location.address),
                rule.anchor != .none
            {
                if let ending = step(rule, binary) {
                    result.ending = ending
                    return result
                }
                isExact = isSignal
            } else {
                result.usedFramePointers = true
                if let ending = stepByFramePointer() {
                    result.ending = ending
                    return result
                }
                isExact = false
            }
            if pc == 0 {
                result.ending = .complete
                return result
            }
            // A caller's stack is above; a leaf of the Arm architecture has pushed nothing.
            guard sp > before.1 || (sp == before.1 && isFirst && pc != before.0) else {
                return result
            }
            isFirst = false
        }
        return result
    }

    // MARK: by rule

    /// Nil when there is a caller, and the registers are its.
    private mutating func step(_ rule: UnwindRule, _ binary: Binary) -> Ending? {
        if rule.ra == .undefined { return .complete }
        let cfa: UInt64
        switch rule.anchor {
        case .none: return .noRule
        case .register:
            guard let value = register(UInt64(rule.cfaRegister)) else { return .noRule }
            cfa = value &+ UInt64(bitPattern: Int64(rule.cfaOffset))
        case .expression:
            guard let value = value(rule.cfaOffset, binary, cfa: nil) else { return .noRule }
            cfa = value
        }
        let caller: UInt64
        switch restore(rule.ra, rule.raOffset, cfa, binary) {
        case .value(let value): caller = value
        case .kept:
            // In the link register, which a leaf still has, and on x86-64 nowhere.
            guard isFirst, architecture == .arm64,
                let link = register(architecture.dwarfReturnAddress)
            else { return .noRule }
            caller = link
        case .unreadable(let address): return dump.isBeyond(address) ? .cut : .noRule
        case .unknown: return .noRule
        }
        switch restore(rule.fp, rule.fpOffset, cfa, binary) {
        case .value(let value): fp = value
        // Epilogues leave the rule of a slot that has been popped, below the stack pointer.
        case .kept, .unreadable, .unknown: break
        }
        pc = architecture.stripped(caller)
        sp = cfa
        return nil
    }

    private enum Restored {
        case value(UInt64)
        case kept
        case unreadable(UInt64)
        case unknown
    }

    private func restore(
        _ saved: UnwindRule.Saved, _ offset: Int32, _ cfa: UInt64, _ binary: Binary
    ) -> Restored {
        switch saved {
        case .unspecified, .same: return .kept
        case .undefined: return .unknown
        case .atOffset:
            let address = cfa &+ UInt64(bitPattern: Int64(offset))
            return dump.word(at: address).map { .value($0) } ?? .unreadable(address)
        case .atExpression:
            guard let address = value(offset, binary, cfa: cfa) else { return .unknown }
            return dump.word(at: address).map { .value($0) } ?? .unreadable(address)
        case .expression:
            return value(offset, binary, cfa: cfa).map { .value($0) } ?? .unknown
        }
    }

    private func value(_ index: Int32, _ binary: Binary, cfa: UInt64?) -> UInt64? {
        let expressions = binary.table.expressions
        guard index >= 0, Int(index) < expressions.count else { return nil }
        return FrameExpression.value(
            of: expressions[Int(index)], pushed: cfa, register: { register($0) },
            memory: { dump.word(at: $0) })
    }

    /// Of this frame, by DWARF's number; above the first only those that are followed.
    private func register(_ number: UInt64) -> UInt64? {
        if number == architecture.dwarfStackPointer { return sp }
        if number == architecture.dwarfFramePointer { return fp }
        if architecture == .amd64, number == architecture.dwarfReturnAddress { return pc }
        guard isFirst, let place = architecture.place(dwarf: number) else { return nil }
        return Self.dumped(registers, place)
    }

    // MARK: by frame pointer

    /// Both architectures push the caller's frame pointer below the return address.
    private mutating func stepByFramePointer() -> Ending? {
        guard fp >= sp, fp % 8 == 0, fp != 0 else { return .noRule }
        guard let next = dump.word(at: fp), let caller = dump.word(at: fp &+ 8) else {
            return dump.isBeyond(fp &+ 8) ? .cut : .noRule
        }
        pc = architecture.stripped(caller)
        sp = fp &+ 16
        fp = next
        return nil
    }
}
