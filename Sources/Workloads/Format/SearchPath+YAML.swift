// YAML files by their name or path, wherever they lie: the bytes, or where was looked for them.
import Glibc
import ShippedFiles
import Spelling
import StrictYAML

extension SearchPath {
    /// The bytes of a file, and what messages call it.
    public func yaml(
        _ nameOrPath: String, _ kind: FileKind
    ) throws(FileProblems) -> (bytes: [UInt8], title: String) {
        if let found = find(nameOrPath, kind) {
            if let bytes = found.builtIn { return (bytes, found.title) }
            return (try readYAML(found.path, remedy: Self.remedy(kind)), found.title)
        }
        if let problem = problem(nameOrPath, kind) { throw FileProblems([problem]) }
        return (try readYAML(nameOrPath, remedy: Self.remedy(kind)), nameOrPath)
    }

    /// What is wrong with a plain name that no file has; nil of what is there, and of paths.
    public func problem(_ nameOrPath: String, _ kind: FileKind) -> FileProblem? {
        // Whoever writes a path means it; a folder is there, and no file.
        let isPath =
            nameOrPath.contains("/") || nameOrPath.hasSuffix(".yaml")
            || nameOrPath.hasSuffix(".yml") || access(nameOrPath, F_OK) == 0
        if isPath || find(nameOrPath, kind) != nil { return nil }
        let closest = Spelling.closest(to: nameOrPath, among: names(kind))
        return FileProblem(
            file: nameOrPath, line: nil,
            problem: "there is no such \(kind.noun) \(places(kind))",
            remedy: closest.map { "did you mean `\($0)`?" } ?? "`hashmark list` names all")
    }

    private static func remedy(_ kind: FileKind) -> String {
        "give the path of a \(kind.noun) file, or the name of one in \(kind.folder)/"
    }
}
