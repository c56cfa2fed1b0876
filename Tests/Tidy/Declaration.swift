// What a line of Swift declares, told from the line alone.

struct Declaration {
    let keyword: String
    /// One, or those of a `case` or a tuple; none of an initialiser or an operator.
    let names: [String]
    /// Spaces before it.
    let indentation: Int

    private static let keywords: Set<String> = [
        "func", "init", "var", "let", "case", "struct", "class", "enum", "protocol", "typealias",
        "actor",
    ]
    private static let modifiers: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "static", "final", "mutating",
        "nonmutating", "borrowing", "consuming", "lazy", "override", "indirect", "unowned", "weak",
        "nonisolated", "convenience", "required",
    ]

    /// Nil for a line that declares nothing. - Parameter line: without its comment.
    init?(_ line: Substring) {
        indentation = Self.indentation(of: line)
        var words = line.split(separator: " ")[...]
        while let word = words.first,
            word.hasPrefix("@") || Self.modifiers.contains(String(word.prefix { $0 != "(" }))
        {
            words = words.dropFirst()
        }
        guard let first = words.first else { return nil }
        keyword = String(first.prefix(while: \.isLetter))
        guard Self.keywords.contains(keyword) else { return nil }
        let rest = words.dropFirst().joined(separator: " ")
        switch keyword {
        case "init":
            guard first.count > keyword.count, "(<?".contains(first.dropFirst(4).first!) else {
                return nil
            }
            names = []
        case "case":
            names = Self.cases(rest)
        case "let" where rest.hasPrefix("("), "var" where rest.hasPrefix("("):
            names = rest.dropFirst().prefix { $0 != ")" }.split(separator: ",")
                .compactMap { Self.name($0) }
        default:
            names = Self.name(rest[...]).map { [$0] } ?? []
        }
    }

    static func indentation(of line: Substring) -> Int { line.prefix { $0 == " " }.count }

    /// The identifier that a text begins with.
    private static func name(_ text: Substring) -> String? {
        let name = text.drop { $0 == " " || $0 == "`" }
            .prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty || name == "_" ? nil : String(name)
    }

    /// The cases of an enumeration; none for a pattern of a `switch`, which has a colon.
    private static func cases(_ text: String) -> [String] {
        var parts = [""]
        var depth = 0
        var isQuoted = false
        for character in text {
            switch character {
            case "\"": isQuoted.toggle()
            case _ where isQuoted: break
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case ":" where depth == 0: return []
            case "," where depth == 0: parts.append("")
            default: if depth == 0 { parts[parts.count - 1].append(character) }
            }
        }
        return parts.compactMap { name($0[...]) }
    }
}
