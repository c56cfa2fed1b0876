// What the rules look at: the files of Sources and Tests, by line, and how a broken rule is told.
import Foundation
import Testing

struct SourceFile {
    /// From the repository's root: `Sources/RESP/ReplyBuffer.swift`.
    let path: String
    let lines: [Substring]

    static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The files below `folder` whose names end in one of `extensions`, in order.
    static func all(_ folder: String, _ extensions: [String]) throws -> [SourceFile] {
        let paths = try FileManager.default.subpathsOfDirectory(
            atPath: root.appending(path: folder).path)
        return try paths.filter { path in extensions.contains { path.hasSuffix(".\($0)") } }
            .sorted().map { try SourceFile("\(folder)/\($0)") }
    }

    init(_ path: String) throws {
        self.path = path
        let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
        let whole = text.hasSuffix("\n") ? text.dropLast() : text[...]
        lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    /// Whether each line is text of a multi-line string literal. Such a literal begins at the end
    /// of a line and ends at the beginning of one.
    var isLiteral: [Bool] {
        let quotes = String(repeating: "\"", count: 3)
        var depth = 0
        var result: [Bool] = []
        for line in lines {
            var rest = line.drop { $0 == " " }
            if depth > 0 && rest.hasPrefix(quotes) {
                depth -= 1
                rest = rest.dropFirst(quotes.count)
            }
            result.append(depth > 0)
            if rest.hasSuffix(quotes) { depth += 1 }
        }
        return result
    }

    /// The lines without their comments.
    var code: [Substring] {
        zip(lines, isLiteral).map { line, isLiteral in
            isLiteral ? line : line[..<Self.comment(in: line)]
        }
    }

    /// Where a line's comment begins: its end where there is none.
    private static func comment(in line: Substring) -> Substring.Index {
        var isQuoted = false
        var index = line.startIndex
        while index < line.endIndex {
            let next = line.index(after: index)
            switch line[index] {
            case "\\" where next < line.endIndex:
                index = line.index(after: next)
                continue
            case "\"": isQuoted.toggle()
            case "/" where !isQuoted && next < line.endIndex && line[next] == "/": return index
            default: break
            }
            index = next
        }
        return index
    }
}

/// One issue for each broken rule: `file:line: what is wrong; what to do`.
func report(_ faults: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for fault in faults {
        Issue.record(Comment(rawValue: fault), sourceLocation: sourceLocation)
    }
}
