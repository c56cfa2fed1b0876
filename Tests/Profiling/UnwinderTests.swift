// Stacks made by hand, unwound by the rules of a file made by hand.
import Glibc
import LinuxSystem
import Profiling
import Testing

/// f 0x1000…0x1040, g 0x1100…0x1140 next to h, a thread's start 0x1200, a signal's return 0x1300.
@Suite(.enabled(if: Architecture.current == .amd64, "the stacks are those of x86-64"))
struct UnwinderTests {
    private let folder: ScratchFolder
    private let path: String
    private static let base: UInt64 = 0x7f00_0000_0000
    private static let stack: UInt64 = 0x7ffc_0000_0000

    init() throws {
        folder = try ScratchFolder("hashmark-unwinder")
        path = "\(folder.path)/library"
        var frames = TestFrames()
        let common = frames.x86Common()
        // rbp was pushed and is popped again at 0x1014, whose rule for it is stale
        frames.function(
            common, 0x1000, 0x40,
            [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x02, 0x10, 0x0a, 0x0c, 7, 8, 0x41, 0x0b])
        let framed: [UInt8] = [0x0c, 6, 16, 0x86, 2]
        frames.function(common, 0x1100, 0x40, framed)
        frames.function(common, 0x1140, 0x40, [])
        frames.function(common, 0x1200, 0x40, [0x07, 16])
        let signal = frames.x86Common(signal: true)
        // CFA = word at rsp + 24, return address at rsp + 16, rbp at rsp + 8
        frames.function(
            signal, 0x1300, 0x10,
            [0x0f, 3, 0x77, 24, 0x06, 0x10, 16, 2, 0x77, 16, 0x10, 6, 2, 0x77, 8])
        Fixtures.write(TestELF.bytes(frames), to: path)
    }

    /// Of each frame its address in the file, leaf first; nil outside of it.
    private func unwind(
        pc: UInt64, fp: UInt64 = 0, _ words: [UInt64]
    ) -> (frames: [UInt64?], Unwinder.Result) {
        var space = AddressSpace(pid: getpid(), binaries: Binaries())
        space.insert(
            AddressSpace.Mapping(
                start: Self.base, end: Self.base + 0x2000, offset: 0, inode: 0, path: path))
        var registers = [UInt64](repeating: 0, count: 17)
        registers[6] = fp
        registers[7] = Self.stack
        registers[8] = pc
        var frames: [RawFrame] = []
        let result = registers.withUnsafeBytes { registers in
            words.withUnsafeBytes { words in
                var unwinder = Unwinder(registers: registers, stack: words)
                return unwinder.unwind(in: &space, into: &frames)
            }
        }
        let addresses = frames.map { frame -> UInt64? in
            if case .binary(_, let address) = frame.meaning { address } else { nil }
        }
        return (addresses, result)
    }

    private func code(_ address: UInt64) -> UInt64 { Self.base + address }

    @Test func anEpilogueKeepsTheFramePointerThatItHasRestored() {
        // f at its ret; g's frame is at word 2
        let (frames, result) = unwind(
            pc: code(0x1014), fp: Self.stack + 16,
            [code(0x1105), 7, 0, code(0x1205), 7])
        #expect(frames == [0x1014, 0x1104, 0x1204])
        #expect(result.ending == .complete)
        #expect(!result.usedFramePointers)
    }

    /// A call that never returns is its function's last instruction.
    @Test func callersAreLookedUpBeforeTheirReturnAddress() {
        let (frames, result) = unwind(
            pc: code(0x1000), fp: Self.stack + 16,
            [code(0x1140), 7, 0, code(0x1205)])
        #expect(frames == [0x1000, 0x113f, 0x1204])
        #expect(result.ending == .complete)
    }

    /// What a signal interrupted was at its own instruction, and may be a function's first.
    @Test func aSignalsCallerIsLookedUpExactly() {
        let (frames, result) = unwind(
            pc: code(0x1000),
            [
                code(0x1301),  // f's return address is in the signal's return …
                0, Self.stack + 48, code(0x1140), Self.stack + 40,  // … which saved these
                code(0x1205),  // h's return address, below its CFA
            ])
        #expect(frames == [0x1000, 0x1300, 0x1140, 0x1204])
        #expect(result.ending == .complete)
    }

    @Test func aStackThatIsLongerThanItsCopyIsCut() {
        let (frames, result) = unwind(
            pc: code(0x1105), fp: Self.stack + 64, [UInt64](repeating: 0, count: 4))
        #expect(frames == [0x1105])
        #expect(result.ending == .cut)
        #expect(unwind(pc: code(0x1000), []).1.ending == .cut)
    }

    @Test func aStackThatComesBackToItselfEnds() {
        let (frames, result) = unwind(
            pc: code(0x1105), fp: Self.stack, [Self.stack, code(0x1106)])
        #expect(frames.count == 2)
        #expect(result.ending == .loop)
    }

    @Test func codeWithoutRulesIsPassedByItsFramePointer() {
        // 0x1800 is described by nothing, but has pushed its frame pointer.
        let (frames, result) = unwind(
            pc: code(0x1800), fp: Self.stack + 8,
            [9, Self.stack + 32, code(0x1105), 9, 0, code(0x1205)])
        #expect(frames == [0x1800, 0x1104, 0x1204])
        #expect(result.ending == .complete)
        #expect(result.usedFramePointers)
        let lost = unwind(pc: code(0x1800), fp: 3, [0, 0])
        #expect(lost.frames == [0x1800])
        #expect(lost.1.ending == .noRule)
    }

    /// A frame pointer that leads out of all code has led astray: nothing is made of it.
    @Test func whatIsNoCodeIsNoCaller() {
        let (frames, result) = unwind(pc: code(0x1800), fp: Self.stack, [Self.stack, 0x1234, 0])
        #expect(frames == [0x1800])
        #expect(result.ending == .noRule)
        #expect(unwind(pc: 0, []).frames == [nil])
    }
}
