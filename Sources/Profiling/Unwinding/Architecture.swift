// What differs between the processors that stacks are unwound on: register numbers of the kernel's
// dumps and of DWARF, and where a return address is found.
//
// Sources: arch/*/include/uapi/asm/perf_regs.h of Linux; the System V ABI for x86-64, figure 3.36;
// DWARF for the Arm 64-bit architecture.

package enum Architecture: Sendable {
    case amd64
    case arm64

    #if arch(arm64)
        package static let current = Architecture.arm64
    #else
        package static let current = Architecture.amd64
    #endif

    /// Of an ELF header: EM_X86_64, EM_AARCH64.
    init?(machine: UInt16) {
        switch machine {
        case 62: self = .amd64
        case 183: self = .arm64
        default: return nil
        }
    }

    /// Registers that a sample brings: the general ones, stack pointer and program counter.
    var dumpedRegisters: UInt64 {
        switch self {
        case .amd64: 0xff_01ff  // ax bx cx dx si di bp sp ip, r8 … r15
        case .arm64: 0x1_ffff_ffff  // x0 … x30, sp, pc
        }
    }

    /// How many those are: the words of a dump.
    var dumpedCount: Int { dumpedRegisters.nonzeroBitCount }

    /// Places in a dump.
    var programCounter: Int { self == .amd64 ? 8 : 32 }
    var stackPointer: Int { self == .amd64 ? 7 : 31 }
    var framePointer: Int { self == .amd64 ? 6 : 29 }

    /// The place in a dump of a register by DWARF's number; nil for those that are not dumped.
    func place(dwarf register: UInt64) -> Int? {
        switch self {
        case .amd64:
            // rax rdx rcx rbx rsi rdi rbp rsp, r8 … r15, the return address' column
            let low = [0, 3, 2, 1, 4, 5, 6, 7]
            if register < 8 { return low[Int(register)] }
            // the dump has ip in between
            if register < 16 { return Int(register) + 1 }
            return register == 16 ? 8 : nil
        case .arm64: return register < 32 ? Int(register) : nil
        }
    }

    /// DWARF's numbers.
    var dwarfStackPointer: UInt64 { self == .amd64 ? 7 : 31 }
    var dwarfFramePointer: UInt64 { self == .amd64 ? 6 : 29 }
    var dwarfReturnAddress: UInt64 { self == .amd64 ? 16 : 30 }

    /// A return address without its signature: pointer authentication keeps one in the upper bits.
    func stripped(_ address: UInt64) -> UInt64 {
        self == .arm64 ? address & 0x0000_ffff_ffff_ffff : address
    }
}
