// hashmark list: what there is to choose from.
import ArgumentParser
import Foundation
import LinuxSystem
import Reporting
import Spelling

struct ListVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "What there is: tables, servers, workloads, suites, policies, sweeps, metrics, "
            + "tests.",
        discussion: """
            A line each, with its title; without a kind, the kinds.

            Examples:
              hashmark list workloads
              hashmark list tables --names
            """)

    @Argument(
        help: .value("KIND", "One of \(Listing.allCases.map(\.rawValue).joined(separator: ", "))."),
        completion: .list(Listing.allCases.map(\.rawValue)))
    var kind: String?

    @Flag(help: "Names alone.")
    var names = false

    func run() throws {
        let rows = try rows()
        let style = TerminalStyle(
            isTerminal: Terminal.isStandardOutput, columns: Terminal.columns, .never,
            showsDetail: false, environment: ProcessInfo.processInfo.environment)
        Output.print(
            names ? rows.map(\.name).joined(separator: "\n") : Listing.text(rows, style))
    }

    private func rows() throws -> [Listing.Row] {
        guard let kind else {
            return Listing.allCases.map { Listing.Row(name: $0.rawValue, title: $0.title) }
        }
        guard let listing = Listing(rawValue: kind) else {
            let known = Listing.allCases.map(\.rawValue)
            throw ValidationError(
                "there is no list of '\(kind)'; \(Spelling.remedy(for: kind, among: known))")
        }
        // Titles of files are not read where nobody asks for them.
        return names
            ? listing.names.map { Listing.Row(name: $0, title: "") } : listing.rows
    }
}
