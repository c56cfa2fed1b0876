// The folder that a server started here runs in: whatever it leaves behind (a snapshot, an
// append-only file, a core) goes away with it, and it finds nothing that another one left.
//
// A command line was written for the folder of whoever wrote it, so its paths are resolved there
// first. What a configuration file says is not looked into: relative paths in one are from here.
import Foundation
import Glibc
import LinuxSystem

final class WorkingFolder: Sendable {
    private let scratch: ScratchFolder
    var path: String { scratch.path }
    /// The server's stdout and stderr.
    var logFile: String { path + "/output.log" }

    init() throws(TargetError) {
        do throws(SystemCallError) {
            scratch = try ScratchFolder()
        } catch {
            throw TargetError(
                "no folder for a server in \(ScratchFolder.parent): \(error)",
                remedy: "point TMPDIR to a folder that can be written")
        }
    }

    /// Once the server has ended; again, it does nothing.
    func remove() { scratch.remove() }

    /// Options whose value is a path even when nothing is there yet.
    private static let pathOptions: Set<String> = [
        "--dir", "--logfile", "--pidfile", "--unixsocket",
    ]

    /// A command line with its relative paths made absolute: the program, where it has a slash;
    /// values of path options; files that are there; and what has a slash and a parent folder that
    /// is there. The value of `--option=value` counts as a word.
    /// - Parameter folder: which they are relative to; the current one if left out.
    static func resolve(_ words: [String], in folder: String? = nil) -> [String] {
        let folder = folder ?? FileManager.default.currentDirectoryPath
        var resolved: [String] = []
        for (index, word) in words.enumerated() {
            let takesPath = index > 0 && pathOptions.contains(words[index - 1])
            guard word.hasPrefix("-"), let equals = word.firstIndex(of: "=") else {
                let isPath =
                    index == 0 ? word.contains("/") : takesPath || namesFile(word, folder)
                resolved.append(isPath ? absolute(word, folder) : word)
                continue
            }
            let value = String(word[word.index(after: equals)...])
            let isPath = pathOptions.contains(String(word[..<equals])) || namesFile(value, folder)
            resolved.append(word[...equals] + (isPath ? absolute(value, folder) : value))
        }
        return resolved
    }

    static func absolute(
        _ path: String, _ folder: String = FileManager.default.currentDirectoryPath
    ) -> String {
        if path.isEmpty || path.hasPrefix("/") { return path }
        return folder + "/" + (path.hasPrefix("./") ? path.dropFirst(2) : path[...])
    }

    private static func namesFile(_ word: String, _ folder: String) -> Bool {
        guard !word.isEmpty, !word.hasPrefix("-"), !word.hasPrefix("/") else { return false }
        let path = absolute(word, folder)
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) {
            // "yes" and "no" are words even where a folder is called so
            return !isFolder.boolValue || word.contains("/")
        }
        guard let slash = path.lastIndex(of: "/"), word.contains("/") else { return false }
        return access(String(path[..<slash]), F_OK) == 0
    }
}
