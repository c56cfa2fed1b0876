// hashmark bisect: the commit that moved a metric.
import ArgumentParser
import Counters
import Experiments
import LinuxSystem
import Quantities
import Reporting
import RunRecord
import Targets
import Workloads

struct BisectVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bisect",
        abstract: "The commit between a good and a bad one that moved a metric.",
        discussion: """
            Builds commits as it needs them. Bytes and simulated counts are read once of each, and \
            searched by halves. What is timed is measured in rounds beside the good commit, as \
            long as it takes until one commit is probable enough (99 %), where rounds tell most. \
            Commits that do not build or run are skipped. In the end the commit stands beside the \
            one before it: what else moved, functions too.

            Examples:
              hashmark bisect --repo ../valkey --good 8.1.1 --bad HEAD \\
                --metric memory_bytes_per_entry/reported
              hashmark bisect --good main --bad HEAD --metric server_cpu_ns_per_op \\
                --margin 3%
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @OptionGroup var source: SourceOptions

    @Option(help: .value("REF", "A commit from before the change; --bad comes from it."))
    var good: String

    @Option(help: .value("REF", "A commit that has the change."))
    var bad: String

    @Option(
        help: .value(
            "METRIC",
            "What was moved: memory_bytes_per_entry/reported, a simulated count, throughput or "
                + "server_cpu_ns_per_op."),
        completion: .metric)
    var metric: String

    @Option(
        help: .value(
            "SHARE",
            "The least difference of the ends; 0.3% of bytes and instructions and 2% of all else "
                + "if left out."),
        transform: { try Real.parsePercentage($0, in: 0.001...1_000) })
    var margin: Double?

    @Option(
        help: .value(
            "WORKLOAD",
            "A workload file, or the name of one; what is timed has valkey-fleet-median without "
                + "it."),
        completion: .workload)
    var workload: String?

    @Option(
        help: .value("BYTES", "Without --workload: bytes of every key."),
        transform: NumberOption.bytes(1...512))
    var keySize = 16

    @Option(
        help: .value("BYTES", "Without --workload: bytes of every value."),
        transform: NumberOption.valueBytes)
    var valueSize = 64

    @Option(
        help: .value(
            "N",
            "Entries; of a workload, instead of its own number. (default: 100,000 without one)"),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(
        help: .value(
            "N", "Rounds of the good and the bad commit, which have to differ, of what is timed."),
        transform: NumberOption.rounds)
    var rounds = 30

    @Flag(help: "Leave out the comparison of the commit with the one before it.")
    var noComparison = false

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    private static let usualEntries: UInt64 = 100_000
    private static let usualWorkload = "valkey-fleet-median"
    /// Of the comparison at the end: they see a shift of server CPU of about 2 %.
    private static let comparedRounds = 12

    private func found() throws -> (metric: Metric, way: CommitMeasure.Way) {
        guard let named = Metric.named(metric) else {
            throw ValidationError("there is no metric '\(metric)'; `hashmark list metrics` has all")
        }
        guard let way = CommitMeasure.Way(named) else {
            throw ValidationError(
                "--metric \(metric) cannot be searched; give bytes per entry, a simulated "
                    + "count, throughput or server_cpu_ns_per_op")
        }
        if way == .bytes && workload != nil {
            throw ValidationError(
                "--workload has no effect on bytes per entry, which --key-size, --value-size and "
                    + "--entries say; leave it out")
        }
        if workload != nil || way == .rounds {
            try GivenOptions.refuse(["--key-size", "--value-size"], "is the workload's to say")
        }
        if way != .rounds {
            try GivenOptions.refuse(["--rounds"], "has no effect on what is not timed")
        } else {
            try GivenOptions.refuse(
                ["--no-comparison"], "has no effect on what is timed, whose effect it is")
            let least = CommitSearch.leastEndRounds
            guard rounds >= least else {
                throw ValidationError("--rounds \(rounds) can show nothing; use \(least) or more")
            }
        }
        return (named, way)
    }

    func run() throws {
        let (metric, way) = try found()
        let load = try compiledWorkload(way)
        if way == .bytes, let problem = curve.problem { throw ValidationError(problem) }
        let repository = source.repository
        let (first, commits) = try SourceOptions.reading {
            () throws(TargetError) -> (Commit, [Commit]) in
            let first = try repository.read(good)
            return (first, try repository.commits(after: first, to: try repository.read(bad)))
        }
        MeasuringOptions.note(
            "\(commits.count) commit\(commits.count == 1 ? "" : "s") after \(first.title)")
        var report: BisectReport?
        func conclude(_ record: RunRecord) throws(RunRecordError) {
            guard let text = report?.text(record) else { return }
            let isTaken = options.outputs.documents.contains(where: OutputFiles.isStandardOutput)
            if isTaken { Output.note(text) } else { Output.print(text) }
        }
        try options.measure(hasProfiles: !noComparison, finish: conclude) {
            recorder throws(ExperimentFailure) in
            recorder.progress.start("bisect")
            let measure = self.measure(way, load, recorder)
            var search = CommitSearch(
                metric, from: first, through: commits, measure, source.request(), source.cache,
                seed: recorder.record.seed, told: TargetList.told)
            search.margin = margin ?? search.margin
            search.endRounds = rounds
            let scratch = Recorder(
                arguments: CommandLine.arguments, seed: recorder.record.seed,
                progress: recorder.progress)
            let finding = try search.run(scratch)
            let pair = try search.pair(finding)
            report = BisectReport(
                metric: metric, finding: finding, commits: commits.count, targets: pair,
                way: way, load: repeatedLoad(way))
            try compare(pair, measure, load, recorder)
            guard finding.isSure else {
                throw ExperimentFailure(
                    .invalid,
                    "no commit became probable enough; give more time, or commits that differ by "
                        + "more", isAfterAll: true)
            }
        }
    }

    /// Bytes are of a curve, and counts of plain entries unless a workload is given; what is timed
    /// always has one.
    private func loadName(_ way: CommitMeasure.Way) -> String? {
        workload ?? (way == .rounds ? Self.usualWorkload : nil)
    }

    /// The options that say it to other verbs.
    private func repeatedLoad(_ way: CommitMeasure.Way) -> [String] {
        let named = loadName(way).map { ["--workload", $0] }
        let count = named == nil ? entries ?? Self.usualEntries : entries
        return (named ?? ["--key-size", "\(keySize)", "--value-size", "\(valueSize)"])
            + (count.map { ["--entries", "\($0)"] } ?? [])
    }

    private var curve: MemoryCurve {
        MemoryCurve(
            keySize: keySize, valueSize: valueSize, entries: [entries ?? Self.usualEntries])
    }

    private func compiledWorkload(_ way: CommitMeasure.Way) throws -> CompiledWorkload {
        if let name = loadName(way) {
            return try WorkloadFile.compiled(name, entries: entries)
        }
        do throws(WorkloadProblems) {
            return try CompiledWorkload(
                .plain(
                    name: "get-\(keySize)-\(valueSize)", keys: entries ?? Self.usualEntries,
                    keySize: keySize, valueSize: valueSize))
        } catch {
            throw usage(error)
        }
    }

    private func measure(
        _ way: CommitMeasure.Way, _ load: CompiledWorkload, _ recorder: Recorder
    ) -> CommitMeasure {
        switch way {
        case .bytes:
            return .bytes(curve)
        case .counts:
            return .counts(CounterExperiment(load))
        case .rounds:
            var plan = RoundPlan()
            plan.seed = recorder.record.seed
            return .rounds(load, plan)
        }
    }

    /// The commit beside the one before it: the readings that were searched, and all that rounds
    /// and profiles tell.
    private func compare(
        _ pair: [Target], _ measure: CommitMeasure, _ load: CompiledWorkload, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var launch = LaunchOptions()
        launch.seed = recorder.record.seed
        switch measure {
        case .bytes(let curve): try curve.run(pair, launch, recorder)
        case .counts(var experiment):
            experiment.seed = recorder.record.seed
            for target in pair { try experiment.run(target, recorder) }
        case .rounds: break
        }
        if noComparison { return }
        var plan = RoundPlan()
        plan.seed = recorder.record.seed
        plan.rounds = Self.comparedRounds
        plan.sampling = StackSampling()
        var countsMisses = CounterCapabilities.current.canCount(.simulated)
        if case .counts = measure { countsMisses = false }
        var rounds = InterleavedRounds(pair, load, plan)
        try rounds.run(recorder, countsMisses: countsMisses)
        recorder.doubtProfiles()
    }
}
