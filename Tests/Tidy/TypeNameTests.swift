// A name of a type is one thing: no two modules have a top-level type of the same name, for who
// reads it, or imports both, would have to know which.
import Testing

@Suite struct TypeNameTests {
    private static let keywords: Set<String> = [
        "struct", "enum", "class", "actor", "protocol", "typealias",
    ]

    @Test func noTwoModulesHaveATypeOfOneName() throws {
        // By name, then by module: where it is declared.
        var places: [String: [Substring: String]] = [:]
        for file in try SourceFile.all("Sources", ["swift"]) {
            let module = file.path.split(separator: "/")[1]
            for (index, line) in file.code.enumerated() {
                guard let declaration = Declaration(line), declaration.indentation == 0,
                    Self.keywords.contains(declaration.keyword), !Self.isPrivate(line)
                else { continue }
                for name in declaration.names {
                    places[name, default: [:]][module] = "\(file.path):\(index + 1)"
                }
            }
        }
        #expect(places.count > 500)
        report(
            places.filter { $0.value.count > 1 }.sorted { $0.key < $1.key }.map { name, places in
                let sorted = places.values.sorted()
                return "\(sorted[0]): '\(name)' is a type of \(sorted[1]), too; rename one of them"
            })
    }

    private static func isPrivate(_ line: Substring) -> Bool {
        line.split(separator: " ").contains { $0 == "private" || $0 == "fileprivate" }
    }
}
