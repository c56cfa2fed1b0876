// One round: every target launched, filled, settled and warmed, then driven in alternating slices.
import LinuxSystem
import LoadGenerator
import RunRecord
import Statistics
import Targets
import Workloads

/// A target that is alive in a round.
final class Contestant {
    let target: Target
    let server: RunningServer
    /// Position in the launch order.
    let order: Int
    private let load: any RoundLoad
    private(set) var slices: [RunRecord.Slice] = []
    /// Everything of the measured slices together.
    private(set) var total: LoadSample

    init(_ server: RunningServer, order: Int, _ load: any RoundLoad) {
        target = server.target
        self.server = server
        self.order = order
        self.load = load
        total = LoadSample(commands: load.commands)
    }

    func warmUp(_ limit: BurstLimit) throws(ExperimentFailure) {
        try load.warmUp(limit)
    }

    /// Load for one slice, with the CPU that it cost both sides.
    func slice(_ limit: BurstLimit, _ recorder: Recorder) throws(ExperimentFailure) {
        let account = SliceAccount(server)
        let sample = try load.slice(limit)
        slices.append(account.slice(of: sample, recorder))
        total.merge(sample)
    }
}

enum Round {
    /// Starts or reaches a target, within a phase of the record.
    /// - Parameter describes: asks it who it is, for the record; whoever says no does so later.
    static func launch(
        _ target: Target, _ options: LaunchOptions, _ recorder: Recorder, describes: Bool = true
    ) throws(ExperimentFailure) -> RunningServer {
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        do throws(TargetError) {
            let server = try recorder.phase("launch", target.label) { () throws(TargetError) in
                try target.launch(options)
            }
            if describes { recorder.describe(server) }
            return server
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// A fill counts on an empty server. One that was started here is; another is only emptied
    /// when the user allowed it.
    static func requireEmpty(
        _ server: RunningServer, _ connection: ControlConnection, allowFlush: Bool
    ) throws(ExperimentFailure) {
        let mayFlush = server.target.isOwned || allowFlush
        let size: Int
        do throws(TargetError) {
            size = try connection.databaseSize()
            if size > 0 && mayFlush { _ = try connection.call(["FLUSHALL"]) }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if size > 0 && !mayFlush {
            throw ExperimentFailure(
                .setUp,
                "\(server.target.label) already holds \(size) entries; empty it yourself, "
                    + "or allow FLUSHALL with --allow-flush")
        }
    }

    /// Launches, fills and settles one target.
    /// - Parameter readsMemory: adds results of what the entries take; the server then settles
    ///   with the care that needs.
    static func fill(
        _ target: Target, _ workload: CompiledWorkload, _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        var launch = LaunchOptions()
        launch.seed = seed
        launch.cpus = plan.placement.serverCPUs
        launch.numaNode = plan.placement.boundNode
        let server = try Self.launch(target, launch, recorder)
        plan.placement.verify(server, recorder)
        let entries = workload.populatedKeys
        let connection = try server.controlConnection()
        try requireEmpty(server, connection, allowFlush: allowFlush)
        // Without entries there are no bytes per entry.
        let empty =
            readsMemory && entries > 0 ? try MemoryReading.takeEmpty(server, connection) : nil
        try recorder.phase("prefill", target.label) { () throws(ExperimentFailure) in
            try Fill.run(server, count: entries) { PrefillSource(workload, seed: seed, $0) }
            try Fill.verify(server, connection, count: entries)
            for case .verify(let sample) in workload.workload.phases {
                try Fill.readBack(server, workload, sample: sample)
            }
        }
        try recorder.phase("settle", target.label) { () throws(ExperimentFailure) in
            try Settling.wait(server, connection, readsMemory ? .memory : .timing)
        }
        if let empty {
            try MemoryReading.take(server, connection).grown(since: empty).addResults(
                entries: entries, target: target.label, workload: workload.workload.name,
                conditions: [:], recorder)
        }
        return server
    }

    /// Launches, fills, settles and connects one target.
    /// - Parameter readsMemory: adds results of what the entries take; the server then settles
    ///   with the care that needs.
    static func prepare(
        _ target: Target, _ workload: CompiledWorkload, _ plan: RoundPlan, seed: UInt64,
        order: Int, readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Contestant {
        let server = try fill(
            target, workload, plan, seed: seed, readsMemory: readsMemory, allowFlush: allowFlush,
            recorder)
        let load: any RoundLoad =
            if let client = plan.client {
                try ExternalLoad(client, server, workload, plan)
            } else {
                try SessionLoad(server, workload, plan, seed: seed)
            }
        return Contestant(server, order: order, load)
    }

    /// The slices of one round: `blocks` times every target in order, then in reverse order.
    static func drive(
        _ contestants: [Contestant], _ plan: RoundPlan, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        for contestant in contestants {
            try recorder.phase("warm-up", contestant.target.label) { () throws(ExperimentFailure) in
                try contestant.warmUp(.duration(nanoseconds: plan.warmUpNanoseconds))
            }
        }
        let slice = BurstLimit.duration(nanoseconds: plan.sliceNanoseconds)
        try recorder.phase("measure") { () throws(ExperimentFailure) in
            for _ in 0..<plan.blocks {
                for contestant in contestants {
                    try contestant.slice(slice, recorder)
                }
                for contestant in contestants.reversed() {
                    try contestant.slice(slice, recorder)
                }
            }
        }
    }
}
