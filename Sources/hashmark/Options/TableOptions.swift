// How tables are printed: `--color` and `--detail`, on every verb that prints one.
import ArgumentParser
import Foundation
import LinuxSystem
import Reporting

extension TerminalStyle.ColourChoice: ExpressibleByArgument {}

struct TableOptions: ParsableArguments {
    @Option(
        help: .value(
            "WHEN",
            "Colours of tables: auto (on a terminal, unless NO_COLOR is set), always, never."
        ))
    var color = TerminalStyle.ColourChoice.auto

    @Flag(help: "Show every metric: mechanisms, parts, what did not change.")
    var detail = false

    /// Of standard output.
    var style: TerminalStyle {
        TerminalStyle(
            isTerminal: Terminal.isStandardOutput, columns: Terminal.columns, color,
            showsDetail: detail, environment: ProcessInfo.processInfo.environment)
    }
}
