// hashmark compare: targets against a baseline, finely interleaved. Effects, no judgement.
import ArgumentParser
import Experiments
import Progress
import Quantities
import RunRecord
import Targets
import Workloads

struct CompareVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Interleaved A/B of servers: effects with intervals, no judgement.",
        discussion: """
            Each round launches all servers anew, fills them with the workload's keys, and drives \
            them in alternating slices of a few milliseconds. Prints, per metric, the change with \
            its interval and the smallest change that the run could have seen. Over the workloads \
            of a suite, or over several with a --weight each, it also says for which share of a \
            fleet's operations a candidate is better, and for which worse.

            Examples:
              hashmark compare --baseline ref:valkey-8.1 --candidate ref:valkey-9.1
              hashmark compare --baseline old='exec:./old/valkey-server' \\
                --candidate new='exec:./new/valkey-server' --budget 5m
              hashmark compare --suite fleet --baseline build:HEAD~1 --candidate build:HEAD
              hashmark compare --load mpi:hosts --allow-flush \\
                --baseline a=tcp://10.0.0.9:6379 --candidate b=tcp://10.0.0.9:6380
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Option(help: .value("TARGET", "The target the others are compared with."), completion: .target)
    var baseline: String

    @Option(
        help: .value("TARGET", "A target, as [LABEL=]TARGET; repeat for more."),
        completion: .target)
    var candidate: [String]

    @OptionGroup var fleet: FleetOptions

    @Option(help: .value("N", "Rounds; intervals need 6."), transform: NumberOption.rounds)
    var rounds: Int?

    @Option(
        help: .value(
            "TIME", "Time to spend instead of --rounds, as 90s or 5m, shared by the workloads."),
        transform: NumberOption.time(nil))
    var budget: Nanoseconds?

    @Option(
        help: .value("N", "Blocks of slices per round."), transform: NumberOption.count(1...10_000))
    var blocks = RoundPlan().blocks

    @Option(
        help: .value("TIME", "Length of a slice, in ms unless a unit follows."),
        transform: NumberOption.time(.milliseconds, to: Nanoseconds(1, .hours)))
    var slice = Nanoseconds(RoundPlan().sliceNanoseconds, .nanoseconds)

    @OptionGroup var load: RoundLoadOptions

    @Option(
        help: .value(
            "PROGRAM",
            "Make the load with this program instead: redis-benchmark, valkey-benchmark or a path "
                + "to one. It is run once per slice, with a fixed number of requests."))
    var client: String?

    @Option(
        help: .value(
            "N", "Requests of a slice of --client; as many as take about 0.3 s unless given."),
        transform: NumberOption.requests)
    var sliceRequests: Int?

    @OptionGroup var source: LoadOption

    @Flag(help: "Same hash seed in every round.")
    var pinSeed = false

    @Flag(help: "Count simulated cache misses too, after the rounds, function by function.")
    var simulated = false

    @Flag(help: "Sample stacks too, in slices of their own: which functions moved.")
    var profile = false

    @Option(
        help: .value(
            "LABEL",
            "Sample the stacks of this target alone, while it is measured: against another of the "
                + "same server, what sampling costs."))
    var sampled: String?

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    @OptionGroup(title: "Prices") var prices: PriceOptions

    /// Twelve rounds see a shift of server CPU per operation of about 2 % here.
    private static let defaultRounds = 12

    func validate() throws {
        guard rounds == nil || budget == nil else {
            throw ValidationError("--rounds and --budget exclude each other")
        }
        if sampled != nil && profile {
            throw ValidationError("--profile and --sampled exclude each other")
        }
        if client != nil {
            try GivenOptions.refuse(
                ["--slice"], "has no effect with --client; use --slice-requests")
            try GivenOptions.refuse(
                ["--load"], "has no effect with --client, which makes the load here")
            try GivenOptions.refuse(
                ["--on-errors"], "has no effect with --client, which has a way of its own")
        }
        if sliceRequests != nil && client == nil {
            throw ValidationError("--slice-requests is for --client; without it, use --slice")
        }
    }

    func run() throws {
        if try source.begin() { return }
        let parts = try fleet.compiled()
        let workloads = parts.map(\.workload)
        let targets = try TargetList.parse([baseline] + candidate, cache: builds.cache)
        try TargetList.checkFlush(load.allowFlush, of: targets)
        try load.cpus.nodes.check(targets)
        if simulated, let other = targets.first(where: { !$0.isOwned }) {
            throw ValidationError(
                "--simulated counts servers that Hashmark starts, and \(other.label) runs already; "
                    + "leave it out, or use an exec: or ref: target")
        }
        let placement = try load.cpus.placement()
        let sampling = try sampling(of: targets)
        try options.measure(
            prices: prices, hasProfiles: sampling != nil || simulated,
            loads: targets.count * workloads.count
        ) {
            recorder throws(ExperimentFailure) in
            var plan = RoundPlan()
            plan.rounds = rounds ?? (budget == nil ? Self.defaultRounds : .max)
            plan.budgetNanoseconds = budget.map { $0.count / UInt64(workloads.count) }
            plan.blocks = blocks
            plan.sliceNanoseconds = slice.count
            load.apply(to: &plan)
            plan.seed = recorder.record.seed
            plan.pinsSeed = pinSeed
            plan.client = client.map { ExternalClient($0) }
            plan.client?.requestsPerSlice = sliceRequests
            plan.placement = placement
            plan.sampling = sampling
            try plan.placement.apply(recorder)
            // All before the first: none is measured in vain.
            for workload in workloads {
                try MemoryNeeds.check([workload], on: targets, recorder.placement)
            }
            let seconds = workloads.map { workload in
                InterleavedRounds(targets, workload, plan)
                    .totalSeconds(countsMisses: simulated)
            }
            recorder.progress.start("compare", seconds: seconds.reduce(0, +))
            for (part, span) in zip(parts, Course.spans(seconds)) {
                recorder.weigh(part.workload, part.weight)
                recorder.progress.begin("", span)
                defer { recorder.progress.end() }
                var experiment = InterleavedRounds(targets, part.workload, plan)
                experiment.allowFlush = load.allowFlush
                experiment.tellsMissFunctions = true
                try experiment.run(recorder, countsMisses: simulated)
            }
            recorder.doubtProfiles()
        }
    }

    /// How stacks are sampled; nil: not.
    private func sampling(of targets: [Target]) throws -> StackSampling? {
        guard profile || sampled != nil else { return nil }
        var sampling = StackSampling()
        if let sampled {
            guard targets.contains(where: { $0.label == sampled }) else {
                let labels = targets.map(\.label).joined(separator: ", ")
                throw ValidationError(
                    "--sampled: no target is called '\(sampled)'; take one of \(labels)")
            }
            sampling.measured = sampled
            sampling.isRequired = true
        }
        return sampling
    }
}
