// The commands that a chapter of a document shows with what they print: run one after the other, in
// one folder, which has a checkout's workloads and the interface of tables in it.
import Foundation
import LinuxSystem
import TestSupport
import Testing

struct DocumentedSession: Sendable, CustomTestStringConvertible {
    let document: String
    let heading: String
    private(set) var commands: [DocumentedCommand] = []

    var testDescription: String { "\(document): \(heading)" }

    /// Those of all documents; of one that cannot be read, none, which a test counts.
    static let all: [DocumentedSession] = CodeBlock.documents.flatMap { document in
        DocumentedSession.of((try? CodeBlock.all(in: document)) ?? [])
    }

    /// One for each heading with commands to run.
    static func of(_ blocks: [CodeBlock]) -> [DocumentedSession] {
        var sessions: [DocumentedSession] = []
        for block in blocks where !block.session.isEmpty {
            if sessions.last?.heading != block.heading {
                sessions.append(
                    DocumentedSession(document: block.document, heading: block.heading))
            }
            sessions[sessions.count - 1].commands += block.session
        }
        return sessions
    }

    /// Runs them.
    /// - Returns: what is not as it is shown, a line each.
    func faults(seconds: Double = 120) throws -> [String] {
        let folder = TemporaryFolder()
        let output = try RunningProgram([
            "bash", "-c", "cd '\(folder.path)'\n\(Self.prelude)\n\(script)",
        ]).finish(seconds: seconds)
        // Each command's code stands before what the next one says.
        var pieces = output.stdout.split(separator: "\u{1}", omittingEmptySubsequences: false)
        guard pieces.count == commands.count + 1 else {
            return ["\(testDescription): ended early: \(output.stdout)\(output.stderr)"]
        }
        var faults: [String] = []
        for (index, command) in commands.enumerated() {
            let code = pieces[index + 1].prefix { $0 != "\n" }
            pieces[index + 1] = pieces[index + 1].dropFirst(code.count)
            let isAskedFor =
                index + 1 < commands.count && commands[index + 1].text == "echo $?"
            let said = "\(command.text)\n\(pieces[index])"
            if code != "0" && !isAskedFor {
                faults.append("\(command.place): ended with \(code): \(said)")
            }
            let words = Self.words(pieces[index]).joined(separator: " ")
            for label in command.shown.map(Self.label)
            where !label.isEmpty && !words.contains(label) {
                faults.append("\(command.place): '\(label)' did not come out of \(said)")
            }
        }
        return faults
    }

    private var script: String {
        commands.map { "\($0.text)\ncode=$?; printf '\\n\\001%d\\n' $code; (exit $code)" }
            .joined(separator: "\n")
    }

    private static let prelude = """
        mkdir Sources Reports
        cp -r '\(Case.home)/Workloads' . && cp -r '\(Case.home)/Sources/CTable' Sources/ || exit 98
        unset HASHMARK_HOME COLUMNS
        hashmark() { '\(Hashmark.executable)' "$@"; }
        exec 2>&1
        """

    private static func words(_ text: some StringProtocol) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map { String($0) }
    }

    /// What of a line comes out at every run: its words up to the first number behind one. A single
    /// word comes out as it is; of `…`, and of numbers in a row, nothing must.
    static func label(_ line: String) -> String {
        let all = words(line)
        if all.count == 1 { return all[0] == "…" ? "" : all[0] }
        let named = all.drop(while: isNumber).prefix { !isNumber($0) }
        let label = named.joined(separator: " ")
        // What stands between a name and a number: ±, (, –
        guard let end = label.lastIndex(where: { $0.isLetter || $0.isNumber }) else { return "" }
        return String(label[...end])
    }

    private static func isNumber(_ word: String) -> Bool {
        word.first { $0.isLetter || $0.isNumber }?.isNumber == true
    }
}
