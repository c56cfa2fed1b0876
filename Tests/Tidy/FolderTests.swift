// A folder is a room for several files; one alone stands with its kin or a level up.
import Foundation
import Testing

@Suite struct FolderTests {
    /// Folders whose place and name somebody else asks for: C compilers, the package's manifest.
    private static let asked: Set<String> = ["include", "Resources"]

    @Test func noFolderHoldsOneFile() throws {
        let sources = SourceFile.root.appending(path: "Sources")
        let paths = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
        var faults: [String] = []
        var folders = 0
        for path in paths.sorted() {
            let folder = sources.appending(path: path)
            guard folder.isFolder, !Self.asked.contains(folder.lastPathComponent) else { continue }
            folders += 1
            let entries = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { !$0.hasPrefix(".") }
            guard entries.count == 1 else { continue }
            faults.append(
                "Sources/\(path):1: a folder with \(entries[0]) alone; move that to its kin or a "
                    + "level up")
        }
        #expect(folders > 20)
        report(faults)
    }
}

extension URL {
    var isFolder: Bool {
        (try? resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory == true
    }
}
