// Runs that could not be published yet, in a folder: whole records, a line each, in a file for each
// time that the server was not there. The next time they go first.
import Foundation
import RunRecord

package struct Spool {
    let folder: String

    package init(folder: String) { self.folder = folder }

    private static let ending = ".ndjson"

    /// Its files, the oldest first.
    package var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(Self.ending) && !$0.hasPrefix(".") }.sorted()
            .map { "\(folder)/\($0)" }
    }

    /// Writes runs to a file of their own.
    /// - Parameter name: sorts behind those of the files that are there.
    package func keep(_ runs: [RunRecord], _ name: String) throws(RunRecordError) {
        var lines = Data()
        for run in runs { lines += try run.wholeLine() }
        try AtomicFile.write(lines, to: "\(folder)/\(name)\(Self.ending)")
    }

    package static func remove(_ files: [String]) {
        for file in files { try? FileManager.default.removeItem(atPath: file) }
    }
}
