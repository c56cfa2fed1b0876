// hashmark profile: where a server, a process or a command spends its time, function by function.
import ArgumentParser
import Experiments
import Profiling
import Progress
import Quantities
import Reporting
import RunRecord
import Targets
import Workloads

struct ProfileVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Sampled stacks: the functions that a server's time goes to, or that moved.",
        discussion: """
            Servers are launched, filled and driven in rounds; their stacks are sampled in slices \
            of their own, and the CPU time per operation beside them is of slices without the \
            sampler. `--baseline` and `--candidate` take turns, and the difference says which \
            functions moved. `--pid P` and `-- COMMAND` sample a process of yours. It needs no \
            performance counters, and of processes of one's own no rights.

            Examples:
              hashmark profile --target ref:valkey-9.1 --workload get-16x64 --out flames
              hashmark profile --baseline ref:valkey-8.1 --candidate ref:valkey-9.1
              hashmark profile --pid 4711 --duration 30s --export speedscope=p.json
              hashmark profile -- redis-cli --latency-history -i 1
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Option(
        help: .value("TARGET", "What is profiled, as [LABEL=]TARGET."), completion: .target)
    var target: String?

    @Option(help: .value("TARGET", "The target the others are compared with."), completion: .target)
    var baseline: String?

    @Option(
        help: .value("TARGET", "With --baseline: a target, as [LABEL=]TARGET; repeat for more."),
        completion: .target)
    var candidate: [String] = []

    @Option(
        help: .value("PID", "Sample a running process for --duration, or until Ctrl-C."),
        transform: NumberOption.count(1...Int(Int32.max)) { Int32($0) })
    var pid: Int32?

    @Argument(
        parsing: .postTerminator,
        help: .value("COMMAND", "After --: a command to run and sample to its end."))
    var command: [String] = []

    @OptionGroup(title: "Load") var load: ProfileLoadOptions

    @Option(
        help: .value(
            "TIME",
            "Load on each target while it is sampled, over all rounds, or the time of --pid; in s "
                + "unless a unit follows."),
        transform: NumberOption.time(.seconds, from: Nanoseconds(10, .milliseconds)))
    var duration = Nanoseconds(10, .seconds)

    @Option(
        help: .value("HZ", "Samples per second of CPU time; a prime beats with no timer."),
        transform: NumberOption.count(1...1_000_000))
    var frequency = StackSampling().options.hertz

    @Flag(help: "Sample where threads wait, by the time they stay off the CPU, instead.")
    var offCpu = false

    @Option(
        help: .value("N", "Functions to show of each table."),
        transform: NumberOption.count(1...1_000_000))
    var top = RunReading.usualFunctions

    @Option(
        help: .value("FILE", "Keep the profile, as pprof reads it: --export pprof=FILE."),
        completion: .file())
    var keepProfile: String?

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func validate() throws {
        let isPair = baseline != nil || !candidate.isEmpty
        let subjects = [target != nil, isPair, pid != nil, !command.isEmpty].count { $0 }
        guard subjects == 1 else {
            throw ValidationError(
                "give one of --target, --baseline with --candidate, --pid and -- COMMAND")
        }
        guard !isPair || baseline != nil && !candidate.isEmpty else {
            throw ValidationError(
                "--baseline and --candidate go together; of one server alone, use --target")
        }
        let ofLoad = ProfileLoadOptions.names + ["--seed", "--cache"]
        if pid != nil { try GivenOptions.refuse(ofLoad, "has no effect with --pid") }
        if !command.isEmpty {
            try GivenOptions.refuse(
                ofLoad + ["--duration"], "has no effect with -- COMMAND, which runs to its end")
        }
    }

    func run() throws {
        var sampling = StackSampling()
        sampling.options.hertz = frequency
        sampling.options.offCPU = offCpu
        if pid != nil || !command.isEmpty { return try attach(sampling) }
        let targets = try TargetList.parse(
            [target ?? baseline].compactMap(\.self) + candidate, cache: builds.cache)
        try TargetList.checkFlush(load.driven.allowFlush, of: targets)
        try load.driven.cpus.nodes.check(targets)
        let workload = try load.compiled()
        var plan = try load.plan(isPair: targets.count > 1)
        try optionsWithExports().measure(hasProfiles: true, functions: top) {
            recorder throws(ExperimentFailure) in
            plan.seed = recorder.record.seed
            try plan.placement.apply(recorder)
            var experiment = ProfileExperiment(targets, workload, plan, sampling, for: duration)
            experiment.allowFlush = load.driven.allowFlush
            recorder.progress.start("profile", seconds: experiment.expectedSeconds)
            try experiment.run(recorder)
        }
    }

    /// A process, or a command, that Hashmark puts no load on.
    private func attach(_ sampling: StackSampling) throws {
        try optionsWithExports().measure(hasProfiles: true, functions: top) {
            recorder throws(ExperimentFailure) in
            recorder.leaveSeedUnused()
            if let pid {
                recorder.progress.start("profile", seconds: duration.seconds)
                try AttachedProfile.watch(pid, sampling, for: duration, recorder)
            } else {
                // Its output is ours: no progress between its lines.
                try AttachedProfile.run(command, sampling, recorder)
            }
        }
    }

    /// `--keep-profile` is an export by another name.
    private func optionsWithExports() throws -> MeasuringOptions {
        var options = self.options
        if let keepProfile {
            options.outputs.exports.exports.append(
                Export(format: try ExportOptions.format("pprof"), path: keepProfile))
        }
        return options
    }
}
