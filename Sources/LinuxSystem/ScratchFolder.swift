// A folder of its owner's own where temporary files go, removed with everything in it.
import CLinux
import Glibc
import SystemPackage

public final class ScratchFolder: Sendable {
    public let path: String

    /// Where such folders are made: TMPDIR, or /tmp.
    public static var parent: String {
        getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    }

    /// - Parameter name: what the folder's name begins with. Six characters that mkdtemp(3) chooses
    ///   follow: names differ, never in length.
    /// - Throws: ENOENT, EACCES …, of `parent`.
    public init(_ name: String = "hashmark") throws(SystemCallError) {
        var template = Array("\(Self.parent)/\(name)-".utf8CString.dropLast())
        template += [CChar](repeating: CChar(UInt8(ascii: "X")), count: 6) + [0]
        guard mkdtemp(&template) != nil else {
            throw SystemCallError("mkdtemp", Errno(rawValue: errno))
        }
        // A program that runs elsewhere finds it too.
        guard let whole = realpath(template, nil) else {
            throw SystemCallError("realpath", Errno(rawValue: errno))
        }
        defer { free(whole) }
        path = String(cString: whole)
    }

    deinit { remove() }

    /// Removes it now; again, it does nothing.
    public func remove() { hashmark_remove_tree(path) }
}
