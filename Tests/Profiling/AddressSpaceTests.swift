// Where code lies: /proc/PID/maps, and later mappings over earlier ones.
import Distributions
import Glibc
import LinuxSystem
import Profiling
import Testing

@Suite struct AddressSpaceTests {
    @Test func onlyWhatCanBeExecutedIsRead() {
        let maps = """
            5581-5582 r--p 00000000 fe:00 1234                       /usr/bin/a server
            5582-5590 r-xp 00001000 fe:00 1234                       /usr/bin/a server
            7f00-7f10 rwxp 00000000 00:00 0
            7ffe-7fff r-xp 00000000 00:00 0                          [vdso]
            nonsense r-xp
            9-8 r-xp 0 00:00 0
            """
        #expect(
            AddressSpace.executable(maps: Array(maps.utf8)) == [
                .init(
                    start: 0x5582, end: 0x5590, offset: 0x1000, inode: 1_234,
                    path: "/usr/bin/a server"),
                .init(start: 0x7f00, end: 0x7f10, offset: 0, inode: 0, path: ""),
                .init(start: 0x7ffe, end: 0x7fff, offset: 0, inode: 0, path: "[vdso]"),
            ])
    }

    /// Where a stack of one frame lies.
    private static func place(_ address: UInt64, in space: inout AddressSpace) -> RawFrame? {
        var registers = [UInt64](repeating: 0, count: 33)
        registers[Architecture.current == .amd64 ? 8 : 32] = address
        var frames: [RawFrame] = []
        registers.withUnsafeBytes { registers in
            var unwinder = Unwinder(
                registers: registers, stack: UnsafeRawBufferPointer(start: nil, count: 0))
            _ = unwinder.unwind(in: &space, into: &frames)
        }
        return frames.first
    }

    /// As /proc/PID/maps writes it and as the kernel's records do.
    @Test(arguments: ["", "[heap]", "//anon", "/memfd:code (deleted)", "/dev/zero"])
    func codeThatWasMadeIsNoFile(path: String) {
        var space = AddressSpace(pid: getpid(), binaries: Binaries())
        space.insert(.init(start: 0x1000, end: 0x2000, offset: 0, inode: 0, path: path))
        #expect(Self.place(0x1800, in: &space) == RawFrame(.anonymous))
        space.insert(.init(start: 0x1000, end: 0x2000, offset: 0, inode: 0, path: "/no/such"))
        #expect(Self.place(0x1800, in: &space) == RawFrame(.unreadable))
        #expect(Self.place(0x2800, in: &space) == RawFrame(.unmapped))
    }

    #if arch(x86_64)
        /// What was read of a file stays when its name is gone, which the kernel then tells.
        @Test func aFileThatLosesItsNameIsKnown() throws {
            let folder = try ScratchFolder("hashmark-space")
            let path = "\(folder.path)/binary"
            Fixtures.write(TestELF.bytes(TestFrames()), to: path)
            var space = AddressSpace(pid: getpid(), binaries: Binaries())
            var mapping = AddressSpace.Mapping(
                start: 0x10000, end: 0x12000, offset: 0, inode: 0, path: path)
            space.insert(mapping)
            let before = Self.place(0x11800, in: &space)
            #expect(before == RawFrame(binary: 0, 0x1800))
            folder.remove()
            mapping.path += " (deleted)"
            space.insert(mapping)
            #expect(space.mappings == [mapping])
            #expect(Self.place(0x11800, in: &space) == before)
        }
    #endif

    /// Against a list of what lies at each address.
    @Test func laterMappingsCoverEarlierOnes() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<300 {
            var space = AddressSpace(pid: getpid(), binaries: Binaries())
            var truth = [(path: String, offset: UInt64)?](repeating: nil, count: 40)
            for number in 0..<12 {
                let start = UInt64.random(in: 0..<39, using: &random)
                let end = UInt64.random(in: start + 1...39, using: &random)
                space.insert(
                    .init(start: start, end: end, offset: start, inode: 0, path: "\(number)"))
                for address in start..<end { truth[Int(address)] = ("\(number)", address) }
            }
            var found = [(path: String, offset: UInt64)?](repeating: nil, count: 40)
            var last: UInt64 = 0
            for mapping in space.mappings {
                #expect(mapping.start >= last && mapping.end > mapping.start)
                last = mapping.end
                for address in mapping.start..<mapping.end {
                    found[Int(address)] = (mapping.path, mapping.offset + address - mapping.start)
                }
            }
            for (index, expected) in truth.enumerated() {
                #expect(found[index]?.path == expected?.path)
                #expect(found[index]?.offset == expected?.offset)
            }
        }
    }
}
