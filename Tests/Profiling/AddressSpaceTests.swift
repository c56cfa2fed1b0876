// Where code lies: /proc/PID/maps, and later mappings over earlier ones.
import Distributions
import Glibc
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
