// The project that a command runs in: where the files lie that belong to the user and not to
// Hashmark, and where files are looked for by their names. Paths are as one would type them.
import Foundation
import ShippedFiles

enum ProjectFiles {
    /// `$HASHMARK_HOME`; else the nearest folder upwards with `.git` or Reports/; else this one.
    static let root: String = home ?? nearestRoot ?? "."

    /// Where workloads, suites, policies and traces are looked for by their names, before what is
    /// built in.
    static var search: SearchPath {
        var roots: [String] = []
        for folder in [".", nearestRoot, home].compactMap(\.self) where !roots.contains(folder) {
            roots.append(folder)
        }
        return SearchPath(roots)
    }

    static var latest: String { report("latest") }
    static var history: String { report("history.ndjson") }
    static var acceptances: String { report("acceptances.yaml") }
    static var certificate: String { report("selftest.json") }
    static var spool: String { report("spool") }
    static var baselines: String { report("baselines") }

    private static func report(_ name: String) -> String { file("Reports/\(name)") }

    /// A file of the project by its path from the root.
    static func file(_ path: String) -> String { root == "." ? path : "\(root)/\(path)" }

    private static let home: String? = {
        let home = ProcessInfo.processInfo.environment["HASHMARK_HOME"] ?? ""
        return home.isEmpty ? nil : home
    }()

    /// `.`, `..`, `../..`, …; not the root of all files, which is nobody's project.
    private static let nearestRoot: String? = {
        let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
        for steps in 0..<depth {
            let folder =
                steps == 0 ? "." : Array(repeating: "..", count: steps).joined(separator: "/")
            if exists("\(folder)/.git") || exists("\(folder)/Reports/.") { return folder }
        }
        return nil
    }()

    private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}
