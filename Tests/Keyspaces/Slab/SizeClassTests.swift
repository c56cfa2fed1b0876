// Size classes against jemalloc's published list.
import Keyspaces
import Testing

/// The classes of jemalloc's manual page (quantum 16) and of a build with `--with-lg-quantum=3`.
@Suite struct SizeClassTests {
    static let shared: [Int] = [
        64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024,
        1280, 1536, 1792, 2048, 2560, 3072, 3584, 4096, 5120, 6144, 7168, 8192,
        10240, 12288, 14336, 16384, 20480, 24576, 28672, 32768, 40960, 49152, 57344, 65536,
    ]
    static let published: [SizeClasses.Quantum: [Int]] = [
        .eight: [8, 16, 24, 32, 40, 48, 56] + shared,
        .sixteen: [8, 16, 32, 48] + shared,
    ]

    @Test(arguments: SizeClasses.Quantum.allCases)
    func everySizeUpTo64KiBGetsThePublishedClass(_ quantum: SizeClasses.Quantum) {
        let classes = Self.published[quantum]!
        var expected = classes.makeIterator()
        var current = expected.next()!
        for bytes in 0...65536 {
            if bytes > current { current = expected.next()! }
            #expect(SizeClasses.size(for: bytes, quantum) == current, "\(bytes) bytes")
            if SizeClasses.size(for: bytes, quantum) != current { return }
        }
    }

    @Test func largeClassesAreFourPerDoubling() {
        let mebi = 1 << 20
        for (bytes, expected) in [
            (mebi, mebi), (mebi + 1, 5 * mebi / 4), (6 * mebi + 1, 7 * mebi), (8 * mebi, 8 * mebi),
            ((1 << 30) + 1, 5 << 28), ((1 << 31) + 1, 5 << 29),
        ] {
            #expect(SizeClasses.size(for: bytes, .eight) == expected)
            #expect(SizeClasses.size(for: bytes, .sixteen) == expected)
        }
    }
}
