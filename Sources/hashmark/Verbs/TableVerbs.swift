// hashmark tables: what is done with tables alone; without another word they are measured.
import ArgumentParser

struct TableVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tables",
        abstract: "Measure the tables directly, without a server, or check one of yours.",
        subcommands: [TablesVerb.self, TablesCheck.self],
        defaultSubcommand: TablesVerb.self)
}
