// Nothing is declared that nobody uses: a name of Sources occurs outside of its declarations, too.
//
// A name is a whole word of code, strings with interpolations included, whatever it refers to: two
// things of one name hide each other, so not everything dead is found, but what is found is dead.
import Testing

@Suite struct DeadDeclarationTests {
    /// Names that nobody in Sources asks for, and why they are there.
    private static let exceptions: [String: String] = [
        "appendInterpolation": "string interpolation calls it",
        "appendLiteral": "string interpolation calls it",
        "validate": "ParsableCommand calls it",
        "callAsFunction": "calls of a value call it",
        "line1": "room between two counters, so that each has a cache line of its own",
        "line2": "room between two counters, so that each has a cache line of its own",
        "requestStop": "ends a server that runs in the process of its tests",
    ]

    private struct Site {
        let place: String
        /// How often the name stands in that line.
        let count: Int
    }

    @Test func everythingDeclaredIsUsed() throws {
        var uses: [Substring: Int] = [:]
        var sites: [String: [Site]] = [:]
        for file in try SourceFile.all("Sources", ["swift"]) {
            for (index, line) in file.code.enumerated() {
                let words = Self.words(line)
                for word in words { uses[word, default: 0] += 1 }
                for name in Set(Declaration(line)?.names ?? []) {
                    sites[name, default: []].append(
                        Site(
                            place: "\(file.path):\(index + 1)",
                            count: words.count { $0 == name }))
                }
            }
        }
        #expect(sites.count > 1_000)
        let dead = sites.filter { name, sites in
            uses[Substring(name), default: 0] <= sites.reduce(0) { $0 + $1.count }
        }
        report(
            dead.filter { Self.exceptions[$0.key] == nil }.sorted { $0.key < $1.key }.map {
                "\($0.value[0].place): nothing in Sources uses '\($0.key)'; delete it, or say in "
                    + "Tests/Tidy/DeadDeclarationTests.swift who does"
            })
        report(
            Self.exceptions.keys.filter { dead[$0] == nil }.sorted().map {
                "Tests/Tidy/DeadDeclarationTests.swift:1: '\($0)' is used, or gone; take it off "
                    + "the list"
            })
    }

    /// The words of a line, as identifiers are made.
    private static func words(_ line: Substring) -> [Substring] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
    }
}
