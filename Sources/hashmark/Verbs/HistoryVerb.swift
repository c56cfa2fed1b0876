// hashmark history: each metric over releases.
import ArgumentParser
import Foundation
import LinuxSystem
import Reporting
import RunRecord

struct HistoryVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Each metric over releases; machines that cannot be compared stand apart.",
        discussion: """
            Reads the lines that `--record LABEL` appends, in the order of time: a line per \
            metric, or every run of the one that --metric names. Changes are against the run \
            before on the same kind of machine. They are no verdicts: for one, let `gate` run the \
            old server beside the new one.
            """)

    @Argument(help: "A history file; Reports/history.ndjson of this project if left out.")
    var file: String?

    @Option(help: "Only this metric; * stands for one part between slashes.")
    var metric: String?

    @Option(help: "Only this target, by its label.")
    var target: String?

    @Option(help: "Only this workload.")
    var workload: String?

    func run() throws {
        do throws(RunRecordError) {
            let path = file ?? ProjectFiles.history
            let (records, damage) = try RunRecord.readHistory(at: path)
            for line in damage { MeasuringOptions.note("warning: \(line)") }
            let history = History(records, metric: metric, target: target, workload: workload)
            guard history.groups.contains(where: { !$0.series.isEmpty }) else {
                throw RunRecordError(
                    cause: "\(path) has no such reading",
                    remedy: "record one with --record LABEL, or ask for less")
            }
            Output.print(history.text(), terminator: "")
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}
