// The entry of a libFuzzer binary over the profiler's readers of binaries and stacks, compiled by
// Scripts/fuzz-unwinder together with Sources/Profiling/Unwinding and what of Symbols reads ELF (no
// part of the package).
//
//     u8   even: what follows the stack is a file; odd: .eh_frame, for a file made around it
//     u8   words of stack
//     33 registers, the stack, the rest
//
// Words lead into the binary and the stack more often than chance would. Whatever there is must end
// in a chain, inside the bytes that were given: the address sanitizer and Swift's own checks say
// when it does not.
import Glibc

/// In place of the profiler's own, which opens files: it has the one that is tried.
package final class Binaries {
    private let binary: Binary?

    init(_ binary: Binary?) { self.binary = binary }

    func load(_ mapping: AddressSpace.Mapping, of process: pid_t) -> Binary? { binary }
}

/// In place of the profiler's own, which runs xz.
enum EmbeddedSymbols {
    static func read(from binary: Binary, remarks: inout [String]) -> ELFFile? { nil }
}

private enum Layout {
    static let code: UInt64 = 0x7f00_0000_0000
    static let codeSize: UInt64 = 0x1_0000
    static let stack: UInt64 = 0x7ffc_0000_0000
    /// As many as any architecture's samples bring.
    static let registers = 33
    static let mostFrames = 1_024
}

/// Numbers that lead somewhere.
private func shaped(_ word: UInt64) -> UInt64 {
    switch word & 3 {
    case 1: Layout.code + word >> 2 & (Layout.codeSize - 1)
    case 2: Layout.stack + word >> 2 & 0xff8
    default: word
    }
}

private func words(_ reader: inout ByteReader, _ count: Int) -> [UInt64] {
    var words: [UInt64] = []
    for _ in 0..<count { words.append(shaped(reader.u64())) }
    return words
}

private func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
}

/// A file without sections: a segment of all of it, and the header that leads to `frames`.
private func file(around frames: [UInt8]) -> [UInt8] {
    let machine: UInt64 = Architecture.current == .amd64 ? 62 : 183
    let header: UInt64 = 64 + 2 * 56
    let end = header + 8 + UInt64(frames.count)
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + bytes(0, 9)
    file += bytes(3, 2) + bytes(machine, 2) + bytes(1, 4) + bytes(0, 8)
    file += bytes(64, 8) + bytes(0, 8) + bytes(0, 4)
    file += bytes(64, 2) + bytes(56, 2) + bytes(2, 2) + bytes(64, 2) + bytes(0, 4)
    // PT_LOAD, readable and executable, at 0
    file += bytes(1, 4) + bytes(5, 4) + bytes(0, 24) + bytes(end, 8) + bytes(end, 8)
    file += bytes(4_096, 8)
    // PT_GNU_EH_FRAME
    file += bytes(0x6474_e550, 4) + bytes(4, 4) + bytes(header, 8) + bytes(header, 8)
    file += bytes(header, 8) + bytes(8, 8) + bytes(8, 8) + bytes(4, 8)
    // Version 1; the section 4 bytes behind the distance to it, which is from its own place.
    return file + [1, 0x1b, 0xff, 0xff] + bytes(4, 4) + frames
}

/// What is looked up of a binary besides its rules.
private func readNames(_ file: ELFFile, _ binary: Binary, _ addresses: [UInt64]) {
    let symbols = SymbolTable([file])
    _ = DebugFile.buildID(of: file)
    _ = DebugFile.link(of: file)
    for address in addresses {
        let own = address & (Layout.codeSize - 1)
        _ = symbols.name(at: own)
        _ = binary.table.functionStart(at: own)
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzUnwinding(_ input: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    var reader = ByteReader(UnsafeRawBufferPointer(start: input, count: count))
    let isFrames = reader.u8() & 1 == 1
    let depth = Int(reader.u8())
    let registers = words(&reader, Layout.registers)
    let stack = words(&reader, depth)
    let rest = Array(reader.take(reader.remaining))
    _ = AddressSpace.executable(maps: rest)
    _ = KernelSymbols(rest).name(at: registers[0])
    _ = FrameExpression.value(
        of: Array(rest.prefix(64)), pushed: registers[0], register: { $0 }, memory: { $0 })

    let image = ImageBytes(isFrames ? file(around: rest) : rest)
    let found = ELFFile(image)
    let binary = found.map { Binary(number: 0, path: "/fuzzed", file: $0) }
    if let found, let binary { readNames(found, binary, registers + stack) }

    var space = AddressSpace(pid: 0, binaries: Binaries(binary))
    space.insert(
        AddressSpace.Mapping(
            start: Layout.code, end: Layout.code + Layout.codeSize, offset: 0, inode: 0,
            path: "/fuzzed"))
    var sampled = registers
    sampled[Architecture.current.stackPointer] = Layout.stack
    var frames: [RawFrame] = []
    sampled.withUnsafeBytes { registers in
        stack.withUnsafeBytes { stack in
            var unwinder = Unwinder(registers: registers, stack: stack)
            _ = unwinder.unwind(in: &space, into: &frames)
        }
    }
    precondition(frames.count <= Layout.mostFrames, "a chain without an end")
    return 0
}
