// Tables built with -fsanitize=address: the sanitizer's library must be the first of the process
// that loads them, so the worker is started with it in LD_PRELOAD.
//
// Which one is told by the file itself: the name that its dynamic section asks for, as gcc leaves
// it, or the mere use of `__asan_init`, as clang leaves it.
import Glibc
import LinuxSystem

public struct Sanitizer: Sendable {
    /// What LD_PRELOAD names.
    let library: String

    /// The status that the sanitizer ends a process with.
    static let exitStatus: CInt = 99

    public struct Missing: Error, CustomStringConvertible {
        public let description =
            "the table was built with -fsanitize=address, and no libasan.so is found; install the "
            + "compiler's, or build the table with gcc"
    }

    /// The one that the shared object at `path` needs; nil when it needs none.
    public static func needed(by path: String) throws(Missing) -> Sanitizer? {
        guard let bytes = SmallFile.bytes(path), position(of: "__asan_init", in: bytes) != nil
        else { return nil }
        if let start = position(of: "libasan.so", in: bytes) {
            let name = bytes[start...].prefix { $0 > 0x20 && $0 < 0x7f }
            return Sanitizer(library: String(decoding: name, as: UTF8.self))
        }
        let output = try? Tool.run(["cc", "-print-file-name=libasan.so"])
        let found = output.map { $0.text.filter { !$0.isWhitespace } } ?? ""
        guard found.hasPrefix("/") else { throw Missing() }
        return Sanitizer(library: found)
    }

    /// The environment of a worker: the process's own, and what the sanitizer needs.
    static func environment(_ sanitizer: Sanitizer?) -> [String] {
        var lines = (SmallFile.read("/proc/self/environ") ?? "").split(separator: "\0").map {
            String($0)
        }
        // A crash is an ordinary answer here, and a report of it takes seconds.
        lines.removeAll { $0.hasPrefix("SWIFT_BACKTRACE=") }
        lines.append("SWIFT_BACKTRACE=enable=no")
        guard let sanitizer else { return lines }
        let own = lines.first { $0.hasPrefix("ASAN_OPTIONS=") }.map { $0.dropFirst(13) + ":" } ?? ""
        let preloaded = lines.first { $0.hasPrefix("LD_PRELOAD=") }.map { ":" + $0.dropFirst(11) }
        lines.removeAll { $0.hasPrefix("ASAN_OPTIONS=") || $0.hasPrefix("LD_PRELOAD=") }
        // The host counts leaks, and more exactly.
        lines.append("ASAN_OPTIONS=\(own)detect_leaks=0:exitcode=\(exitStatus)")
        lines.append("LD_PRELOAD=\(sanitizer.library)\(preloaded ?? "")")
        return lines
    }

    private static func position(of word: String, in bytes: [UInt8]) -> Int? {
        let word = Array(word.utf8)
        return bytes.withUnsafeBytes { bytes in
            var start = 0
            while start + word.count <= bytes.count {
                let base = bytes.baseAddress! + start
                let left = bytes.count - start
                guard let found = memchr(base, CInt(word[0]), left) else { return nil }
                let place = bytes.baseAddress!.distance(to: UnsafeRawPointer(found))
                guard place + word.count <= bytes.count else { return nil }
                if memcmp(found, word, word.count) == 0 { return place }
                start = place + 1
            }
            return nil
        }
    }
}
