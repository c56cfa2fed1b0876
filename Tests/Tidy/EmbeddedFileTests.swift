// All files of Workloads/ are in the executable, and no other: the table of CShippedFiles names
// those that there are.
import Foundation
import Testing

@Suite struct EmbeddedFileTests {
    private static let table = "Sources/CShippedFiles/shipped_files.c"

    @Test func theTableHasTheFilesThatThereAre() throws {
        let folder = SourceFile.root.appending(path: "Workloads")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let files = paths.filter { path in
            let file = folder.appending(path: path)
            let name = file.lastPathComponent
            return !file.isFolder && !name.hasPrefix(".") && name != "README.md"
        }
        let there = Set(files.map { "Workloads/\($0)" })
        #expect(there.count > 30)
        let lines = try SourceFile(Self.table).lines
        let embedded = lines.compactMap { line in
            line.wholeMatch(of: #/#embed "\.\./\.\./([^"]+)"/#).map { String($0.output.1) }
        }
        let rows = lines.compactMap { line in
            line.firstMatch(of: #/FILE_ROW\("([^"]+)"/#).map { String($0.output.1) }
        }
        for (named, what) in [(embedded, "#embed"), (rows, "row")] {
            report(
                there.subtracting(named).sorted().map {
                    "\(Self.table):1: no \(what) of \($0); add it"
                })
            report(
                Set(named).subtracting(there).sorted().map {
                    "\(Self.table):1: a \(what) of \($0), which is not there; take it out"
                })
        }
    }
}
