// Rounds without a server, a process or a moment of waiting: launches, loads and accounts are a
// script's, and so is the clock.
//
//     InterleavedRounds ─► ScriptedRounds ─► ScriptedServer ─► ScriptedLoad
//                              └──────── ScriptedClock ◄── a burst moves it on
//
// Every duration is exact, so tests say what comes of it to the nanosecond.
import Experiments
import Glibc
import LinuxSystem
import LoadGenerator
import Profiling
import RunRecord
import Statistics
import Targets
import Workloads

/// How a server takes its load; times in ns.
struct Script {
    var nanosecondsPerOperation: UInt64 = 1_000
    /// CPU time per operation, by the number of the slice.
    var cpu: (_ slice: Int) -> UInt64 = { _ in 500 }
    var clientCPU: UInt64 = 300
    /// CPU time per operation of a process that the server started.
    var helperCPU: UInt64 = 0
    /// Thousandths of all time that it computes by itself, whoever is under load.
    var backgroundPerMille: UInt64 = 0
    /// Threads that compute all the time on its one CPU, each waiting for the others: of
    /// `backgroundPerMille` 1,000.
    var spinningThreads: UInt64 = 0
    /// What the load generator waits for a CPU in each of its slices.
    var clientWait: UInt64 = 0
    /// What the hypervisor takes, and a CPU quota, in each of its slices.
    var steal: UInt64 = 0
    var throttled: UInt64 = 0
    var latency: UInt64 = 100_000
    /// From the intended moment, under a schedule.
    var intendedLatency: UInt64 = 300_000
    /// What happens in some of its slices, by their number, besides.
    var disturbs: (_ slice: Int) -> (clientWait: UInt64, intendedLatency: UInt64)? = { _ in nil }
    /// What it loses of memory per request, in bytes, after having taken 1 MB in its first slice.
    var leak: UInt64?
    /// Whether its accounts can be read.
    var isLocal = true
    /// Where the load breaks off, and why.
    var breaks: (round: Int, slice: Int, reason: LoadFailure.Reason)?
    /// What is behind that, where its process is gone.
    var death: String?
    /// Why its stacks cannot be sampled.
    var unsampled: ProfilerError?
    /// What is wrong with each of its slices.
    var spoil: (inout LoadSample) -> Void = { _ in }
}

final class ScriptedClock: HostAccounts {
    var now: UInt64 = 0
    var steal: UInt64 = 0
    var throttled: UInt64 = 0
    var waited: UInt64 = 0
    /// Those that compute while time goes by.
    var servers: [ScriptedServer] = []

    func monotonicNanoseconds() -> UInt64 { now }
    func stealNanoseconds(cpus: [Int]?) -> UInt64? { steal }
    func throttledNanoseconds() -> UInt64? { throttled }
    func loadAverage() -> Double? { 0.5 }
    func clientWaits() -> [pid_t: UInt64] { [9: waited] }

    func pass(_ nanoseconds: UInt64) {
        now += nanoseconds
        for server in servers {
            server.ownCPU += nanoseconds * server.script.backgroundPerMille / 1_000
        }
    }
}

/// What was asked of servers, in order.
final class Journal {
    enum Kind { case launch, warmUp, sample, slice, broken, stop }

    struct Entry {
        var kind: Kind
        var label: String
        /// Of a burst: how long it was asked to be.
        var nanoseconds: UInt64 = 0
        var pace: Pace?
    }

    var entries: [Entry] = []

    func labels(_ kind: Kind) -> [String] { entries.filter { $0.kind == kind }.map(\.label) }
    func all(_ kind: Kind) -> [Entry] { entries.filter { $0.kind == kind } }
}

final class ScriptedServer: MeasuredServer {
    let target: Target
    let script: Script
    let clock: ScriptedClock
    let journal: Journal
    let round: Int
    var ownCPU: UInt64 = 0
    var helperCPU: UInt64 = 0
    var slices = 0
    /// Requests, those of warm-ups included.
    var operations: UInt64 = 0

    init(
        _ target: Target, _ script: Script, _ clock: ScriptedClock, _ journal: Journal, round: Int
    ) {
        self.target = target
        self.script = script
        self.clock = clock
        self.journal = journal
        self.round = round
    }

    private struct Family: FamilyAccounts {
        let server: ScriptedServer

        mutating func cpuNanoseconds() -> UInt64? { server.ownCPU + server.helperCPU }
        func quickCPUNanoseconds() -> UInt64 { server.ownCPU }
        func waits() -> [pid_t: UInt64] {
            let spinning = server.script.spinningThreads
            guard spinning > 0 else { return [:] }
            return Dictionary(
                uniqueKeysWithValues: (0..<spinning).map {
                    (pid_t($0), server.clock.now * (spinning - 1) / spinning)
                })
        }
    }

    func cpuNanoseconds() -> UInt64? { script.isLocal ? ownCPU : nil }
    func family() -> (any FamilyAccounts)? { script.isLocal ? Family(server: self) : nil }
    func info(_ section: String) throws(TargetError) -> [String: String] {
        guard let leak = script.leak else { return [:] }
        let once: UInt64 = operations > 0 ? 1_000_000 : 0
        return ["used_memory": "\(5_000_000 + once + leak * operations)"]
    }
    func sampler(
        _ sampling: StackSampling
    ) throws(ProfilerError) -> (any StackSampler)? {
        if let unsampled = script.unsampled { throw unsampled }
        return script.isLocal ? ScriptedSampler(self) : nil
    }
    /// It has no process.
    var pid: pid_t? { nil }
    func deathAfterLoss() -> String? { script.death }
    func stop() { journal.entries.append(.init(kind: .stop, label: target.label)) }

    func load(
        _ cell: RoundCell, _ plan: RoundPlan, seed: UInt64
    ) throws(ExperimentFailure) -> any Load {
        ScriptedLoad(self)
    }
}

/// Sees a sample in every 100 µs of CPU time, three of four of them in `get`, which `main` calls.
final class ScriptedSampler: StackSampler {
    private let server: ScriptedServer
    private var before: UInt64 = 0
    private var samples = 0.0

    init(_ server: ScriptedServer) { self.server = server }

    func start() {
        server.journal.entries.append(.init(kind: .sample, label: server.target.label))
        before = server.ownCPU
    }

    func stop(operations: UInt64?) -> StackProfile.Round {
        let time = Double(server.ownCPU - before)
        samples += time / 100_000
        return StackProfile.Round(
            weights: [time / 400_000, time * 3 / 400_000], operations: operations, total: time)
    }

    func profile(
        target: String, workload: String?, rounds: [StackProfile.Round]
    ) -> StackProfile {
        var profile = StackProfile(target: target, workload: workload, unit: .cpuNanoseconds)
        profile.frames = ["main", "get"].map { StackProfile.Frame($0) }
        profile.stacks = [[0], [0, 1]]
        profile.rounds = rounds
        profile.quality.samples = Int(samples)
        profile.quality.sampledShare = 1
        return profile
    }
}

final class ScriptedLoad: Load {
    let commands = [CommandLabel("get", nullIsMiss: true)]
    private let server: ScriptedServer

    init(_ server: ScriptedServer) { self.server = server }

    func warmUp(_ limit: BurstLimit) throws(LoadFailure) -> UInt64 {
        burst(limit, nil, .warmUp).operations
    }

    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        defer { server.slices += 1 }
        if let breaks = server.script.breaks, breaks.round == server.round,
            breaks.slice == server.slices
        {
            server.journal.entries.append(.init(kind: .broken, label: server.target.label))
            throw LoadFailure(
                breaks.reason, .tcp(host: "127.0.0.1", port: 1), LoadSample(commands: commands))
        }
        var sample = burst(limit, pace, .slice)
        server.script.spoil(&sample)
        return sample
    }

    private func burst(_ limit: BurstLimit, _ pace: Pace?, _ kind: Journal.Kind) -> LoadSample {
        let (script, clock) = (server.script, server.clock)
        let disturbance = script.disturbs(server.slices)
        guard case .duration(let nanoseconds) = limit else {
            preconditionFailure("rounds ask for time")
        }
        server.journal.entries.append(
            .init(
                kind: kind, label: server.target.label, nanoseconds: nanoseconds, pace: pace))
        var operations = nanoseconds / script.nanosecondsPerOperation
        if let pace {
            operations = min(operations, UInt64(pace.rate * Double(nanoseconds) / 1e9))
        }
        var sample = LoadSample(commands: commands)
        sample.startNanoseconds = clock.now
        clock.pass(nanoseconds)
        sample.endNanoseconds = clock.now
        server.operations += operations
        server.ownCPU += operations * script.cpu(server.slices)
        server.helperCPU += operations * script.helperCPU
        sample.clientCPUNanoseconds = operations * script.clientCPU
        sample.workers = 1
        sample.commands[0].operations = operations
        if operations > 0 {
            sample.commands[0].latency.record(script.latency, count: operations)
            if pace != nil {
                var intended = LatencyHistogram()
                intended.record(
                    disturbance?.intendedLatency ?? script.intendedLatency, count: operations)
                sample.commands[0].intendedLatency = intended
            }
        }
        if kind == .slice {
            clock.waited += disturbance?.clientWait ?? script.clientWait
            clock.steal += script.steal
            clock.throttled += script.throttled
        }
        return sample
    }
}

/// Servers by their labels, each of which does what its script says.
final class ScriptedRounds: RoundHost {
    let clock = ScriptedClock()
    let journal = Journal()
    let recorder = Recorder(arguments: [], seed: 7, quiet: true)
    private let scripts: [(label: String, script: Script)]
    /// Who does not start, and in which round.
    var refuses: (label: String, round: Int)?
    private var launches: [String: Int] = [:]

    init(_ scripts: [(label: String, script: Script)]) {
        self.scripts = scripts
        clock.now = recorder.startNanoseconds
    }

    var accounts: any HostAccounts { clock }

    func fill(
        _ target: Target, _ workloads: [CompiledWorkload], _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> any MeasuredServer {
        let label = target.label
        let round = launches[label, default: 0]
        launches[label] = round + 1
        if let refuses, refuses.label == label, refuses.round == round {
            throw ExperimentFailure(
                .setUp, "\(label) did not start",
                incident: RunRecord.Incident(target: label, kind: .didNotStart, detail: "no"))
        }
        guard let script = scripts.first(where: { $0.label == label })?.script else {
            preconditionFailure("no script for \(label)")
        }
        let server = ScriptedServer(target, script, clock, journal, round: round)
        journal.entries.append(.init(kind: .launch, label: label))
        clock.servers.append(server)
        return server
    }

    /// The rounds of these servers, in the order of their scripts.
    func rounds(
        _ cells: [RoundCell]? = nil, _ change: (inout RoundPlan) -> Void = { _ in }
    ) throws -> InterleavedRounds {
        var plan = RoundPlan()
        plan.rounds = 1
        plan.blocks = 2
        plan.warmUpNanoseconds = 10_000_000
        plan.readsMemory = false
        plan.seed = recorder.record.seed
        change(&plan)
        let targets = try scripts.map { try Target(parsing: "\($0.label)=tcp://127.0.0.1:1") }
        var rounds = InterleavedRounds(targets, try cells ?? [RoundCell(Self.workload())], plan)
        rounds.host = self
        return rounds
    }

    static func workload(_ name: String = "get") throws -> CompiledWorkload {
        try CompiledWorkload(.plain(name: name, keys: 1_000, keySize: 16, valueSize: 64))
    }

    /// Runs them. - Returns: what ended them early.
    @discardableResult
    func run(_ rounds: inout InterleavedRounds) -> ExperimentFailure? {
        do throws(ExperimentFailure) {
            try rounds.run(recorder)
            return nil
        } catch {
            return error
        }
    }

    /// `rounds`, run to their end.
    func run(_ change: (inout RoundPlan) -> Void = { _ in }) throws -> ExperimentFailure? {
        var rounds = try self.rounds(nil, change)
        return run(&rounds)
    }

    var record: RunRecord { recorder.record }

    func value(_ metric: Metric, _ label: String) -> Double? {
        record.results.first { $0.metric == metric.id && $0.target == label }?.value
    }

    func warns(_ words: String, _ label: String? = nil) -> Bool {
        record.warnings.contains {
            $0.cause.contains(words) && (label == nil || $0.target == label)
        }
    }

    /// The totals of a target's rounds.
    func totals(_ label: String) -> [RunRecord.Totals] {
        record.rounds.filter { $0.target == label }.compactMap(\.totals)
    }
}
