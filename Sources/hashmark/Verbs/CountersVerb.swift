// hashmark counters: hardware, kernel or simulated counters, per operation.
import ArgumentParser
import Counters
import Experiments
import Foundation
import Progress
import Quantities
import RunRecord
import Targets
import Workloads

struct CountersVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "counters",
        abstract: "Counters per operation: of the processor, the kernel, or a simulated processor.",
        discussion: """
            Simulated counters come from callgrind's model of the caches on the unmodified server \
            binary: no kernel, TLB, prefetcher or speculation is in them, and no time. They work \
            on machines without performance counters and repeat. `--pid P` and `-- COMMAND` count \
            a process of yours instead of a target under load: a row per --interval, or a table \
            as of perf stat. Hardware counters have the events of AMD Zen, Intel Skylake to \
            Sapphire Rapids and Arm Neoverse by name where libpfm4 is installed, and with them \
            what the processor's slots went to (top-down), by formulas that are not verified on \
            hardware.

            Examples:
              hashmark counters --target ref:valkey-8.1 --target ref:valkey-9.1 \\
                --mode simulated
              hashmark counters --pid 4711 --interval 1s --duration 10s
              hashmark counters -- redis-cli ping
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Option(
        help: .value(
            "TARGET",
            "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with."),
        completion: .target)
    var target: [String] = []

    @Option(
        help: .value("WORKLOAD", "A workload file, or the name of one in Workloads/."),
        completion: .workload)
    var workload: String?

    @Option(
        help: .value("BYTES", "Without --workload: bytes of every key."),
        transform: NumberOption.bytes(1...65_536))
    var keySize = 16

    @Option(
        help: .value("BYTES", "Without --workload: bytes of every value."),
        transform: NumberOption.valueBytes)
    var valueSize = 64

    @Option(
        help: .value("N", "Entries; of a workload, instead of its own number."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(help: .value("N", "Requests in the counted window."), transform: NumberOption.requests)
    var requests = 20_000

    @Option(
        help: .value("MODE", "hardware, software, simulated, or auto: the best that works here."),
        completion: .list(["hardware", "software", "simulated", "auto"]))
    var mode = "auto"

    @OptionGroup(title: "Simulated caches") var caches: CacheOptions

    @Option(help: .value("N", "Connections of the load."), transform: NumberOption.connections)
    var connections = 1

    @Option(
        help: .value("N", "Requests in flight per connection."), transform: NumberOption.pipeline)
    var pipeline = 64

    @Option(
        name: .customLong("repeat"),
        help: .value("N", "Launches; values are medians, with their spread."),
        transform: NumberOption.count(1...10_000))
    var repeats = 1

    @Flag(help: "Leave a simulated server's randomness alone, its hash seed above all.")
    var noSeedPin = false

    @Option(
        help: .value("N", "Functions with the most misses to tell, of simulated runs."),
        transform: NumberOption.count(0...1_000_000))
    var top = 0

    @Option(
        help: .value(
            "FILE",
            "Keep what callgrind wrote of one simulated --target, with its calls and lines, for "
                + "kcachegrind and callgrind_annotate."),
        completion: .file())
    var keepProfile: String?

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @Option(
        help: .value(
            "PID", "Count a running process, every --interval until --duration or Ctrl-C."),
        transform: NumberOption.count(1...Int(Int32.max)) { Int32($0) })
    var pid: Int32?

    @Option(
        name: [.customShort("I"), .long],
        help: .value("TIME", "With --pid: time between readings, in ms unless a unit follows."),
        transform: NumberOption.time(.milliseconds))
    var interval = Nanoseconds(1, .seconds)

    @Option(
        help: .value(
            "TIME", "With --pid: how long, in s unless a unit follows; 0 goes on until Ctrl-C."),
        transform: NumberOption.time(.seconds, from: Nanoseconds(0, .seconds)))
    var duration = Nanoseconds(0, .seconds)

    @Argument(
        parsing: .postTerminator, help: .value("COMMAND", "After --: a command to run and count."))
    var command: [String] = []

    @OptionGroup(title: "NUMA") var nodes: NodeOptions

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func validate() throws {
        let subjects = [!target.isEmpty, pid != nil, !command.isEmpty].filter { $0 }.count
        guard subjects == 1 else {
            throw ValidationError("give one of --target, --pid and -- COMMAND")
        }
        guard ["hardware", "software", "simulated", "auto"].contains(mode) else {
            throw ValidationError(
                "--mode '\(mode)' is none of hardware, software, simulated and auto")
        }
        try NumberOption.checkInFlight(connections: connections, pipeline: pipeline)
        try refuseIdleOptions()
    }

    private static let ofTarget =
        [
            "--workload", "--key-size", "--value-size", "--entries", "--requests", "--connections",
            "--pipeline", "--repeat", "--no-seed-pin", "--top", "--keep-profile", "--allow-flush",
            "--detail", "--cache",
        ] + GivenOptions.caches + GivenOptions.record + GivenOptions.nodes
    private static let ofWatching = ["--interval", "-I", "--duration"]
    private static let ofSimulation =
        ["--no-seed-pin", "--top", "--keep-profile"] + GivenOptions.caches

    private func refuseIdleOptions() throws {
        if pid != nil { return try GivenOptions.refuse(Self.ofTarget, "has no effect with --pid") }
        try GivenOptions.refuse(Self.ofWatching, "has no effect without --pid")
        if !command.isEmpty {
            return try GivenOptions.refuse(Self.ofTarget, "has no effect with -- COMMAND")
        }
        if workload != nil {
            try GivenOptions.refuse(["--key-size", "--value-size"], "is the workload's to say")
        }
        if mode != "simulated" && mode != "auto" {
            try GivenOptions.refuse(Self.ofSimulation, "has no effect without --mode simulated")
        }
        guard keepProfile == nil || target.count == 1 else {
            throw ValidationError(
                "--keep-profile keeps the file of one target; give one --target")
        }
    }

    func run() throws {
        let kind = try chosenKind()
        if target.isEmpty { return try runAttached(kind) }
        var experiment = CounterExperiment(try compiledWorkload())
        experiment.mode = kind
        experiment.requests = UInt64(requests)
        experiment.connections = connections
        experiment.pipeline = pipeline
        experiment.repeats = repeats
        experiment.pinsServerSeed = !noSeedPin
        experiment.allowFlush = allowFlush
        experiment.geometry = try caches.geometry()
        let targets = try TargetList.parse(target, cache: builds.cache)
        try TargetList.checkFlush(allowFlush, of: targets)
        if kind != .simulated && keepProfile != nil {
            throw ValidationError(
                "--keep-profile is for simulated counters, and these are \(kind.rawValue); give "
                    + "--mode simulated")
        }
        var kept: [UInt8]?
        func keep(_ record: RunRecord) throws(RunRecordError) {
            if let keepProfile, let kept { try OutputFiles.write(Data(kept), to: keepProfile) }
        }
        if kind == .simulated {
            try GivenOptions.refuse(
                GivenOptions.nodes, "has no effect on simulated counters, which know no nodes")
        }
        try nodes.check(targets)
        let placement = try nodes.placement()
        // A share of the processor's slots may be one that should be large.
        let better: Set<Metric.Better> = kind == .hardware ? [.lower, .higher] : [.lower]
        try options.measure(
            better: better, hasProfiles: kind == .simulated && top > 0,
            loads: 0, alsoWrites: [keepProfile].compactMap(\.self), finish: keep
        ) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            experiment.seed = recorder.record.seed
            experiment.functions = top
            recorder.progress.start(
                "counters", seconds: experiment.expectedSeconds * Double(targets.count))
            for (index, target) in targets.enumerated() {
                recorder.progress.begin("", Course.part(index, of: targets.count))
                defer { recorder.progress.end() }
                let measurements = try experiment.run(target, recorder)
                kept = measurements.last?.window.callgrindFile
            }
        }
    }

    private func chosenKind() throws -> CounterKind {
        if let kind = CounterKind(rawValue: mode) { return kind }
        let startsServer =
            try TargetList.parse(target, cache: builds.cache).allSatisfy(\.isOwned)
            && !target.isEmpty
        return CounterCapabilities.current.best(startsServer: startsServer)
    }

    private func compiledWorkload() throws -> CompiledWorkload {
        if let workload { return try WorkloadFile.compiled(workload, entries: entries) }
        do throws(WorkloadProblems) {
            return try CompiledWorkload(
                .plain(
                    name: "get-\(keySize)-\(valueSize)", keys: entries ?? 200_000,
                    keySize: keySize, valueSize: valueSize))
        } catch {
            throw usage(error)
        }
    }
}
