// The commands of the documents, told by how their code blocks are written:
//
//     $ hashmark bench …      a session: it is run as it stands, and what is shown below a command
//     GET: 123 requests …     comes out of it, whatever the numbers are; `…` stands for more lines
//
//     hashmark suite …        a listing: it may take long, or need what is not here; the executable
//                             parses it, and runs nothing
import Foundation

struct DocumentedCommand: Sendable {
    /// `README.md:12`
    let place: String
    /// As a shell reads it: with continued lines, and a text that follows it (`<<END`).
    let text: String
    /// The lines below it.
    var shown: [String] = []
}

/// A code block of a document, fenced or indented by four columns, without either.
struct CodeBlock: Sendable {
    static let documents = [
        "README.md", "Workloads/README.md", "Workloads/policies/README.md",
        "Sources/README.md", "Sources/CTable/README.md", "Sources/Adapters/README.md",
        "Sources/HashmarkMPI/README.md",
    ]

    let document: String
    /// The heading that it stands under.
    let heading: String
    /// The number of its first line.
    let firstLine: Int
    private(set) var lines: [String] = []

    /// What is run.
    var session: [DocumentedCommand] {
        commands { $0.hasPrefix("$ ") ? String($0.dropFirst(2)) : nil }
    }

    /// What is parsed.
    var listing: [DocumentedCommand] {
        guard session.isEmpty else { return [] }
        return commands { line in
            if line.hasPrefix("Scripts/hashmark ") { return String(line.dropFirst(8)) }
            return line.hasPrefix("hashmark ") ? line : nil
        }
    }

    /// - Parameter text: of a line that begins a command, that command.
    private func commands(_ text: (String) -> String?) -> [DocumentedCommand] {
        var commands: [DocumentedCommand] = []
        var index = 0
        while index < lines.count {
            let line = lines[index]
            index += 1
            guard var command = text(line) else {
                if !commands.isEmpty { commands[commands.count - 1].shown.append(line) }
                continue
            }
            let place = "\(document):\(firstLine + index - 1)"
            while command.hasSuffix("\\") && index < lines.count {
                command += "\n\(lines[index])"
                index += 1
            }
            if let end = command.firstMatch(of: #/<<'?(\w+)'?/#).map({ String($0.output.1) }) {
                var last = ""
                while last != end && index < lines.count {
                    last = lines[index]
                    command += "\n\(last)"
                    index += 1
                }
            }
            commands.append(DocumentedCommand(place: place, text: command))
        }
        return commands
    }

    static func all(in document: String) throws -> [CodeBlock] {
        let text = try String(contentsOfFile: "\(Case.home)/\(document)", encoding: .utf8)
        return all(in: text, of: document)
    }

    static func all(in text: String, of document: String) -> [CodeBlock] {
        var blocks: [CodeBlock] = []
        var open: CodeBlock?
        var heading = ""
        var isFenced = false
        var followsText = false
        func close() {
            if let block = open { blocks.append(block) }
            open = nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let isBlank = line.allSatisfy { $0 == " " }
            defer { followsText = !isBlank && open == nil }
            if line.hasPrefix("```") {
                close()
                isFenced.toggle()
                guard isFenced else { continue }
                open = CodeBlock(document: document, heading: heading, firstLine: index + 2)
            } else if isFenced {
                open?.lines.append(String(line))
            } else if line.hasPrefix("    ") && !followsText {
                if open == nil {
                    open = CodeBlock(document: document, heading: heading, firstLine: index + 1)
                }
                open?.lines.append(String(line.dropFirst(4)))
            } else if isBlank {
                open?.lines.append("")
            } else {
                close()
                if line.hasPrefix("## ") { heading = String(line.dropFirst(3)) }
            }
        }
        close()
        return blocks
    }
}
