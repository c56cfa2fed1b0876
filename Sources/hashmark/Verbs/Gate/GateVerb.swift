// hashmark gate: baseline against candidate under a policy, and an exit code that says what came
// out.
import ArgumentParser
import Counters
import Experiments
import Foundation
import Gate
import Gating
import LinuxSystem
import Quantities
import Reporting
import RunRecord
import ShippedFiles
import Targets

struct GateVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Is the candidate worse than the baseline? A verdict, and an exit code.",
        discussion: ExitCodes.list,
        subcommands: [GateCheck.self, GateAccept.self, GateSelfTest.self, GateInit.self],
        defaultSubcommand: GateCheck.self)

    /// Reads what a gate needs; complains of what cannot be read, and ends with 5 for a baseline,
    /// with 1 for all else.
    static func reading<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch {
            MeasuringOptions.complain("\(error)")
            let isBaseline = (error as? ExperimentFailure)?.kind == .incomparable
            throw isBaseline ? ExitCode.incomparable : ExitCode.error
        }
    }
}

struct GateCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Compare a candidate with a baseline under a policy.",
        discussion: """
            Both servers and a copy of the baseline are launched in interleaved rounds; suspicions \
            are confirmed on fresh rounds; bytes per entry and simulated cache misses are counted.

            Examples:
              hashmark gate --baseline ref:valkey-8.1 --candidate ref:valkey-9.1 --dry-run
              hashmark gate --baseline ref:valkey-8.1 --candidate ref:valkey-9.1 \\
                --budget 5m
              hashmark gate --judge Reports/latest/run.json --policy strict.yaml
            """ + "\n\n" + ExitCodes.list)

    @Option(
        help: .value("TARGET", "What the candidate is compared with, as [LABEL=]TARGET."),
        completion: .target)
    var baseline: String?

    @Option(help: .value("TARGET", "What is judged, as [LABEL=]TARGET."), completion: .target)
    var candidate: String?

    @Option(help: .value("POLICY", "A policy: a file, or the name of one."), completion: .policy)
    var policy: String?

    @Option(
        help: .value(
            "RECORD", "Judge a recorded gate again, offline: by its own policy, or by --policy."),
        completion: .file(extensions: ["json"]))
    var judge: String?

    @Option(
        help: .value("TIME", "Time for everything, as 90s or 5m, instead of the policy's."),
        transform: NumberOption.time(nil))
    var budget: Nanoseconds?

    @Option(
        help: .value(
            "NAME",
            "A stored baseline, by its name or its path, for bytes and simulated counts; alone, "
                + "nothing else is compared."),
        completion: .file(extensions: ["json"]))
    var stored: String?

    @Option(
        help: .value(
            "NAME", "Store the candidate's bytes and simulated counts as a baseline of that name."))
    var saveBaseline: String?

    @OptionGroup var baselines: BaselinesOption
    @OptionGroup var acceptances: AcceptancesOption
    @OptionGroup var certificate: CertificateOption

    @OptionGroup var source: LoadOption

    @OptionGroup var cpus: PlacementOption

    @Flag(
        help: """
            Sample stacks too, in slices of their own: a regression names the functions that moved.
            """)
    var profile = false

    @Flag(help: "Exit 4 instead of 0 where something improved and nothing is worse.")
    var tellImprovement = false

    @Flag(
        help: """
            Say what would be measured, how long it takes and how small a change it would find; \
            measure nothing.
            """)
    var dryRun = false

    @OptionGroup var record: HistoryOptions

    @Option(help: .value("FILE", "Write JUnit XML to FILE."), completion: .file())
    var junit: String?

    @Option(
        help: .value(
            "FILE", "Write the Markdown summary to FILE; $GITHUB_STEP_SUMMARY gets it by itself."),
        completion: .file())
    var markdown: String?

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func validate() throws {
        if judge != nil {
            guard baseline == nil, candidate == nil, stored == nil, saveBaseline == nil,
                budget == nil
            else {
                throw ValidationError(
                    "--judge measures nothing; leave out --baseline, --candidate, --stored, "
                        + "--save-baseline and --budget")
            }
            return try GivenOptions.refuse(
                [
                    "--cpus", "--load", "--profile", "--record", "--history", "--baselines",
                    "--acceptances",
                    "--cache", "--certificate", "--tell-improvement", "--dry-run",
                ] + GivenOptions.record + GivenOptions.nodes,
                "has no effect with --judge")
        }
        if dryRun {
            try GivenOptions.refuse(
                [
                    "--cpus", "--load", "--profile", "--record", "--history", "--acceptances",
                    "--tell-improvement", "--junit", "--markdown", "--quiet", "--detail",
                ] + GivenOptions.record + GivenOptions.nodes,
                "has no effect with --dry-run, which measures nothing")
        }
        guard candidate != nil else {
            throw ValidationError("nothing to judge; give --candidate, or --judge a record")
        }
        guard baseline != nil || stored != nil else {
            throw ValidationError("nothing to compare with; give --baseline, --stored or both")
        }
        if baseline == nil {
            try GivenOptions.refuse(
                ["--cpus", "--load", "--profile", "--certificate"] + GivenOptions.nodes,
                "has no effect without --baseline, which rounds need")
        }
        if stored == nil && saveBaseline == nil {
            try GivenOptions.refuse(
                ["--baselines"], "has no effect without --stored or --save-baseline")
        }
        try acceptances.requireNamed()
        try certificate.requireNamed()
        if let name = saveBaseline, name.contains("/") || name.hasPrefix(".") || name.isEmpty {
            throw ValidationError("--save-baseline '\(name)'; use a plain name")
        }
    }

    func run() throws {
        if try source.begin() { return }
        if let name = self.policy { try FileKind.policy.check(name) }
        let search = ProjectFiles.search
        if let judge { return try judgeAgain(judge, search) }
        var policy = try GateVerb.reading {
            try GateFiles.policy(self.policy ?? "default", in: search)
        }
        if let budget { policy.budgetSeconds = budget.seconds }
        if profile && !policy.isTimed {
            throw ValidationError(
                "--profile has no effect: policy \(policy.name) times nothing; leave it out")
        }
        let (baseline, candidate) = try sides()
        let gate = try preparedGate(policy, baseline, candidate)
        let placement = try cpus.placement()
        var measurer = try GateVerb.reading {
            try LiveMeasurer(
                gate, baseline: baseline, candidate: candidate,
                cells: policy.roundCells(in: search),
                simulated: policy.simulatedLoad(in: search),
                placement: placement)
        }
        measurer.sampling = profile ? StackSampling() : nil
        let forecast = GateFiles.forecast(
            policy, target: baseline?.spelling, certificate: certificate.path)
        if dryRun { return try plan(gate, candidate, forecast) }
        for line in forecast.lines(policy, comparesLive: baseline != nil) where !options.quiet {
            MeasuringOptions.note("gate: \(line)")
        }
        let kept = saveBaseline.map { baselines.path(of: $0) }
        func finish(_ record: RunRecord) throws(RunRecordError) {
            Self.publish(record)
            if let kept, !record.partial {
                try AtomicFile.write(
                    StoredBaseline(record, target: candidate.label).json(), to: kept)
            }
        }
        try optionsWithExports.measure(
            defaultOut: ProjectFiles.latest, history: record,
            better: policy.isTimed && baseline != nil ? [.lower, .higher] : [.lower],
            hasProfiles: profile, setUpFailure: .invalid, alsoWrites: [kept].compactMap(\.self),
            finish: finish
        ) { recorder throws(ExperimentFailure) in
            if ProcessInfo.processInfo.activeProcessorCount == 1 {
                recorder.warn(
                    "one CPU carries both servers and the load generator",
                    remedy: "throughput and latencies measure who waits for whom; trust CPU time, "
                        + "counts and bytes, or use a machine with two CPUs or more")
            }
            var run = GateRun(gate, measurer)
            if let stored { run.storedName = stored }
            run.forecast = forecast
            let usual = forecast.leastSeconds(policy, comparesLive: baseline != nil)
            recorder.progress.start("gate", seconds: min(usual, policy.budgetSeconds))
            try run.run(recorder)
            recorder.doubtProfiles()
        }
    }

    /// What a run would do; ends as one would that could not begin.
    private func plan(_ gate: Gate, _ candidate: Target, _ forecast: Forecast) throws {
        if let missing = candidate.missingProgram {
            MeasuringOptions.complain(
                "the candidate's program '\(missing)' does not exist; build it, or correct the "
                    + "path")
            throw ExitCode.error
        }
        if let stored = gate.stored,
            let mismatch = StoredBaseline.mismatch(
                of: stored, with: .current(), policy: gate.policy)
        {
            MeasuringOptions.complain(
                "the stored baseline cannot be compared with: \(mismatch); store it again here "
                    + "with --save-baseline")
            throw ExitCode.incomparable
        }
        var noSimulation: String?
        if case .failure(let reason) = CounterCapabilities.current.simulation {
            noSimulation = "\(reason)"
        }
        let plan = GatePlan(gate, forecast, noSimulation: noSimulation)
        Output.print(plan.text(options.tables.style), terminator: "")
    }

    /// `--junit` and `--markdown` are exports by another name.
    private var optionsWithExports: MeasuringOptions {
        var options = self.options
        let named: [(format: any ReportFormat, path: String?)] = [
            (JUnitFormat(), junit),
            (
                MarkdownFormat(
                    ProcessInfo.processInfo.environment, limit: RunRecord.commentLimit), markdown
            ),
        ]
        options.outputs.exports.exports += named.compactMap { format, path in
            path.map { Export(format: format, path: $0) }
        }
        return options
    }

    /// What a workflow of GitHub's reads without being asked.
    private static func publish(_ record: RunRecord) {
        for line in GateOutputs.publish(record, ProcessInfo.processInfo.environment) {
            MeasuringOptions.note(line)
        }
    }

    /// The verdict of a record, from the record alone.
    private func judgeAgain(_ path: String, _ search: SearchPath) throws {
        let exports = optionsWithExports.outputs.exports
        try OutputFiles.prepare(exports.paths)
        let record = try GateVerb.reading {
            let other = try policy.map { try GateFiles.policy($0, in: search) }
            return try GateFiles.judged(path, policy: other)
        }
        Output.print(RunReading(record).text(options.tables.style), terminator: "")
        Self.publish(record)
        let isExported = exports.write(record)
        let code = record.verdict?.exitCode ?? GateExit.inconclusive
        if code != 0 { throw ExitCode(Int32(clamping: code)) }
        if !isExported { throw ExitCode.error }
    }

    /// The targets; without a baseline, stored numbers alone stand against the candidate.
    private func sides() throws -> (baseline: Target?, candidate: Target) {
        try buildBaseline()
        let targets = try TargetList.parse(
            [baseline.map(Self.labelled), candidate!].compactMap(\.self), cache: builds.cache)
        for target in targets where !target.isOwned {
            throw ValidationError(
                "\(target.label) runs already, and a gate launches its servers anew in each round; "
                    + "use an exec: or ref: target")
        }
        if targets.contains(where: { $0.label == Sides.sentinelLabel }) {
            throw ValidationError(
                "'\(Sides.sentinelLabel)' is the baseline's copy; use another label")
        }
        let base = targets.count > 1 ? targets[0] : nil
        if let missing = base?.missingProgram {
            MeasuringOptions.complain(
                "the baseline's program '\(missing)' does not exist; build it, or correct the path")
            throw ExitCode.incomparable
        }
        return (base, targets[targets.count - 1])
    }

    /// Before the candidate: a baseline that cannot be built is one that is missing.
    private func buildBaseline() throws {
        guard let baseline, let target = try? Target(parsing: Self.labelled(baseline)),
            target.build != nil
        else { return }
        do {
            _ = try TargetList.parse([Self.labelled(baseline)], cache: builds.cache)
        } catch is ExitCode {
            throw ExitCode.incomparable
        }
    }

    private func preparedGate(
        _ policy: Policy, _ baseline: Target?, _ candidate: Target
    ) throws -> Gate {
        var gate = Gate(
            policy,
            Sides(
                baseline: baseline?.label, candidate: candidate.label,
                sentinel: baseline == nil ? nil : Sides.sentinelLabel))
        gate.stored = try GateVerb.reading {
            try stored.map { try GateFiles.stored(baselines.file($0)) }
        }
        gate.acceptances = try GateVerb.reading { try GateFiles.acceptances(at: acceptances.path) }
        gate.today = GateFiles.today
        gate.storesCandidate = saveBaseline != nil
        gate.tellsImprovement = tellImprovement
        return gate
    }

    /// Two builds of one server would have one label: the baseline gets its own where none is
    /// given.
    private static func labelled(_ baseline: String) -> String {
        let hasLabel = baseline.wholeMatch(of: /[A-Za-z0-9._-]+=[a-z]+:.*/) != nil
        return hasLabel ? baseline : "baseline=\(baseline)"
    }
}
