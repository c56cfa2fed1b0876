// Whoever calls a public function is told what it does, in which units and with which errors: it
// has a `///` comment, or meets a requirement of a protocol, which has one for all.
import Testing

@Suite struct PublicFunctionTests {
    /// Modules in which some are without a comment still. One is taken off once it has none of
    /// them; none is added.
    private static let exceptions: Set<Substring> = ["StrictYAML"]

    /// By what types meet requirements of Swift's own protocols.
    private static let foreign: Set<String> = ["==", "<", "hash", "encode"]

    @Test func publicFunctionsAreDocumented() throws {
        let files = try SourceFile.all("Sources", ["swift"])
        let required = Set(files.flatMap { Self.requirements($0) })
        var functions = 0
        var bare: [Substring: [String]] = [:]
        for file in files {
            let module = file.path.split(separator: "/")[1]
            let code = file.code
            for index in code.indices where Self.isPublicFunction(code[index]) {
                functions += 1
                guard !Self.isDocumented(file.lines, index),
                    let signature = Self.signature(code, index), !required.contains(signature),
                    !Self.foreign.contains(String(signature.prefix { $0 != "(" }))
                else { continue }
                bare[module, default: []].append(
                    "\(file.path):\(index + 1): \(signature) has no comment; say with `///` what "
                        + "it does, in which units, and when it throws")
            }
        }
        #expect(functions > 500 && required.count > 100)
        report(
            bare.filter { !Self.exceptions.contains($0.key) }.sorted { $0.key < $1.key }
                .flatMap(\.value))
        report(
            Self.exceptions.filter { bare[$0] == nil }.sorted().map {
                "Tests/Tidy/PublicFunctionTests.swift:1: all of \($0) is documented; take it off "
                    + "the list"
            })
    }

    private static func isPublicFunction(_ line: Substring) -> Bool {
        guard Declaration(line)?.keyword == "func" else { return false }
        return line.split(separator: " ").prefix { $0 != "func" }.contains("public")
    }

    /// Whether a comment is above a line, attributes aside.
    private static func isDocumented(_ lines: [Substring], _ index: Int) -> Bool {
        for line in lines[..<index].reversed() {
            let text = line.drop { $0 == " " }
            if !text.hasPrefix("@") { return text.hasPrefix("///") }
        }
        return false
    }

    /// The functions that the protocols of a file ask for.
    private static func requirements(_ file: SourceFile) -> [String] {
        let code = file.code
        var found: [String] = []
        /// Spaces before the protocol that a line is in.
        var outer: Int?
        for index in code.indices {
            let line = code[index]
            if let indentation = outer, line.hasPrefix(String(repeating: " ", count: indentation)),
                line.dropFirst(indentation).hasPrefix("}")
            {
                outer = nil
            }
            guard let declaration = Declaration(line) else { continue }
            if declaration.keyword == "protocol", !line.hasSuffix("}") {
                outer = declaration.indentation
            } else if outer != nil, declaration.keyword == "func" {
                if let requirement = signature(code, index) { found.append(requirement) }
            }
        }
        return found
    }

    /// `find(_:depth)`, of the function that is declared in a line and those behind it; nil where
    /// no parameters are found.
    private static func signature(_ code: [Substring], _ index: Int) -> String? {
        let text = code[index...].prefix(10).joined(separator: " ")
        guard let start = text.firstRange(of: "func ")?.upperBound else { return nil }
        let rest = text[start...]
        guard let open = rest.firstIndex(of: "(") else { return nil }
        let name = rest[..<open].prefix { $0 != "<" || rest.hasPrefix("<") }
            .filter { $0 != " " && $0 != "`" }
        var depth = 0
        var parameters: [String] = []
        var parameter = ""
        var last: Character = " "
        for character in rest[open...] {
            switch character {
            case "(", "[", "<", "{": depth += 1
            // The arrow of a closure's type closes nothing.
            case ">" where last == "-": break
            case ")", "]", ">", "}": depth -= 1
            default: break
            }
            last = character
            if depth == 0 { break }
            if character == "," && depth == 1 {
                parameters.append(parameter)
                parameter = ""
            } else if depth > 1 || character != "(" {
                parameter.append(character)
            }
        }
        if parameter.contains(where: { $0 != " " }) { parameters.append(parameter) }
        let labels = parameters.map { text in
            text.prefix { $0 != ":" }.split(separator: " ").first.map(String.init) ?? ""
        }
        return "\(name)(\(labels.joined(separator: ":")))"
    }
}
