// hashmark sweep: every release of a repository under one load, a record for each.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Progress
import Quantities
import Reporting
import RunRecord
import ShippedFiles
import StrictYAML
import Targets
import Workloads

struct SweepVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Every release of a git repository, built and measured: one record for each.",
        discussion: """
            Each release is built once, beside what is in the cache, and measured in rounds with \
            one build that is the same for all, the reference: so do releases that were measured \
            on different days compare. A release that does not build or run is a hole, with its \
            reason. Each record goes to --out and, as a line, to the history; what is there is \
            not measured again, so an interrupted sweep goes on where it was.

            Examples:
              hashmark sweep valkey --repo ../valkey
              hashmark sweep --repo ../valkey --tags '8.*' \\
                --build 'make -j{cpus} MALLOC=libc'
              hashmark sweep --refs 8.1=../valkey-8.1,9.1=../valkey-9.1 \\
                --matrix 'CFLAGS=-O2|-O3'

            A fleet shares a sweep by its cells, one a release: --plan fixes their commits, each \
            runs alone on any machine that sees the folder --out, and what they left is \
            collected. Each machine measures the reference once for itself; where machines \
            differ, their cells are not put together (exit 5).

            Examples:
              hashmark sweep valkey --repo ../valkey --out /shared/sweep --plan \\
                --format slurm
              hashmark sweep --cell 3 --out /shared/sweep
              hashmark sweep --collect --out /shared/sweep
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Argument(
        help: .value("SWEEP", "A sweep: a file, or the name of one. Options stand over it."),
        completion: .sweep)
    var file: String?

    @OptionGroup var source: SourceOptions

    @Option(
        help: .value(
            "REF,…",
            "Releases, as git refs, LABEL=REF or LABEL=FOLDER, a folder of sources; in this order."
        ))
    var refs: String?

    @Option(
        help: .value("GLOB", "Releases: the tags that the pattern matches, by their versions."))
    var tags: String?

    @Option(
        help: .value("N", "Releases: every N-th commit of the current branch, the last one too."),
        transform: NumberOption.count(1...1_000_000))
    var every: Int?

    @Option(
        help: .value(
            "REF", "What all stand beside, as a release; the first of them if left out."))
    var reference: String?

    @Option(
        help: .value(
            "NAME=VALUE|VALUE",
            "A variable in the environment of the build, with its values: each release is built "
                + "and measured with each; repeat for all combinations."))
    var matrix: [String] = []

    @Option(
        help: .value(
            "SUITE", "The suite whose workloads, rounds and counts are used. (default: releases)"),
        completion: .suite)
    var suite: String?

    @Option(
        help: .value("N", "Rounds per workload, instead of the suite's."),
        transform: NumberOption.rounds)
    var rounds: Int?

    @Option(
        help: .value("N", "Keys per workload, instead of the workload's own number."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Flag(help: "Count no simulated misses, whatever the suite says.")
    var noSimulated = false

    @Option(
        help: .value("FILE", "The history; Reports/history.ndjson of this project if left out."))
    var history: String?

    @Option(
        parsing: .unconditional,
        help: .value("FOLDER", "Folder of the records; Reports/latest/sweep if left out."),
        completion: .directory)
    var out: String?

    @Option(
        help: .value("N", "Seed of everything random; drawn and recorded when not given."),
        transform: NumberOption.seed)
    var seed: UInt64?

    @Flag(help: "No progress on stderr.")
    var quiet = false

    @OptionGroup(title: "Over a fleet") var fleet: SweepCellOptions

    @OptionGroup var tables: TableOptions

    func validate() throws {
        try OutputFiles.check(folder: out)
        try fleet.check()
        if fleet.followsPlan {
            guard file == nil else { throw ValidationError("the plan says which sweep it is") }
            return
        }
        guard [refs != nil, tags != nil, every != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("give one of --refs, --tags and --every")
        }
        guard file != nil || refs != nil || tags != nil || every != nil else {
            throw ValidationError("no releases; give a sweep file, --refs, --tags or --every")
        }
        if history == "-" {
            throw ValidationError("--history is a file that lines are added to; name one")
        }
    }

    func run() throws {
        if fleet.plan { return try writePlan() }
        if let number = fleet.cell { return try runCell(number) }
        if fleet.collect { return try collectCells() }
        let sweep = try plan().sweep
        let path = history ?? ProjectFiles.history
        try OutputFiles.prepare([path])
        Interruption.install()
        let progress = ProgressBar(quiet: quiet)
        progress.start("sweep")
        var outcomes: [Sweep.Outcome] = []
        var failure: ExperimentFailure?
        do throws(ExperimentFailure) {
            try sweep.run(progress, told: TargetList.told) { outcome throws(ExperimentFailure) in
                outcomes.append(outcome)
                try Self.append(outcome, to: path)
            }
        } catch {
            failure = error
        }
        progress.finish()
        show(outcomes)
        if let failure {
            let kept = outcomes.isEmpty ? "" : " (what was measured is kept; run it again to go on)"
            MeasuringOptions.complain("\(failure)\(kept)")
            if Interruption.requested { throw ExitCode.interrupted }
            throw failure.kind == .setUp ? ExitCode.error : ExitCode.invalid
        }
        if outcomes.allSatisfy({ $0.hole != nil }) { throw ExitCode.error }
    }

    // MARK: what is asked for

    func plan() throws -> (sweep: Sweep, suite: Suite) {
        let file = try self.file.map(Self.read)
        let choice = self.choice ?? file?.choice ?? .refs([])
        let repository = source.repository
        let (releases, reference) = try SourceOptions.reading {
            () throws(TargetError) -> ([Release], Release) in
            let releases = try choice.releases(of: repository)
            guard let named = self.reference ?? file?.reference else {
                return (releases, releases[0])
            }
            return (releases, try Release(parsing: named))
        }
        let suite = try WorkloadFile.suite(self.suite ?? file?.suite ?? SweepFile.defaultSuite)
        let workloads = try suite.workloads.map {
            try WorkloadFile.compiled($0, entries: entries ?? suite.entries)
        }
        let variables = try matrix.map { text -> BuildVariable in
            guard let variable = BuildVariable(text) else {
                throw ValidationError(
                    "--matrix '\(text)' is no variable with its values; write CFLAGS=-O2|-O3")
            }
            return variable
        }
        var sweep = Sweep(
            releases, reference: reference,
            source.request(make: file?.make, server: file?.server),
            variables.isEmpty ? file?.matrix ?? [] : variables, source.cache, workloads,
            folder: folder)
        sweep.rounds = rounds ?? suite.rounds
        sweep.simulated = suite.simulated && !noSimulated
        sweep.memory = suite.memory
        sweep.arguments = CommandLine.arguments
        sweep.seed = seed ?? UInt64.random(in: 0...UInt64.max)
        return (sweep, suite)
    }

    private var choice: ReleaseChoice? {
        if let refs {
            let names = refs.split(separator: ",", omittingEmptySubsequences: false)
            return .refs(names.map { String($0) })
        }
        if let tags { return .tags(tags) }
        return every.map { ReleaseChoice.every($0) }
    }

    private static func read(_ name: String) throws -> SweepFile {
        try FileKind.sweep.check(name)
        do throws(FileProblems) {
            return try SweepFile(file: name, in: ProjectFiles.search)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    // MARK: what comes out

    /// Adds the record's line, unless the history has it.
    static func append(
        _ outcome: Sweep.Outcome, to path: String
    ) throws(ExperimentFailure) {
        let record = outcome.record
        guard !record.partial else { return }
        do throws(RunRecordError) {
            if FileManager.default.fileExists(atPath: path) {
                let lines = try RunRecord.readHistory(at: path).records
                let isThere = lines.contains { line in
                    let isSame = line.startedAt == record.startedAt && line.seed == record.seed
                    // A hole that is found again is no news.
                    let isSameHole = line.results.isEmpty && record.results.isEmpty
                    return line.label == record.label && (isSame || isSameHole)
                }
                if isThere { return }
            }
            try record.appendToHistory(
                at: path, label: outcome.release.label, file: outcome.file)
        } catch {
            throw ExperimentFailure(.invalid, "\(error)")
        }
    }

    func show(_ outcomes: [Sweep.Outcome]) {
        let measured = outcomes.map(\.record).filter { !$0.partial && !$0.results.isEmpty }
        if !measured.isEmpty {
            let history = History(measured, isDetailed: tables.detail)
            let table = ReferenceTable(measured, reference: Sweep.referenceLabel)
            let style = tables.style
            Output.print(
                history.trends(style) + "\n" + table.text(style), terminator: "")
        }
        for outcome in outcomes {
            if let hole = outcome.hole { Output.print("\(outcome.release.label): \(hole)") }
        }
    }
}
