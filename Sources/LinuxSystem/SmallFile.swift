// Whole small files, links and folder listings of /proc, /sys and the like, where absence is an
// ordinary answer: nil, not an error.
import Glibc

public enum SmallFile {
    /// The text of `path`, or nil when it cannot be read. Works for files that claim size 0.
    public static func read(_ path: String) -> String? {
        bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The bytes of `path`, or nil; no more than one above `most` of them.
    public static func bytes(_ path: String, atMost most: Int = .max - 1) -> [UInt8]? {
        let fd = open(path, O_RDONLY | O_CLOEXEC)
        guard fd >= 0 else { return nil }
        defer { close(fd) }
        var bytes: [UInt8] = []
        while true {
            let start = bytes.count
            let room = Swift.min(chunkSize, most - start + 1)
            bytes.append(contentsOf: repeatElement(0, count: room))
            let result = bytes.withUnsafeMutableBytes { bytes in
                transfer { Glibc.read(fd, bytes.baseAddress! + start, room) }
            }
            guard case .bytes(let count) = result else { return nil }
            bytes.removeLast(room - count)
            if count == 0 || bytes.count > most { return bytes }
        }
    }

    /// As much of a file as /proc hands out at once; it is all of most.
    private static let chunkSize = 4_096

    /// `read` without surrounding blanks and line ends.
    public static func line(_ path: String) -> String? {
        read(path).map { text in
            let body = text.drop { $0.isWhitespace }
            return String(body.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    /// The word in brackets, which marks the choice in a list such as `always [madvise] never`.
    public static func choice(_ path: String) -> String? {
        guard let text = read(path), let start = text.firstIndex(of: "["),
            let end = text[start...].firstIndex(of: "]")
        else { return nil }
        return String(text[text.index(after: start)..<end])
    }

    /// The target of a symbolic link, or nil.
    public static func link(_ path: String) -> String? {
        withUnsafeTemporaryAllocation(byteCount: Int(PATH_MAX), alignment: 1) { buffer in
            let count = readlink(
                path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
            return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }

    /// Names in a folder without `.` and `..`; empty when it cannot be read.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
