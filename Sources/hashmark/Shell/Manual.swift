// The manual page, hashmark(1), in the macros of man(7): what `--help` says of all verbs, on one
// page. Nothing is written here that help does not say, but for exit codes and the environment.
import RunRecord

struct Manual {
    private(set) var text = ""

    init(_ root: CommandTree) {
        let version = "\(root.commandName) \(RunRecord.hashmarkVersion)"
        line(".TH \(root.commandName.uppercased()) 1 \"\" \"\(version)\" \"User Commands\"")
        section("NAME")
        line("\(root.commandName) \\- \(Self.escaped(root.abstract ?? ""))")
        section("SYNOPSIS")
        line(".B \(root.commandName)")
        line(".I VERB")
        line("[options]")
        let verbs = root.commands.filter { $0.commandName != "help" }
        section("VERBS")
        for verb in verbs { item(verb.commandName, "", verb.abstract ?? "") }
        for verb in verbs { add(verb, "\(root.commandName) \(verb.commandName)") }
        section("EXIT STATUS")
        for row in ExitCodes.all { item(row.codes, "", row.meaning) }
        section("ENVIRONMENT")
        item(
            "XDG_CACHE_HOME", "",
            "Its folder hashmark/ keeps builds of build: targets; else ~/.cache/hashmark.")
        item("HASHMARK_HOME", "", "The folder of Workloads/ and Reports/; else the current one.")
        item(
            "VALKEYCLI_AUTH, REDISCLI_AUTH", "",
            "The password of servers whose target has none.")
    }

    /// A verb, and those below it.
    private mutating func add(_ command: CommandTree, _ path: String) {
        section(path)
        var synopsis = path
        if !command.commands.isEmpty { synopsis += " VERB" }
        if command.parameters.contains(where: { $0.kind != .positional }) {
            synopsis += " [options]"
        }
        for place in command.parameters where place.kind == .positional && place.shouldDisplay {
            let name = (place.valueName ?? "") + (place.isRepeating ? " …" : "")
            synopsis += place.isOptional ? " [\(name)]" : " \(name)"
        }
        line(".B \(Self.escaped(synopsis))")
        paragraph(command.abstract ?? "")
        discussion(command.discussion ?? "")
        options(of: command)
        for below in command.commands {
            let isDefault = below.commandName == command.defaultSubcommand
            add(below, "\(path) \(below.commandName)")
            if isDefault { paragraph("This is what \(path) does when no verb follows it.") }
        }
    }

    /// In the sections of help, those without a title first.
    private mutating func options(of command: CommandTree) {
        let shown = command.parameters.filter(\.shouldDisplay)
        var titles: [String] = [""]
        for option in shown {
            let title = option.sectionTitle ?? ""
            if !titles.contains(title) { titles.append(title) }
        }
        for title in titles {
            let own = shown.filter { ($0.sectionTitle ?? "") == title }
            if own.isEmpty { continue }
            line(".SS \"\(Self.escaped(title.isEmpty ? "Options" : title))\"")
            for option in own {
                let isFlag = option.kind == .flag
                let names = option.spellings.joined(separator: ", ")
                var words = option.abstract ?? ""
                if let value = option.defaultValue { words += " (default: \(value))" }
                item(names, isFlag ? "" : option.valueName ?? "", words)
            }
        }
    }

    private mutating func section(_ title: String) { line(".SH \"\(Self.escaped(title))\"") }

    private mutating func paragraph(_ words: String) {
        line(".PP")
        line(Self.escaped(words))
    }

    /// A word, perhaps with the name of its value, and what it is.
    private mutating func item(_ word: String, _ value: String, _ meaning: String) {
        line(".TP")
        let blank = word.isEmpty || value.isEmpty ? "" : " "
        let bold = word.isEmpty ? "" : "\\fB\(Self.escaped(word))\\fR"
        let italic = value.isEmpty ? "" : "\\fI\(Self.escaped(value))\\fR"
        line(bold + blank + italic)
        line(Self.escaped(meaning))
    }

    /// Paragraphs as they are; indented lines are commands to type, each on a line of its own.
    private mutating func discussion(_ words: String) {
        var isCommand = false
        for text in words.split(separator: "\n") {
            let isIndented = text.hasPrefix("  ")
            if isIndented != isCommand { line(isIndented ? ".PP\n.nf\n.RS" : ".RE\n.fi") }
            if !isIndented { line(".PP") }
            line(Self.escaped(String(text.drop { $0 == " " })))
            isCommand = isIndented
        }
        if isCommand { line(".RE\n.fi") }
    }

    private mutating func line(_ words: String) { text += words + "\n" }

    /// Text as roff shows it: a backslash and a dash have meanings of their own, and so has a point
    /// or an apostrophe at the beginning of a line.
    private static func escaped(_ words: String) -> String {
        let text = words.replacing("\\", with: "\\e").replacing("-", with: "\\-")
            .replacing("\"", with: "\\(dq").replacing("\n", with: " ")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
    }
}
