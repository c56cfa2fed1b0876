// hashmark history: each metric over releases.
import ArgumentParser
import Foundation
import LinuxSystem
import Publishing
import Reporting
import RunRecord

struct HistoryVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Each metric over releases; machines that cannot be compared stand apart.",
        subcommands: [HistoryShow.self, HistoryMerge.self, HistoryCheck.self],
        defaultSubcommand: HistoryShow.self)
}

struct HistoryShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Each metric from the first run to the last, and where its level changed.",
        discussion: """
            Reads the lines that `--record LABEL` appends, in the order of time: a line per \
            metric from the first run to the last, or every run of the one that --metric names, \
            each against the run before. Only runs on the same kind of machine are compared. \
            Levels that changed are found by a rule that errs in about 1.6 of 100 series of \
            independent noise; they are no verdicts: for one, let `gate` run the old server \
            beside the new one, and for the commit, `bisect`.

            Examples:
              hashmark history --metric server_cpu_ns_per_op
              hashmark history --out trends
              hashmark history --from postgresql://ci@db/bench --workload get-16x64
            """)

    @Argument(
        help: .value("FILE", "A history file; Reports/history.ndjson of this project if left out."),
        completion: .file(extensions: ["ndjson"]))
    var file: String?

    @Option(
        help: .value(
            "URI", "A database that `publish` wrote to, instead of a file: postgresql://…"))
    var from: String?

    @Option(
        help: .value("METRIC", "Only this metric; * stands for one part between slashes."),
        completion: .metric)
    var metric: String?

    @Option(help: .value("LABEL", "Only this target, by its label."))
    var target: String?

    @Option(help: .value("WORKLOAD", "Only this workload."), completion: .workload)
    var workload: String?

    @Option(
        parsing: .unconditional,
        help: .value(
            "FOLDER",
            "Folder for index.html: a chart for each metric, whose points lead to the runs' "
                + "records where those are still there."),
        completion: .directory)
    var out: String?

    @OptionGroup var tables: TableOptions

    func validate() throws {
        try OutputFiles.check(folder: out)
        if let from { try DatabaseAddress.check(from) }
        if from != nil && file != nil {
            throw ValidationError("--from stands for a history file; drop one of them")
        }
        guard metric != nil else { return }
        try GivenOptions.refuse(["--detail"], "has no effect beside --metric")
    }

    func run() throws {
        let page = out.map { "\($0)/index.html" }
        if let page { try OutputFiles.prepare([page]) }
        do throws(RunRecordError) {
            let (records, path) = try read()
            let linked = from == nil ? page : nil
            let told = linked.map { RecordLinks.of(records, in: path, from: $0) } ?? records
            let history = History(
                told, metric: metric, target: target, workload: workload,
                isDetailed: tables.detail)
            guard history.groups.contains(where: { !$0.series.isEmpty }) else {
                throw RunRecordError(
                    cause: "\(path) has no such reading",
                    remedy: "record one with --record LABEL, or ask for less")
            }
            Output.print(history.text(tables.style), terminator: "")
            if let page {
                try AtomicFile.write(Data(TrendPage(history).page().utf8), to: page)
                MeasuringOptions.note("wrote \(page)")
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    /// The runs, and what messages call the place where they are from.
    private func read() throws(RunRecordError) -> (runs: [RunRecord], place: String) {
        if let from {
            do throws(PublishError) {
                return (try Publisher.runs(from: from), Redaction.masked(uri: from))
            } catch {
                switch error {
                case .record(let error): throw error
                case .database(let error):
                    throw RunRecordError(cause: error.cause, remedy: error.remedy)
                }
            }
        }
        let path = file ?? ProjectFiles.history
        guard file != nil || FileManager.default.fileExists(atPath: path) else {
            throw RunRecordError(
                cause: "nothing has been recorded: there is no \(path)",
                remedy: "add --record LABEL to `suite` or `gate`, or give a history file")
        }
        let (records, damage) = try RunRecord.readHistory(at: path)
        for line in damage { MeasuringOptions.note("warning: \(line)") }
        return (records, path)
    }
}
