// `gate --help`, `tables --help`, `history --help`: the options that people who type so are after
// are those of the command below that is there by default. Its help stands for the verb's, with
// what else there is below.
import ArgumentParser

extension Hashmark {
    /// The help that these words ask for, of a verb with a command that is there by default; nil
    /// for all other words.
    static func defaultHelp(_ words: [String]) -> String? {
        guard words.count == 2, let name = verbWhoseHelp(words),
            let verb = configuration.subcommands.first(where: { $0._commandName == name }),
            let standard = verb.configuration.defaultSubcommand
        else { return nil }
        let whole = "\(configuration.commandName ?? "hashmark") \(name)"
        let help = helpMessage(for: standard)
            .replacing("USAGE: \(whole) \(standard._commandName)", with: "USAGE: \(whole)")
        let others = verb.configuration.subcommands.filter { $0 != standard }
        let width = others.map { "\(whole) \($0._commandName)".count }.max() ?? 0
        let lines = others.map { other in
            let spelling = "\(whole) \(other._commandName)"
            return "  " + spelling + String(repeating: " ", count: width - spelling.count + 2)
                + other.configuration.abstract
        }
        return help + "\nBESIDES, each with a --help of its own:\n" + lines.joined(separator: "\n")
    }

    private static func verbWhoseHelp(_ words: [String]) -> String? {
        if words[0] == "help" { return words[1] }
        return words[1] == "--help" || words[1] == "-h" ? words[0] : nil
    }
}
