// hashmark suite: the main job. Every target under every workload of a suite.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Progress
import ShippedFiles
import Targets
import Workloads

struct SuiteVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suite",
        abstract: "The main job: every target and workload of a suite, compared with the first.",
        discussion: """
            Prints a table with each row against the first and writes run.json and index.html to \
            --out, Reports/latest/ when not given. A suite of claims, such as `claims`, prints \
            what came of each published figure instead; one of tables, such as `tables`, measures \
            them without a server, as the verb of that name does.

            Examples:
              hashmark suite
              hashmark suite smoke --out Reports/smoke
              hashmark suite tables --adapters ~/adapters
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Argument(help: .value("SUITE", "A suite: a file, or the name of one."), completion: .suite)
    var file = "releases"

    @Option(
        help: .value("N", "Rounds per workload, instead of the suite's."),
        transform: NumberOption.rounds)
    var rounds: Int?

    @Option(
        help: .value(
            "N", "Keys per workload, instead of the workload's own: popularity and sizes stay."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(
        help: .value(
            "FOLDER",
            "Of a suite of tables: where well-known libraries' are, as Scripts/adapters builds "
                + "them. (default: .build/adapters of this project)"),
        completion: .directory)
    var adapters: String?

    @OptionGroup var record: HistoryOptions

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup var errors: ErrorOption

    @OptionGroup(title: "NUMA") var nodes: NodeOptions

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    @OptionGroup(title: "Prices") var prices: PriceOptions

    func run() throws {
        try FileKind.suite.check(file)
        let suite: SuiteFile
        do throws(WorkloadProblems) {
            suite = try SuiteFile(file: file, in: ProjectFiles.search)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        if !suite.isOfTables {
            try GivenOptions.refuse(["--adapters"], "is about a suite of tables")
        }
        switch suite {
        case .comparison(let suite) where suite.replays: try replay(suite)
        case .tables(let suite): try measure(suite)
        case .comparison(let suite): try compare(suite)
        case .claims(let suite): try judge(suite)
        }
    }

    private func compare(_ suite: Suite) throws {
        let workloads = try suite.workloads.map {
            try WorkloadFile.compiled($0, entries: entries ?? suite.entries)
        }
        let targets = try TargetList.parse(
            suite.targets.map(\.spelling), cache: builds.cache)
        try TargetList.checkFlush(allowFlush, of: targets)
        try nodes.check(targets)
        let placement = try nodes.placement()
        try options.measure(
            defaultOut: ProjectFiles.latest, history: record, prices: prices,
            loads: suite.leastLoads
        ) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            let present = present(suite, targets, recorder)
            // All before the first: none is measured in vain.
            for (workload, own) in zip(workloads, present) {
                try MemoryNeeds.check([workload], on: own, recorder.placement)
            }
            let parts = zip(workloads, present).map { workload, own in
                InterleavedRounds(own, workload, plan(suite, placement, recorder))
                    .totalSeconds(countsMisses: suite.simulated)
            }
            recorder.progress.start("suite", seconds: parts.reduce(0, +))
            for (number, span) in Course.spans(parts).enumerated() {
                let workload = workloads[number]
                recorder.weigh(workload, suite.weights[suite.workloads[number]])
                let able = try CommandSupport.targets(
                    present[number], that: workload, recorder)
                guard !able.isEmpty else { continue }
                recorder.progress.begin("", span)
                defer { recorder.progress.end() }
                var experiment = InterleavedRounds(
                    able, workload, plan(suite, placement, recorder))
                experiment.allowFlush = allowFlush
                try experiment.run(recorder, countsMisses: suite.simulated)
            }
        }
    }

    private func plan(
        _ suite: Suite, _ placement: Placement, _ recorder: Recorder
    ) -> RoundPlan {
        var plan = RoundPlan()
        plan.placement = placement
        plan.rounds = rounds ?? suite.rounds
        plan.seed = recorder.record.seed
        plan.readsMemory = suite.memory
        plan.errorPolicy = errors.onErrors
        return plan
    }

    /// The targets that can be measured under each of a suite's workloads, in their order.
    func present(_ suite: Suite, _ targets: [Target], _ recorder: Recorder) -> [[Target]] {
        let present = zip(targets, suite.targets).filter { isPresent($0, $1, recorder) }
        return suite.workloads.map { workload in
            present.filter { $0.1.isFor(workload) }.map(\.0)
        }
    }

    /// Whether a target can be measured; an optional one that is not installed is left out, and
    /// the record says so.
    func isPresent(
        _ target: Target, _ entry: Suite.TargetEntry, _ recorder: Recorder
    ) -> Bool {
        guard entry.optional, let missing = target.missingProgram else { return true }
        recorder.warn(
            "'\(missing)' is not installed, so \(target.label) is left out",
            remedy: "install it to have it compared")
        return false
    }
}
