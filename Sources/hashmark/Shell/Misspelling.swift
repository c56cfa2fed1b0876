// A verb or an option that there is not: which word it is, and what was meant. It is looked for
// only where the parser has refused a command line, for the parser names the first thing that it
// misses, which is another one where the name of an option is misspelled.
import Spelling

struct Misspelling {
    /// Options of the parser's own, which it does not list.
    private static let hidden: Set<String> = [
        "--help-hidden", "--generate-completion-script", "--experimental-dump-help",
    ]

    private var command: CommandTree
    /// As the user writes it: `hashmark gate accept`.
    private var path: String
    /// What stands beside a default subcommand.
    private var siblings: [CommandTree] = []
    /// Positional arguments that no word has yet.
    private var places: ArraySlice<CommandTree.Argument> = []

    /// Cause and remedy in one line; nil where all words are known, or none is close.
    static func found(in words: [String]) -> String? {
        guard let root = try? CommandTree.whole() else { return nil }
        var search = Misspelling(root)
        return search.find(words[...])
    }

    private init(_ root: CommandTree) {
        command = root
        path = root.commandName
    }

    private mutating func find(_ words: ArraySlice<String>) -> String? {
        var words = words
        while !command.commands.isEmpty {
            if let word = words.first, !word.hasPrefix("-") {
                if let next = command.command(word) {
                    path += " \(word)"
                    enter(next, beside: [])
                    words = words.dropFirst()
                    continue
                }
                if command.defaultSubcommand == nil { return unknown(command: word) }
            }
            guard let name = command.defaultSubcommand, let next = command.command(name) else {
                break
            }
            enter(next, beside: command.commands)
        }
        return unknownWord(words)
    }

    private mutating func enter(_ next: CommandTree, beside others: [CommandTree]) {
        command = next
        siblings = others
        let positional = next.parameters.filter {
            $0.kind == .positional && $0.parsingStrategy != "postTerminator"
        }
        places = positional[...]
    }

    private func unknown(command word: String) -> String {
        let known = command.commands.map(\.commandName)
        let what = command.commandName == path ? "verb" : path
        let remedy = Spelling.closest(to: word, among: known).map { "did you mean `\($0)`?" }
        return "there is no \(what) '\(word)'; "
            + (remedy ?? "there are \(known.joined(separator: ", "))")
    }

    /// The first word that the command does not know.
    private mutating func unknownWord(_ words: ArraySlice<String>) -> String? {
        var words = words
        while let word = words.popFirst() {
            if word == "--" { return nil }
            guard word.hasPrefix("-"), word.count > 1 else {
                // Flags before a verb are not its own.
                if command.command(word) != nil { return nil }
                guard let place = places.first else {
                    if let meant = sibling(of: word) { return meant }
                    continue
                }
                // The words of another program.
                if place.parsingStrategy == "allRemainingInput" { return nil }
                if !place.isRepeating { places = places.dropFirst() }
                continue
            }
            let name = String(word.prefix { $0 != "=" })
            if let option = command.option(name) {
                if option.kind == .option && name == word { Self.dropValues(of: option, &words) }
            } else if name.hasPrefix("--"), !name.hasPrefix("---"), !Self.hidden.contains(name) {
                return unknown(option: name)
            }
            // Short flags may stand together in one word: that is the parser's to say.
        }
        return nil
    }

    private static func dropValues(
        of option: CommandTree.Argument, _ words: inout ArraySlice<String>
    ) {
        switch option.parsingStrategy {
        case "unconditional":
            words = words.dropFirst()
        case "upToNextOption":
            words = words.drop { !$0.hasPrefix("-") }
        default:
            if words.first?.hasPrefix("-") == false { words = words.dropFirst() }
        }
    }

    private func unknown(option name: String) -> String {
        let known = command.parameters.filter(\.shouldDisplay).flatMap(\.spellings)
            .filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        let meant = Spelling.closest(to: String(name.dropFirst(2)), among: known)
        return "there is no option '\(name)'; "
            + (meant.map { "did you mean `--\($0)`?" } ?? "see \(path) --help")
    }

    /// `gate accpt`, where what is there by default takes no such word.
    private func sibling(of word: String) -> String? {
        let meant = Spelling.closest(to: word, among: siblings.map(\.commandName))
        return meant.map { "there is no \(path) '\(word)'; did you mean `\($0)`?" }
    }
}
