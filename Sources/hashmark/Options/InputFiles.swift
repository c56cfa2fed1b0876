// The files that a command line names and that are no outputs: what a run may read, and so must not
// write over. Every word counts, whatever it is for: a trace, a workload by its name, a server's
// configuration, an argument of a program that is run.
import Foundation
import Glibc
import ShippedFiles

enum InputFiles {
    /// Options whose value is an output.
    private static let outputs: Set<String> = [
        "--json", "--out", "--output", "--hdr-log", "--junit", "--markdown", "--save-rounds",
        "--export", "--history", "--certificate", "--keep-profile",
    ]
    /// Options whose value is a name: that a file is called so, too, says nothing.
    private static let names: Set<String> = [
        "--name", "--record", "--save-baseline", "--baselines", "--reason", "--author",
        "--repo", "--refs", "--tags", "--good", "--bad", "--reference", "--cache",
    ]
    /// What is looked for by its name.
    private static let kinds: [FileKind] = [.workload, .suite, .policy, .sweep, .trace]

    /// One file, whatever its path.
    struct Identity: Hashable {
        private let device: UInt64
        private let number: UInt64

        /// Nil of what is no regular file, or not there.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
            (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    /// The files that this command line names.
    static var named: Set<Identity> {
        var isNoInput = false
        // Standard input is one too.
        var found = Set([Identity("/dev/stdin")].compactMap(\.self))
        for word in CommandLine.arguments.dropFirst() {
            if isNoInput {
                isNoInput = false
            } else if outputs.contains(word) || names.contains(word) {
                isNoInput = true
            } else if !outputs.union(names).contains(String(word.prefix { $0 != "=" })) {
                for path in paths(in: word) { Identity(path).map { _ = found.insert($0) } }
            }
        }
        return found
    }

    /// `FILE`, `--option=FILE`, `LABEL=exec:PROGRAM FILE`, or a name.
    private static func paths(in word: String) -> [String] {
        let parts = word.split { "=: ".contains($0) }.map { String($0) }
        let named = kinds.flatMap { ProjectFiles.search.candidates(word, $0) }
        return [word] + (parts.count > 1 ? parts : []) + named
    }
}
