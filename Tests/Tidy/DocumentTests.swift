// The documents are true: what they name and link to exists, the README has the verbs that there
// are, and the house plan the folders.
import Foundation
import Testing

@Suite struct DocumentTests {
    private static let documents = [
        "README.md", "Workloads/README.md", "Workloads/policies/README.md",
        "Scripts/proofs/README.md", "Sources/README.md", "Sources/Adapters/README.md",
        "Sources/CTable/README.md", "Sources/HashmarkMPI/README.md",
    ]
    /// Files of others that comments name.
    private static let foreign: Set<String> = ["System.swift"]
    /// Files that commands of the documents write in a project.
    private static let written: Set<String> = ["Workloads/policies/gate.yaml"]

    /// Paths from the root, and names of Swift files, in documents and comments.
    @Test func whatIsNamedExists() throws {
        let swift =
            try SourceFile.all("Sources", ["swift", "c", "h"])
            + SourceFile.all("Tests", ["swift", "c", "h"])
        let names = Set(swift.map { String($0.path.split(separator: "/").last!) })
            .union(["Package.swift"]).union(Self.foreign)
        var faults: [String] = []
        var paths = 0
        func check(_ line: Substring, _ place: String) {
            for match in line.matches(of: #/\b(Sources|Tests|Workloads|Scripts)/[\w.+\-/]*/#) {
                paths += 1
                let path = match.output.0.trimmingSuffix { "./".contains($0) }
                if SourceFile.exists(path) || Self.written.contains(path) { continue }
                faults.append("\(place): there is no \(path); name what is there")
            }
            for match in line.matches(of: #/[\w+]+\.swift\b/#)
            where !names.contains(String(match.output)) {
                faults.append("\(place): there is no \(match.output); name what is there")
            }
        }
        for document in try Self.documents.map({ try SourceFile($0) }) {
            for (index, line) in document.lines.enumerated() {
                check(line, "\(document.path):\(index + 1)")
            }
        }
        for file in swift {
            for (index, line) in file.lines.enumerated()
            where line.drop(while: { $0 == " " }).hasPrefix("//") {
                check(line, "\(file.path):\(index + 1)")
            }
        }
        #expect(paths > 20)
        report(faults)
    }

    @Test func theTableOfVerbsIsTheCommandLines() throws {
        let rows = try Self.section("## Verbs", of: "README.md").filter { $0.line.hasPrefix("| `") }
        let documented = rows.map { row in
            (row.number, row.line, verb: row.line.dropFirst(3).prefix(while: \.isLetter))
        }
        let root = try CommandSource(of: "Hashmark")
        let verbs = try root.subcommands.map { try CommandSource(of: $0) }
        #expect(verbs.count > 10)
        for row in documented where !verbs.contains(where: { $0.name == row.verb }) {
            report(["README.md:\(row.0): there is no verb '\(row.verb)'; take it out"])
        }
        for verb in verbs {
            guard let row = documented.first(where: { $0.verb == verb.name }) else {
                report(["README.md:1: nothing about the verb '\(verb.name)'; add it to the table"])
                continue
            }
            for below in try verb.subcommands.map({ try CommandSource(of: $0) })
            where below.type != verb.defaultSubcommand && !row.1.contains(below.name) {
                report([
                    "README.md:\(row.0): nothing about '\(verb.name) \(below.name)'; add it"
                ])
            }
        }
    }

    /// `LEVEL Module/ Folder, Folder # words`, or several modules without their folders.
    @Test func theHousePlanHasTheFoldersThatThereAre() throws {
        var modules: Set<String> = []
        let document = "Sources/README.md"
        for (number, line) in try Self.section("## House plan", of: document)
        where line.hasPrefix("    ") {
            let words = line.prefix { $0 != "#" }.split { " ,".contains($0) }
                .filter { Int($0) == nil }
            let named = words.filter { $0.hasSuffix("/") }.map { String($0.dropLast()) }
            modules.formUnion(named)
            let folders = words.filter { !$0.hasSuffix("/") }.map(String.init)
            guard named.count == 1, !folders.isEmpty else { continue }
            let there = try Self.folders("Sources/\(named[0])")
                .subtracting(["Resources", "include"])
            guard Set(folders) != there else { continue }
            let list = there.sorted().joined(separator: ", ")
            report([
                "\(document):\(number): the folders of Sources/\(named[0]) are \(list); write those"
            ])
        }
        let there = try Self.folders("Sources")
        report(
            modules.symmetricDifference(there).sorted().map {
                "\(document):1: \($0) is in the house plan or in Sources, not in both; correct "
                    + "the plan"
            })
    }

    /// Every link into the repository leads somewhere, headings included.
    @Test func linksLead() throws {
        var faults: [String] = []
        var links = 0
        for document in try Self.documents.map({ try SourceFile($0) }) {
            let folder = SourceFile.root.appending(path: document.path).deletingLastPathComponent()
            for (index, line) in document.lines.enumerated() {
                for match in line.matches(of: #/\]\(([^()\s]+)\)/#)
                where !match.output.1.contains("://") {
                    links += 1
                    let parts = match.output.1.split(
                        separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                    let file =
                        parts[0].isEmpty
                        ? SourceFile.root.appending(path: document.path)
                        : folder.appending(path: String(parts[0])).standardizedFileURL
                    let leads =
                        FileManager.default.fileExists(atPath: file.path)
                        && (parts.count < 2 || Self.anchors(of: file).contains(String(parts[1])))
                    if leads { continue }
                    faults.append(
                        "\(document.path):\(index + 1): '\(match.output.1)' leads nowhere; link to "
                            + "what is there")
                }
            }
        }
        #expect(links > 10)
        report(faults)
    }

    /// What the headings of a document are called in links.
    private static func anchors(of file: URL) -> Set<String> {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let headings = text.split(separator: "\n").filter { $0.hasPrefix("#") }
        return Set(
            headings.map { heading in
                let words = heading.drop { $0 == "#" || $0 == " " }.lowercased()
                return String(
                    words.filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
                        .map { $0 == " " ? "-" : $0 })
            })
    }

    /// A document's lines from a heading to the next.
    private static func section(
        _ heading: String, of document: String
    ) throws -> [(number: Int, line: Substring)] {
        let lines = try SourceFile(document).lines.enumerated().map {
            (number: $0.offset + 1, line: $0.element)
        }
        let rest = lines.drop { $0.line != heading }.dropFirst()
        try #require(!rest.isEmpty, "\(document) has no section '\(heading)'")
        return Array(rest.prefix { !$0.line.hasPrefix("## ") })
    }

    private static func folders(_ path: String) throws -> Set<String> {
        let folder = SourceFile.root.appending(path: path)
        return Set(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
                !$0.hasPrefix(".") && folder.appending(path: $0).isFolder
            })
    }
}

extension Substring {
    /// Without the characters at its end that are so.
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return String(text)
    }
}
