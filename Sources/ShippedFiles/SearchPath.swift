// Where a file is looked for that is given by its name or its path:
//
//     an existing path  ─►  NAME in a folder of `roots`, the first that has it  ─►  built in
//
// so that a project's own files come before those that Hashmark brings.
import Glibc

/// A file that was found.
public struct FoundFile: Sendable, Equatable {
    /// Its path, or the name of what is built in.
    public let path: String
    /// The bytes of what is built in; nil of what is read from ``path``.
    public let builtIn: [UInt8]?

    /// What messages call it: its path, or `ycsb-a (built in)`.
    public var title: String { builtIn == nil ? path : "\(path) (built in)" }
}

public struct SearchPath: Sendable {
    /// Folders with a folder Workloads/, in the order in which they are looked through.
    public let roots: [String]

    /// Without roots there are paths and what is built in.
    public init(_ roots: [String] = []) { self.roots = roots }

    /// The file that a name or a path means; nil where there is none. A folder is no file.
    public func find(_ nameOrPath: String, _ kind: FileKind) -> FoundFile? {
        let paths = [nameOrPath] + candidates(nameOrPath, kind)
        if let path = paths.first(where: Self.isFile) {
            return FoundFile(path: path, builtIn: nil)
        }
        return ShippedFiles.contents(of: kind.path(of: nameOrPath)).map {
            FoundFile(path: nameOrPath, builtIn: $0)
        }
    }

    /// Paths at which a file of that name may lie.
    public func candidates(_ name: String, _ kind: FileKind) -> [String] {
        roots.map { Self.path($0, kind.path(of: name)) }
    }

    /// Names of all files of a kind, sorted: those of the roots, and what is built in.
    public func names(_ kind: FileKind) -> [String] {
        let found = roots.flatMap { root -> [String] in
            let files = Self.entries(Self.path(root, kind.folder)).map { "\(kind.folder)/\($0)" }
            return kind.names(among: files).filter {
                Self.isFile(Self.path(root, kind.path(of: $0)))
            }
        }
        return Set(found + ShippedFiles.names(in: kind)).sorted()
    }

    /// Where a name is looked for, for a sentence: `in Workloads/, or among the built-in ones`.
    public func places(_ kind: FileKind) -> String {
        let folders = roots.map { Self.path($0, kind.folder) + "/" }
        return folders.isEmpty
            ? "among the built-in ones"
            : "in \(folders.joined(separator: ", in ")), or among the built-in ones"
    }

    /// As one would type it.
    private static func path(_ root: String, _ rest: String) -> String {
        root == "." ? rest : "\(root)/\(rest)"
    }

    /// Whatever can be read as one: a pipe, too.
    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    private static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
