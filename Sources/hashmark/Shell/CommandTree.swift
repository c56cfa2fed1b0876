// The verbs and their options as the parser knows them: the manual is written from it, and
// misspelled words are held against it.
import ArgumentParser
import Foundation

/// A command with what is below it.
struct CommandTree: Decodable {
    let commandName: String
    let abstract: String?
    let discussion: String?
    let defaultSubcommand: String?
    private let subcommands: [CommandTree]?
    private let arguments: [Argument]?

    struct Argument: Decodable {
        enum Kind: String, Decodable {
            case positional, option, flag
        }

        private struct Name: Decodable {
            let kind: String
            let name: String
        }

        let kind: Kind
        /// False of what `--help` does not show.
        let shouldDisplay: Bool
        let isOptional: Bool
        let isRepeating: Bool
        /// Which of the words behind it are its values, in the parser's own words.
        let parsingStrategy: String
        let sectionTitle: String?
        private let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?

        /// With their dashes; none of what is known by its position.
        var spellings: [String] {
            (names ?? []).map { $0.kind == "long" ? "--\($0.name)" : "-\($0.name)" }
        }
    }

    /// Of the whole program.
    static func whole() throws -> CommandTree {
        struct Document: Decodable {
            let command: CommandTree
        }
        let text = Hashmark._dumpHelp()
        return try JSONDecoder().decode(Document.self, from: Data(text.utf8)).command
    }

    /// In the order of `--help`; the parser's own `help` is the last of the program's.
    var commands: [CommandTree] { subcommands ?? [] }

    var parameters: [Argument] { arguments ?? [] }

    func command(_ name: String) -> CommandTree? { commands.first { $0.commandName == name } }

    /// The verb that these words begin with, or the one below it that is there by default.
    func command(of words: [String]) -> CommandTree {
        var found = self
        for word in words {
            guard let next = found.command(word) else { break }
            found = next
        }
        return found.defaultSubcommand.flatMap { found.command($0) } ?? found
    }

    func option(_ spelling: String) -> Argument? {
        parameters.first { $0.spellings.contains(spelling) }
    }
}
