// hashmark history check: what is in a history, and what is wrong with it.
import ArgumentParser
import LinuxSystem
import RunRecord
import Targets

struct HistoryCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Whether every line of a history is a record; exit code 1 where one is not.",
        discussion: """
            Also tells lines that are there twice, holes of a sweep, and whether git merges the \
            file line by line (`merge=union` in .gitattributes), as a history wants.

            Example:
              hashmark history check
            """)

    @Argument(
        help: .value("FILE", "A history file; Reports/history.ndjson of this project if left out."),
        completion: .file(extensions: ["ndjson"]))
    var file: String?

    func run() throws {
        let path = file ?? ProjectFiles.history
        let lines: [HistoryLine]
        let damage: [String]
        do throws(RunRecordError) {
            (lines, damage) = try RunRecord.historyLines(at: path)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        let runs = RunRecord.inTime(lines, \.record)
        let machines = Set(runs.map(\.record.environment.comparisonKey)).count
        Output.print("\(runs.count) runs on \(machines) kind\(machines == 1 ? "" : "s") of machine")
        if lines.count > runs.count {
            let extra = lines.count - runs.count
            Output.print("\(extra) lines are there twice; `history merge` drops them")
        }
        let holes = runs.map(\.record).filter(\.results.isEmpty).compactMap(\.label)
        if !holes.isEmpty { Output.print("without results: \(holes.joined(separator: ", "))") }
        if !isMergedByLine(path) {
            Output.print("git merges it as text: add `\(path) merge=union` to .gitattributes")
        }
        for line in damage { MeasuringOptions.complain(line) }
        if !damage.isEmpty { throw ExitCode.error }
    }

    /// True also where no git says otherwise.
    private func isMergedByLine(_ path: String) -> Bool {
        guard
            let answer = try? GitRepository(".").lines(["check-attr", "merge", "--", path])?.first
        else { return true }
        return answer.hasSuffix(": union")
    }
}
