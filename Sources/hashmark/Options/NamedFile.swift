// Workloads, suites and policies go by name, or by path. A name that there is not is told before
// anything is read, with where it was looked for and what was meant.
import ArgumentParser
import Glibc
import Spelling
import Workloads

enum NamedFile: String, CaseIterable {
    case workload, suite, policy

    /// Below the home folder.
    var folder: String {
        switch self {
        case .workload: "Workloads"
        case .suite: "Workloads/suites"
        case .policy: "Workloads/policies"
        }
    }

    /// As `hashmark list` calls them.
    var listing: Listing {
        switch self {
        case .workload: .workloads
        case .suite: .suites
        case .policy: .policies
        }
    }

    /// Those that are there, sorted.
    var names: [String] {
        Workload.names(home: MeasuringOptions.home, folder: folder)
    }

    /// The file of a name, or the path itself.
    func path(_ nameOrPath: String) -> String {
        Workload.locate(nameOrPath, home: MeasuringOptions.home, folder: folder)
    }

    /// - Throws: for a plain name that no file has; paths are their readers' to refuse.
    func check(_ nameOrPath: String) throws {
        let isPath = nameOrPath.contains("/") || nameOrPath.contains(".")
        guard !isPath, access(path(nameOrPath), F_OK) != 0 else { return }
        // Built in, where the folder is not there.
        if self == .policy && nameOrPath == "default" { return }
        let known = names
        if known.contains(nameOrPath) { return }
        let remedy =
            known.isEmpty
            ? "give a path, or set HASHMARK_HOME to the folder of Workloads/"
            : Spelling.closest(to: nameOrPath, among: known).map { "did you mean `\($0)`?" }
                ?? "`hashmark list \(listing.rawValue)` names all"
        throw ValidationError(
            "there is no \(rawValue) '\(nameOrPath)' here or in \(MeasuringOptions.home)/"
                + "\(folder); \(remedy)")
    }
}
