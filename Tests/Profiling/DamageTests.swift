// Whatever bytes a binary, a record or a list of the kernel has: nothing traps, and nothing hangs.
import Distributions
import Glibc
import LinuxSystem
import Profiling
import Testing

@Suite struct DamageTests {
    private static func mutated(
        _ bytes: [UInt8], _ random: inout SplitMix64, within range: Range<Int>? = nil
    ) -> [UInt8] {
        var copy = bytes
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            let place = Int.random(in: range ?? 0..<copy.count, using: &random)
            let interesting: [UInt8] = [0, 1, 0x7f, 0x80, 0xff]
            copy[place] =
                Bool.random(using: &random)
                ? interesting.randomElement(using: &random)! : .random(in: 0...255, using: &random)
        }
        if Int.random(in: 0..<20, using: &random) == 0 {
            copy.removeLast(Int.random(in: 0..<copy.count, using: &random))
        }
        return copy
    }

    /// Reads all of a file that we read of any.
    private static func exercise(_ bytes: [UInt8], _ random: inout SplitMix64) -> Int {
        guard let file = ELFFile(ImageBytes(bytes)) else { return 0 }
        let table = UnwindTable(file)
        let symbols = SymbolTable([file])
        _ = DebugFile.buildID(of: file)
        _ = DebugFile.link(of: file)
        var found = 0
        for _ in 0..<20 {
            let address = UInt64.random(in: 0..<0x5000, using: &random)
            if let rule = table.rule(at: address) {
                found += 1
                if rule.rule.anchor == .expression, rule.rule.cfaOffset >= 0 {
                    _ = FrameExpression.value(
                        of: table.expressions[Int(rule.rule.cfaOffset)], pushed: nil,
                        register: { $0 }, memory: { $0 &* 3 })
                }
            }
            _ = symbols.name(at: address)
            _ = table.functionStart(at: address)
        }
        return found
    }

    @Test func damagedBinariesAreRead() throws {
        let program = try TestProgram()
        let real = try #require(SmallFile.bytes(program.path))
        withExtendedLifetime(program) {}
        var frames = TestFrames()
        let common = frames.x86Common()
        for index in 0..<20 {
            frames.function(
                common, 0x1000 + index * 0x40, 0x40,
                [0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x0a, 0x41, 0x0b, 0x0f, 2, 0x77, 8])
        }
        let made = TestELF.bytes(frames, symbols: [("f", 0x1000, 0x40), ("g", 0x1040, 0x40)])
        var random = SplitMix64(seed: 7)
        var found = 0
        for number in 0..<10_000 {
            let bytes =
                switch number % 4 {
                case 0: Self.mutated(real, &random)
                case 1: Self.mutated(real, &random, within: 0..<0x400)
                case 2: Self.mutated(made, &random, within: 0x2000..<made.count)
                default: Self.mutated(made, &random, within: 0..<0x78)
                }
            found += Self.exercise(bytes, &random)
        }
        #expect(found > 1_000, "most are damaged where it matters little")
    }

    /// Any stack and registers, over a file whose rules are damaged.
    @Test func damagedStacksAreUnwound() throws {
        let folder = try ScratchFolder("hashmark-damage")
        let program = try TestProgram()
        let real = try #require(SmallFile.bytes(program.path))
        withExtendedLifetime(program) {}
        var random = SplitMix64(seed: 8)
        var deepest = 0
        for _ in 0..<200 {
            let path = "\(folder.path)/binary"
            Fixtures.write(Self.mutated(real, &random), to: path)
            let start: UInt64 = 0x7f00_0000_0000
            var space = AddressSpace(pid: getpid(), binaries: Binaries())
            space.insert(
                .init(start: start, end: start + 0x10000, offset: 0, inode: 0, path: path))
            for _ in 0..<50 {
                let stack = UInt64.random(in: 0...1, using: &random) * (UInt64.max - 0x800)
                func word() -> UInt64 {
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: .random(in: 0...UInt64.max, using: &random)
                    case 1: stack &+ .random(in: 0..<0x900, using: &random) & ~7
                    default: start + .random(in: 0x1000..<0x1400, using: &random)
                    }
                }
                var registers = (0..<33).map { _ in word() }
                registers[7] = stack
                let words = (0..<Int.random(in: 0...200, using: &random)).map { _ in word() }
                var frames: [RawFrame] = []
                registers.withUnsafeBytes { registers in
                    words.withUnsafeBytes { words in
                        var unwinder = Unwinder(registers: registers, stack: words)
                        _ = unwinder.unwind(in: &space, into: &frames)
                    }
                }
                deepest = max(deepest, frames.count)
            }
        }
        #expect(deepest > 3)
    }

    @Test func damagedRecordsAreRead() {
        var random = SplitMix64(seed: 9)
        for _ in 0..<10_000 {
            let count = Int.random(in: 0..<600, using: &random)
            var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            // Small numbers, so that lengths fit now and then.
            for index in bytes.indices where index % 8 > 1 && Bool.random(using: &random) {
                bytes[index] = 0
            }
            bytes.withUnsafeBytes { bytes in
                let type = UInt32.random(in: 0..<20, using: &random)
                let record = PerfRecord(
                    type: type, misc: .random(in: 0...UInt16.max, using: &random), bytes,
                    hasChain: Bool.random(using: &random))
                if case .sample(let sample)? = record {
                    #expect(sample.stack.count <= bytes.count)
                }
            }
        }
    }

    @Test func damagedListsOfTheKernelAreRead() {
        var random = SplitMix64(seed: 10)
        let lines = Array("ffffffff81000000 T _stext\nffffffff81000100 t schedule\t[a]\n".utf8)
        let maps = Array("5582-5590 r-xp 00001000 fe:00 1234      /usr/bin/server\n".utf8)
        for _ in 0..<10_000 {
            let symbols = KernelSymbols(Self.mutated(lines, &random))
            _ = symbols.name(at: .random(in: 0...UInt64.max, using: &random))
            for mapping in AddressSpace.executable(maps: Self.mutated(maps, &random)) {
                #expect(mapping.start < mapping.end)
            }
        }
    }
}
