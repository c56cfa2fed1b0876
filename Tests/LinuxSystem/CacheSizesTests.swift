// Sizes of caches as the kernel lists them: levels, kinds, and what is no size.
import Foundation
import LinuxSystem
import TestSupport
import Testing

@Suite struct CacheSizesTests {
    private func sizes(_ caches: [(level: String, type: String, size: String)]) throws
        -> CacheSizes
    {
        let folder = TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        for (index, cache) in caches.enumerated() {
            let path = folder.file("index\(index)")
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            for (name, text) in [
                ("level", cache.level), ("type", cache.type), ("size", cache.size),
            ] {
                try "\(text)\n".write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
            }
        }
        return CacheSizes(in: folder.path)
    }

    @Test func levelsOfDataAreRead() throws {
        let found = try sizes([
            ("1", "Data", "48K"), ("1", "Instruction", "32K"), ("2", "Unified", "2048K"),
            ("3", "Unified", "32M"),
        ])
        #expect(found.l1d == 48 << 10 && found.l2 == 2 << 20 && found.l3 == 32 << 20)
    }

    @Test func whatIsNoSizeIsNotKnown() throws {
        let found = try sizes([
            ("1", "Data", "large"), ("2", "Unified", "0K"),
            ("3", "Unified", "9223372036854775807K"),
        ])
        #expect(found.l1d == nil && found.l2 == nil && found.l3 == nil)
        let none = CacheSizes(in: "/nowhere")
        #expect(none.l1d == nil && none.l2 == nil && none.l3 == nil)
    }
}
