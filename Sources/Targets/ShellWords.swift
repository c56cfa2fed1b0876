// Splits a command line the way a POSIX shell does: blanks, single and double quotes, backslash.
// Nothing is expanded, and no shell ever runs: `$`, `*`, `;` and `|` are ordinary characters.

public enum ShellWords {
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case openQuote(Character)
        case trailingBackslash

        public var description: String {
            switch self {
            case .openQuote(let quote): "a \(quote) is not closed"
            case .trailingBackslash: "it ends in a backslash"
            }
        }
    }

    /// The words of a line, without their quotes.
    public static func split(_ text: String) -> Result<[String], Failure> {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = text.makeIterator()
        while let character = characters.next() {
            switch (quote, character) {
            case (nil, "'"), (nil, "\""):
                quote = character
                word = word ?? ""
            case (let open?, character) where open == character:
                quote = nil
            case ("'", _):
                word!.append(character)
            case ("\"", "\\"):
                // Inside double quotes only these lose their backslash.
                guard let next = characters.next() else { return .failure(.openQuote("\"")) }
                word!.append("\"\\$`".contains(next) ? "\(next)" : "\\\(next)")
            case (nil, "\\"):
                guard let next = characters.next() else { return .failure(.trailingBackslash) }
                word = (word ?? "") + "\(next)"
            case (nil, _) where character.isWhitespace:
                if let finished = word { words.append(finished) }
                word = nil
            default:
                word = (word ?? "") + "\(character)"
            }
        }
        if let open = quote { return .failure(.openQuote(open)) }
        if let finished = word { words.append(finished) }
        return .success(words)
    }

    /// A word as it is written on a command line.
    public static func quoted(_ word: String) -> String {
        let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_./:=,+@%{}*".contains($0) }
        if plain && !word.isEmpty { return word }
        return "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
