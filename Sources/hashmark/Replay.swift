// hashmark replay: a fleet workload on one target or several, one after the other.
import ArgumentParser
import Experiments
import Targets
import Workloads

struct ReplayVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "A fleet workload on a target: its keys, sizes, mix and phases.")

    @Argument(help: "A workload file, or the name of one in Workloads/.")
    var workload: String

    @Option(
        help: "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with.")
    var target: [String]

    @Option(help: "Keys, instead of the workload's own number: popularity and sizes stay.")
    var entries: UInt64?

    @Option(help: "Seconds of the measured phase, instead of the workload's.")
    var duration: Double?

    @Option(help: "Requests of the measured phase, instead of the workload's.")
    var requests: Int?

    @Option(help: "Connections, instead of the workload's.")
    var connections: Int?

    @Option(help: "Requests in flight per connection, instead of the workload's.")
    var pipeline: Int?

    @Flag(help: "Leave bytes per entry out, and the waiting that they need.")
    var noMemory = false

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup var options: MeasuringOptions

    func validate() throws {
        guard duration == nil || requests == nil else {
            throw ValidationError("--duration and --requests exclude each other")
        }
        for (name, value) in [
            ("--requests", requests), ("--connections", connections), ("--pipeline", pipeline),
            ("--entries", entries.map { Int(clamping: $0) }),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) \(value); use 1 or more") }
        }
        if let duration, duration <= 0 {
            throw ValidationError("--duration \(duration); use more than 0 s")
        }
    }

    func run() throws {
        let workload = try WorkloadFile.compiled(workload, entries: entries)
        let targets = try TargetList.parse(target)
        try options.measure { recorder throws(ExperimentFailure) in
            var plan = RoundPlan()
            plan.seed = recorder.record.seed
            plan.connections = connections
            plan.pipeline = pipeline
            plan.readsMemory = !noMemory
            var replay = Replay(workload, plan)
            replay.extent =
                requests.map { .requests($0) }
                ?? duration.map { .milliseconds(Int(($0 * 1_000).rounded(.up))) }
            replay.allowFlush = allowFlush
            for target in try CommandSupport.targets(targets, that: workload, recorder) {
                try replay.run(target, recorder)
            }
        }
    }
}

/// Workload files as verbs take them: a name or a path, perhaps scaled.
enum WorkloadFile {
    /// Complains on stderr and throws exit code 1 when the file has problems.
    static func compiled(_ nameOrPath: String, entries: UInt64?) throws -> CompiledWorkload {
        do throws(WorkloadProblems) {
            let path = Workload.locate(nameOrPath, home: MeasuringOptions.home)
            let workload = try Workload(file: path)
            return try CompiledWorkload(entries.map(workload.scaled(toKeys:)) ?? workload)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}
