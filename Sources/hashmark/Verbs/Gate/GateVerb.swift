// hashmark gate: baseline against candidate under a policy, and an exit code that says what came
// out.
import ArgumentParser
import Experiments
import Foundation
import Gate
import LinuxSystem
import Quantities
import Reporting
import RunRecord
import StrictYAML
import Targets
import Workloads

struct GateVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Is the candidate worse than the baseline? A verdict, and an exit code.",
        subcommands: [GateCheck.self, GateAccept.self, GateSelfTest.self],
        defaultSubcommand: GateCheck.self)
}

struct GateCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Compare a candidate with a baseline under a policy.",
        discussion: """
            Both servers and a copy of the baseline are launched in interleaved rounds; suspicions \
            are confirmed on fresh rounds; bytes per entry and simulated cache misses are counted. \
            Exit codes: 0 no worse than the margins, 2 regression, 3 inconclusive or invalid, \
            4 improvement (with --tell-improvement), 5 baseline missing or incomparable.
            """)

    @Option(help: "What the candidate is compared with, as [LABEL=]TARGET.")
    var baseline: String?

    @Option(help: "What is judged, as [LABEL=]TARGET.")
    var candidate: String?

    @Option(help: "A policy file, or the name of one in Workloads/policies/.")
    var policy: String?

    @Option(help: "Judge a recorded gate again, offline: by its own policy, or by --policy.")
    var judge: String?

    @Option(
        help: "Time for everything, as 90s or 5m, instead of the policy's.",
        transform: NumberOption.time(nil))
    var budget: Nanoseconds?

    @Option(
        help: "A stored baseline, for bytes and simulated counts; alone, nothing else is compared.")
    var stored: String?

    @Option(
        help: "Store the candidate's bytes and simulated counts in Reports/baselines/NAME.json.")
    var saveBaseline: String?

    @Option(help: "CPUs as SERVERS/CLIENT, such as 0/1 or 0-2/3; auto; or none.")
    var cpus = "auto"

    @Flag(help: "Exit 4 instead of 0 where something improved and nothing is worse.")
    var tellImprovement = false

    @Option(help: "Append the results to Reports/history.ndjson under LABEL.")
    var record: String?

    @Option(help: "Write JUnit XML to FILE.")
    var junit: String?

    @Option(help: "Write the Markdown summary to FILE; $GITHUB_STEP_SUMMARY gets it by itself.")
    var markdown: String?

    @OptionGroup var options: MeasuringOptions

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
                ["--cpus", "--record", "--tell-improvement"] + GivenOptions.record,
                "has no effect with --judge")
        }
        guard candidate != nil else {
            throw ValidationError("nothing to judge; give --candidate, or --judge a record")
        }
        guard baseline != nil || stored != nil else {
            throw ValidationError("nothing to compare with; give --baseline, --stored or both")
        }
        if baseline == nil {
            try GivenOptions.refuse(
                ["--cpus"], "has no effect without --baseline, which rounds need")
        }
        guard Placement(parsing: cpus) != nil else {
            throw ValidationError("--cpus '\(cpus)'; write SERVERS/CLIENT as in 0/1, auto or none")
        }
        if let name = saveBaseline, name.contains("/") || name.hasPrefix(".") || name.isEmpty {
            throw ValidationError("--save-baseline '\(name)'; use a plain name")
        }
    }

    func run() throws {
        let home = MeasuringOptions.home
        if let judge { return try judgeAgain(judge, home: home) }
        var policy = try GateFiles.policy(policy ?? "default", home: home)
        if let budget { policy.budgetSeconds = budget.seconds }
        let run = try gateRun(policy, home: home)
        for line in GateFiles.forecast(policy, target: run.baseline?.spelling, home: home)
            .lines(policy, comparesLive: baseline != nil) where !options.quiet
        {
            MeasuringOptions.note("gate: \(line)")
        }
        func finish(_ record: RunRecord) throws(RunRecordError) {
            try GateOutputs.write(record, junit: junit, markdown: markdown)
            if let saveBaseline, !record.partial {
                let stored = StoredBaseline(record, target: run.candidate.label)
                try AtomicFile.write(
                    stored.json(), to: "\(home)/Reports/baselines/\(saveBaseline).json")
            }
        }
        let stored = saveBaseline.map { "\(home)/Reports/baselines/\($0).json" }
        let written = [junit, markdown, stored].compactMap(\.self)
        try options.measure(
            defaultOut: "\(home)/Reports/latest", recordLabel: record,
            setUpFailure: .invalid, alsoWrites: written, finish: finish
        ) { recorder throws(ExperimentFailure) in
            var run = run
            if let stored = run.gate.stored,
                let mismatch = StoredBaseline.mismatch(
                    of: stored, with: recorder.record.environment, policy: policy)
            {
                throw ExperimentFailure(
                    .incomparable,
                    "\(self.stored!) cannot be compared with: \(mismatch); store it again here "
                        + "with --save-baseline")
            }
            run.placement = Placement(parsing: cpus) ?? Placement()
            try run.placement.apply(recorder)
            for var result in run.gate.stored?.results ?? [] {
                // In the record, so that it can be judged again by itself.
                result.target = Sides.storedLabel
                recorder.add(result)
            }
            if ProcessInfo.processInfo.activeProcessorCount == 1 {
                recorder.warn(
                    "one CPU carries both servers and the load generator",
                    remedy: "throughput and latencies measure who waits for whom; trust CPU time, "
                        + "counts and bytes, or use a machine with two CPUs or more")
            }
            try run.run(recorder)
        }
    }

    /// The verdict of a record, from the record alone.
    private func judgeAgain(_ path: String, home: String) throws {
        try OutputFiles.prepare([junit, markdown].compactMap(\.self))
        let other = try policy.map { try GateFiles.policy($0, home: home) }
        let record = try GateFiles.judged(path, policy: other)
        Output.print(record.verdictText(), terminator: "")
        do throws(RunRecordError) {
            try GateOutputs.write(record, junit: junit, markdown: markdown)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        let code = record.verdict?.exitCode ?? GateExit.inconclusive
        if code != 0 { throw ExitCode(Int32(code)) }
    }

    private func gateRun(_ policy: Policy, home: String) throws -> GateRun {
        let spellings = [baseline.map(Self.labelled), candidate!].compactMap(\.self)
        let targets = try TargetList.parse(spellings)
        for target in targets where !target.isOwned {
            throw ValidationError(
                "\(target.label) runs already, and a gate launches its servers anew in each round; "
                    + "use an exec: or ref: target")
        }
        let candidate = targets[targets.count - 1]
        let base = targets.count > 1 ? targets[0] : nil
        if targets.contains(where: { $0.label == Sides.sentinelLabel }) {
            throw ValidationError(
                "'\(Sides.sentinelLabel)' is the baseline's copy; use another label")
        }
        if let missing = base?.missingProgram {
            MeasuringOptions.complain(
                "the baseline's program '\(missing)' does not exist; build it, or correct the path")
            throw ExitCode.incomparable
        }
        let cells = try GateRounds.cells(policy)
        let simulated =
            try policy.isSimulated
            ? policy.simulatedWorkload.map {
                try WorkloadFile.compiled($0, entries: UInt64(policy.simulated.entries))
            } : nil
        var gate = Gate(
            policy,
            Sides(
                baseline: base?.label, candidate: candidate.label,
                sentinel: base == nil ? nil : Sides.sentinelLabel))
        gate.stored = try stored.map { try GateFiles.stored($0) }
        gate.acceptances = try GateFiles.acceptances(home: home)
        gate.today = GateFiles.today
        gate.storesCandidate = saveBaseline != nil
        gate.tellsImprovement = tellImprovement
        return GateRun(
            gate: gate, baseline: base, candidate: candidate, cells: cells,
            simulated: simulated)
    }

    /// Two builds of one server would have one label: the baseline gets its own where none is
    /// given.
    private static func labelled(_ baseline: String) -> String {
        let hasLabel = baseline.wholeMatch(of: /[A-Za-z0-9._-]+=[a-z]+:.*/) != nil
        return hasLabel ? baseline : "baseline=\(baseline)"
    }
}
