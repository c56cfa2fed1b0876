// hashmark ladder: one request stream through the table alone, the engine, the loopback and a
// server on top.
import ArgumentParser
import Counters
import Experiments
import Ladders
import LinuxSystem
import Progress
import ReferenceServer
import Targets
import Workloads

struct LadderVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ladder",
        abstract: "Where the CPU time of an operation goes: table, protocol, kernel.",
        discussion: """
            The same requests, byte for byte, go through the table alone, the reference server's \
            engine in this process, the server over the loopback and, if given, a server on top. \
            Each rung's CPU time per operation, less that of the one below, is what it adds: the \
            table, protocol and dispatch, kernel and network. All rungs take turns within each of \
            the rounds, on one connection, and their replies are proved to be the same. With \
            several tables each rung is compared with the first's: faster alone need not be \
            faster in the whole.

            Examples:
              hashmark ladder --table valkey-9.1
              hashmark ladder --table valkey-7.2 --table valkey-9.1 --workload ycsb-b
              hashmark ladder --table valkey-7.2 --target exec:./old/valkey-server \\
                --table valkey-9.1 --target new='exec:./new/valkey-server'
            """)

    @Option(
        help: .value(
            "TABLE",
            "A table, as [LABEL=]TABLE[?key=value&…] with the options of a ref: target; repeat "
                + "for more. The first is the one compared with."),
        completion: .table)
    var table: [String]

    @Option(
        help: .value(
            "TARGET",
            "A server on top of a ladder, as [LABEL=]TARGET; repeat for more. The first stands on "
                + "the first table, the second on the second; those beyond the tables stand alone."
        ),
        completion: .target)
    var target: [String] = []

    @Option(
        help: .value("WORKLOAD", "A workload file, or the name of one in Workloads/."),
        completion: .workload)
    var workload = "valkey-fleet-median"

    @Option(
        help: .value("N", "Keys, instead of the workload's own: popularity and sizes stay."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(help: .value("N", "Rounds; intervals need 6."), transform: NumberOption.rounds)
    var rounds = LadderPlan().rounds

    @Option(
        help: .value("N", "Blocks of requests that are timed in each round."),
        transform: NumberOption.count(1...10_000))
    var blocks = LadderPlan().blocks

    @Option(
        help: .value("N", "Requests of a block."), transform: NumberOption.count(1...1_000_000))
    var requests = LadderPlan().requests

    @Option(
        help: .value("N", "Requests in flight, instead of the workload's."),
        transform: NumberOption.count(1...10_000))
    var pipeline: Int?

    @OptionGroup var cpus: PlacementOption

    @Flag(help: "Count simulated instructions and cache misses of each rung too, after the rounds.")
    var simulated = false

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @Flag(help: .hidden)
    var countsRegions = false

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func run() throws {
        let compiled = try WorkloadFile.compiled(workload, entries: entries)
        let ladders = try ladders()
        var plan = LadderPlan()
        plan.rounds = rounds
        plan.blocks = blocks
        plan.requests = requests
        plan.pipeline = pipeline
        plan.placement = try cpus.placement()
        plan.allowFlush = allowFlush
        if let problem = LadderExperiment(ladders, compiled, plan).problem {
            throw ValidationError(problem)
        }
        if countsRegions { return try work(ladders, compiled, plan) }
        try options.measure { recorder throws(ExperimentFailure) in
            var plan = plan
            plan.seed = recorder.record.seed
            let experiment = LadderExperiment(ladders, compiled, plan)
            let parts = [
                experiment.expectedSeconds, simulated ? experiment.expectedSimulatedSeconds : 0,
            ]
            recorder.progress.start("ladder", seconds: parts.reduce(0, +))
            try plan.placement.apply(recorder)
            let spans = Course.spans(parts)
            recorder.progress.begin("", spans[0])
            try experiment.run(recorder)
            recorder.progress.end()
            guard simulated else { return }
            recorder.progress.begin("", spans[1])
            defer { recorder.progress.end() }
            try experiment.simulate(recorder, worker: workerCommand(plan))
        }
    }

    /// Tables with the servers on top of them, in the order given.
    private func ladders() throws -> [Ladder] {
        let all = try TargetList.parse(
            table.map(Self.reference) + target, cache: builds.cache)
        let tables = all.prefix(table.count)
        let tops = all.dropFirst(table.count)
        if let cluster = all.first(where: \.isCluster) {
            throw ValidationError(
                "'\(cluster.spelling)' is a cluster, and a rung is one server; give one node")
        }
        var ladders: [Ladder] = []
        for (index, var target) in tables.enumerated() {
            do throws(TargetError) {
                guard let configuration = try target.resolveReference() else {
                    throw TargetError(
                        "'\(target.spelling)' is no table", remedy: "give servers as --target")
                }
                ladders.append(
                    Ladder(target, configuration, top: tops.dropFirst(index).first))
            } catch {
                throw usage(error)
            }
        }
        return ladders + tops.dropFirst(tables.count).map { Ladder(top: $0) }
    }

    /// The target that serves a table: `new=valkey-9.1?batch=1` is `new=ref:valkey-9.1?batch=1`.
    private static func reference(_ text: String) -> String {
        let name = text.prefix { $0 != "?" }
        guard let equals = name.firstIndex(of: "=") else { return prefixed(text[...]) }
        return "\(text[...equals])\(prefixed(text[text.index(after: equals)...]))"
    }

    private static func prefixed(_ table: Substring) -> String {
        table.hasPrefix("ref:") ? String(table) : "ref:\(table)"
    }

    // MARK: simulated

    /// This very command line, as the worker's. The last `--seed` counts.
    private func workerCommand(_ plan: LadderPlan) -> [String] {
        [LaunchOptions().executable] + CommandLine.arguments.dropFirst()
            + ["--seed", "\(plan.seed)", "--counts-regions"]
    }

    private func work(
        _ ladders: [Ladder], _ compiled: CompiledWorkload, _ plan: LadderPlan
    ) throws {
        guard CallgrindRegion.canCount else {
            MeasuringOptions.complain(
                "this build cannot talk to valgrind; install the package valgrind and build again")
            throw ExitCode.error
        }
        var plan = plan
        plan.seed = options.seed ?? plan.seed
        do throws(ExperimentFailure) {
            try LadderExperiment(ladders, compiled, plan).work { Output.print($0) }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}
