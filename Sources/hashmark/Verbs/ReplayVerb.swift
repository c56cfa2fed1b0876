// hashmark replay: a fleet workload or a trace on one target or several, one after the other.
import ArgumentParser
import Experiments
import LoadGenerator
import Progress
import Quantities
import Targets
import Traces
import Workloads

struct ReplayVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "A fleet workload or a trace on a target.",
        discussion: """
            A workload brings its keys, sizes, mix and phases. A trace (Twitter's and Meta's CSV, \
            libCacheSim's oracleGeneral, lcs, twr, twrNS and csv, append-only files, MONITOR's \
            text, Dragonfly's and memtier's files, the strings of an RDB file; each plain, .zst or \
            .gz) is played in its order: as fast as \
            replies come, or with its gaps (--speed 1).

            Examples:
              hashmark replay ycsb-a --target ref:valkey-9.1 --entries 1M --duration 10s
              hashmark replay Workloads/traces/twitter-shaped.csv \\
                --target exec:redis-server
              hashmark replay appendonly.aof --target build:HEAD \\
                --check-against exec:redis-server
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Argument(
        help: .value("WORKLOAD|TRACE", "A workload or a trace: a file, or the name of one."),
        completion: .workload)
    var workload: String

    @Option(
        help: .value(
            "TARGET",
            "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with."),
        completion: .target)
    var target: [String]

    @Option(
        help: .value(
            "TARGET",
            "Instead of measuring: send this server the same requests in lockstep, compare all "
                + "replies and tell the first that differs, how many, and of which commands. "
                + "Append-only files, MONITOR's text and RDB files are sent with their own keys "
                + "and values."),
        completion: .target)
    var checkAgainst: String?

    @Option(
        help: .value("N", "Keys, instead of the workload's own number: popularity and sizes stay."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(
        help: .value(
            "TIME",
            "Length of the measured phase, instead of the workload's; in s unless a unit follows."),
        transform: NumberOption.time(.seconds))
    var duration: Nanoseconds?

    @Option(
        help: .value("N", "Requests of the measured phase, instead of the workload's."),
        transform: NumberOption.requests)
    var requests: Int?

    @OptionGroup var load: LoadOverrides

    @Flag(help: "Leave bytes per entry out, and the waiting that they need.")
    var noMemory = false

    @OptionGroup(title: "NUMA") var nodes: NodeOptions

    @OptionGroup(title: "Traces") var trace: TraceReplayOptions

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    @OptionGroup(title: "Prices") var prices: PriceOptions

    func validate() throws {
        guard duration == nil || requests == nil else {
            throw ValidationError("--duration and --requests exclude each other")
        }
        if checkAgainst != nil {
            try GivenOptions.refuse(
                ["--no-memory", "--speed", "--on-errors"] + GivenOptions.prices,
                "has no effect with --check-against, which compares replies alone")
        }
        if trace.isTrace(workload) {
            if entries != nil {
                throw ValidationError("--entries scales workloads; a trace has the keys it has")
            }
            try GivenOptions.refuse(
                ["--no-memory"] + GivenOptions.prices,
                "has no effect on a trace, which leaves bytes per entry out")
        } else {
            try trace.requireNone()
            if noMemory {
                try GivenOptions.refuse(
                    GivenOptions.prices, "needs the bytes per entry that --no-memory leaves out")
            }
        }
    }

    func run() throws {
        if let checkAgainst { return try check(against: checkAgainst) }
        if trace.isTrace(workload) { return try replayTrace() }
        let workload = try WorkloadFile.compiled(workload, entries: entries)
        let targets = try TargetList.parse(target, cache: builds.cache)
        try TargetList.checkFlush(load.allowFlush, of: targets)
        try nodes.check(targets)
        try FleetChecks.check(
            connections: load.connections ?? workload.workload.load.connections, targets)
        let placement = try nodes.placement()
        let loads = targets.count * (1 + workload.workload.overlays.count)
        try options.measure(prices: prices, loads: loads) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            var plan = RoundPlan()
            plan.placement = placement
            plan.seed = recorder.record.seed
            load.apply(to: &plan)
            plan.readsMemory = !noMemory
            var replay = Replay(workload, plan)
            replay.extent =
                requests.map { .requests($0) }
                ?? duration.map { .milliseconds($0.milliseconds) }
            replay.allowFlush = load.allowFlush
            let able = try CommandSupport.targets(targets, that: workload, recorder)
            recorder.progress.start(
                "replay", seconds: replay.expectedSeconds * Double(able.count))
            try Self.each(of: able, recorder) { target throws(ExperimentFailure) in
                try replay.run(target, recorder)
            }
        }
    }

    private func replayTrace() throws {
        try FleetChecks.refuse("a trace, which is replayed in its order,")
        let targets = try TargetList.parse(target, cache: builds.cache)
        try TargetList.checkFlush(load.allowFlush, of: targets)
        try nodes.check(targets)
        let placement = try nodes.placement()
        var replay = openedTrace()
        replay.limit = limit
        replay.connections = load.connections ?? replay.connections
        replay.pipeline = load.pipeline ?? replay.pipeline
        replay.allowFlush = load.allowFlush
        replay.errorPolicy = load.errors.onErrors
        try options.measure(loads: targets.count) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            recorder.progress.start(
                "replay", seconds: replay.expectedSeconds.map { $0 * Double(targets.count) })
            try Self.each(of: targets, recorder) { target throws(ExperimentFailure) in
                try replay.run(target, recorder)
            }
        }
    }

    private func openedTrace() -> TraceReplay {
        let found = TraceReadingOptions.located(workload)
        var replay = TraceReplay(found.path)
        replay.contents = found.contents
        trace.apply(to: &replay)
        return replay
    }

    /// Where it ends before the trace, or the workload's phase, does.
    private var limit: BurstLimit? {
        requests.map { .requests(UInt64($0)) } ?? duration.map { .duration(nanoseconds: $0.count) }
    }

    private func check(against spelling: String) throws {
        let compiled: CompiledWorkload? =
            try trace.isTrace(workload)
            ? nil : WorkloadFile.compiled(workload, entries: entries)
        let all = try TargetList.parse(target + [spelling], cache: builds.cache)
        try TargetList.checkFlush(load.allowFlush, of: all)
        try nodes.check(all)
        let placement = try nodes.placement()
        var check = LockstepCheck(against: all[all.count - 1])
        check.connections = load.connections
        check.pipeline = load.pipeline
        check.limit = limit
        check.allowFlush = load.allowFlush
        let targets = Array(all.dropLast())
        try options.measure(better: [.lower], loads: 0) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            recorder.progress.start("check")
            try Self.each(of: targets, recorder) { target throws(ExperimentFailure) in
                guard let compiled else {
                    return try check.run(target, openedTrace(), recorder)
                }
                var plan = RoundPlan()
                plan.placement = placement
                plan.seed = recorder.record.seed
                try check.run(target, compiled, plan, recorder)
            }
        }
    }

    /// Runs all targets: what is found at the end of one keeps none of the others from being
    /// measured.
    /// - Throws: what breaks off, at once; else the first of what was found.
    static func each(
        of targets: [Target], _ recorder: Recorder,
        _ body: (Target) throws(ExperimentFailure) -> Void
    ) throws(ExperimentFailure) {
        var found: ExperimentFailure?
        for (index, target) in targets.enumerated() {
            recorder.progress.begin("", Course.part(index, of: targets.count))
            defer { recorder.progress.end() }
            do throws(ExperimentFailure) {
                try body(target)
            } catch {
                guard error.isAfterAll else { throw error }
                found = found ?? error
            }
        }
        if let found { throw found }
    }
}

/// What only traces take.
struct TraceReplayOptions: ParsableArguments {
    @Option(
        help: .value(
            "X",
            "Replay with the original gaps divided by X; as fast as replies come if left out."),
        transform: NumberOption.real(1e-6...1e9))
    var speed: Double?

    @OptionGroup var reading: TraceReadingOptions

    @Option(
        help: .value(
            "WHAT",
            "set or none: whether a look-up that misses is followed by a SET. Traces of nothing "
                + "but look-ups (oracleGeneral): set; others: none."),
        completion: .list(["set", "none"]))
    var onMiss: MissPolicy?

    @Option(
        help: .value("BYTES", "Bytes of a key where the trace does not say (oracleGeneral); 16."),
        transform: NumberOption.bytes(1...65_536))
    var keySize: Int?

    enum MissPolicy: String, ExpressibleByArgument, CaseIterable { case set, none }

    /// A file that is no YAML, or a name that is a trace's and no workload's.
    func isTrace(_ path: String) -> Bool {
        if path.hasSuffix(".yaml") || path.hasSuffix(".yml") { return false }
        if TraceReadingOptions.isFile(path) || TraceFormats.ofFile(path) != nil { return true }
        return reading.format != nil
            && ProjectFiles.search.find(path, .workload) == nil
    }

    /// Complains of options that a workload does not take.
    func requireNone() throws {
        for (name, isGiven) in [
            ("--speed", speed != nil), ("--skip-bad", reading.skipBad),
            ("--format", reading.format != nil), ("--on-miss", onMiss != nil),
            ("--key-size", keySize != nil),
        ] where isGiven {
            throw ValidationError("\(name) is for traces; a workload file says it itself")
        }
    }

    func apply(to replay: inout TraceReplay) {
        replay.format = reading.format
        replay.skipsDamaged = reading.skipBad
        replay.speed = speed
        replay.options.setsOnMiss = onMiss.map { $0 == .set }
        replay.options.keySize = keySize
    }
}
