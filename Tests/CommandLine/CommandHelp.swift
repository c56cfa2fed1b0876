// The verbs and their options, as the executable itself lists them.
import Foundation
import TestSupport

enum CommandHelp {
    struct Option {
        /// With its dashes.
        let name: String
        let takesValue: Bool
        /// In `--help`.
        let isShown: Bool
    }

    /// Each verb's words, and its options and flags.
    static func verbs() throws -> [(words: [String], options: [Option])] {
        let text = try Hashmark.run("--experimental-dump-help").stdout
        let root = try JSONDecoder().decode(Document.self, from: Data(text.utf8)).command
        return (root.subcommands ?? []).flatMap { walk($0, []) }
    }

    private struct Document: Decodable { let command: Command }
    private struct Command: Decodable {
        let commandName: String
        let subcommands: [Command]?
        let arguments: [Argument]?
    }
    private struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }
        let kind: String
        let shouldDisplay: Bool
        let preferredName: Name?
    }

    private static func walk(
        _ command: Command, _ parents: [String]
    ) -> [(words: [String], options: [Option])] {
        let words = parents + [command.commandName]
        let below = (command.subcommands ?? []).flatMap { walk($0, words) }
        let options = (command.arguments ?? []).filter { ["option", "flag"].contains($0.kind) }
            .compactMap { argument in
                argument.preferredName.map {
                    Option(
                        name: ($0.kind == "long" ? "--" : "-") + $0.name,
                        takesValue: argument.kind == "option", isShown: argument.shouldDisplay)
                }
            }
        return below + (options.isEmpty ? [] : [(words, options)])
    }
}
