// hashmark manual: the manual page.
import ArgumentParser
import LinuxSystem

struct ManualVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "The manual page, for man: every verb and option on one page.",
        discussion: """
            Examples:
              hashmark manual | man -l -
              hashmark manual >~/.local/share/man/man1/hashmark.1
            """)

    func run() throws {
        Output.print(Manual(try CommandTree.whole()).text, terminator: "")
    }
}
