// Scripts are run through links, too: they look for their folder where they lie, not where the link
// does.
import Foundation
import Testing

@Suite struct ScriptTests {
    @Test func scriptsFollowTheLinkThatTheyAreRunBy() throws {
        let folder = SourceFile.root.appending(path: "Scripts")
        var faults: [String] = []
        var scripts = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
        where !folder.appending(path: path).isFolder && !path.hasSuffix(".pyc") {
            let file = try SourceFile("Scripts/\(path)")
            guard file.lines.first == "#!/usr/bin/env bash" else { continue }
            scripts += 1
            for (index, line) in file.lines.enumerated() where line.contains(#"dirname "$0""#) {
                faults.append(
                    "\(file.path):\(index + 1): $0 may be a link; write "
                        + #"$(dirname "$(readlink -f "$0")")"#)
            }
        }
        #expect(scripts > 10)
        report(faults)
    }
}
