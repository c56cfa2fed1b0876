// Workloads, suites and policies go by name, or by path. A name that there is not is told before
// anything is read, with where it was looked for and what was meant.
import ArgumentParser
import ShippedFiles
import Workloads

extension FileKind {
    /// Those of the project and those that are built in, sorted.
    var names: [String] { ProjectFiles.search.names(self) }

    /// - Throws: for a plain name that no file has; paths are their readers' to refuse.
    func check(_ nameOrPath: String) throws {
        if let problem = ProjectFiles.search.problem(nameOrPath, self) {
            throw ValidationError(problem.description)
        }
    }
}
