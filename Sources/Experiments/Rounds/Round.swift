// The beginning of a round: targets are launched, filled and settled.
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets
import Workloads

package enum Round {
    /// Starts or reaches a target, within a phase of the record; one that is started, where the
    /// run's placement puts it.
    /// - Parameter describes: asks it who it is, for the record; whoever says no does so later.
    package static func launch(
        _ target: Target, _ options: LaunchOptions, _ recorder: Recorder, describes: Bool = true
    ) throws(ExperimentFailure) -> RunningServer {
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        var options = options
        recorder.placement.put(&options)
        do throws(TargetError) {
            let server = try recorder.phase("launch", target.label) { () throws(TargetError) in
                try target.launch(options)
            }
            recorder.placement.verify(server, recorder)
            if describes { recorder.describe(server) }
            return server
        } catch {
            throw ExperimentFailure(
                .setUp, "\(error)",
                incident: RunRecord.Incident(
                    target: target.label, kind: .didNotStart, detail: "\(error)"))
        }
    }

    /// A fill counts on an empty server. One that was started here is; another is only emptied
    /// when the user allowed it.
    /// - Parameter database: that the connection has selected; nil: the endpoint's.
    package static func requireEmpty(
        _ server: RunningServer, _ connection: ControlConnection, database: UInt64? = nil,
        allowFlush: Bool
    ) throws(ExperimentFailure) {
        let mayFlush = server.target.isOwned || allowFlush
        let size: Int
        do throws(TargetError) {
            size = try connection.databaseSize()
            // The selected database alone: a server that is not ours may have others.
            if size > 0 && mayFlush { _ = try connection.call(["FLUSHDB"]) }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if size > 0 && !mayFlush {
            throw ExperimentFailure(
                .setUp,
                "\(server.target.label) already holds \(size) entries in database "
                    + "\(database.map { Int(clamping: $0) } ?? server.endpoint.database); empty "
                    + "that yourself, or allow FLUSHDB with --allow-flush")
        }
    }

    /// Launches, fills and settles one target: a phase of the recorder's progress.
    /// - Parameters:
    ///   - workloads: each distinct set of keys is filled once; several need prefixes of their own.
    ///   - readsMemory: adds results of what the entries take; the server then settles with the
    ///     care that needs.
    static func fill(
        _ target: Target, _ workloads: [CompiledWorkload], _ plan: RoundPlan, seed: UInt64,
        readsMemory: Bool, allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        let dataSets = distinctDataSets(workloads)
        var launch = LaunchOptions()
        launch.seed = seed
        let server = try Self.launch(target, launch, recorder)
        let entries = dataSets.reduce(0) { $0 + $1.populatedKeys }
        let connection = try server.controlConnection()
        try requireEmpty(server, connection, allowFlush: allowFlush)
        // Without entries there are no bytes per entry.
        let empty =
            readsMemory && entries > 0 ? try MemoryReading.takeEmpty(server, connection) : nil
        try recorder.phase("prefill", target.label) { () throws(ExperimentFailure) in
            var written: UInt64 = 0
            for workload in dataSets {
                let keys = workload.populatedKeys
                try Fill.run(server, workload, seed: seed) {
                    let done = Double(written) + $0 * Double(keys)
                    recorder.progress.advance(to: done / Double(entries))
                }
                written += keys
            }
            try Fill.verify(server, connection, count: entries)
            for workload in dataSets {
                for case .verify(let sample) in workload.workload.phases {
                    try Fill.readBack(server, workload, sample: sample)
                }
            }
        }
        // Bytes per entry are of a settled server, whether the file asks for that or not.
        let timeouts = dataSets.compactMap(\.workload.settleMilliseconds)
        if readsMemory || !timeouts.isEmpty {
            try recorder.phase("settle", target.label) { () throws(ExperimentFailure) in
                try Settling.wait(
                    server, connection, readsMemory ? .memory : .timing,
                    milliseconds: timeouts.max())
            }
        }
        if let empty {
            try MemoryReading.take(server, connection).grown(since: empty).addResults(
                entries: entries, target: target.label, workload: dataSets[0].workload.name,
                conditions: [:], recorder)
        }
        try prepareDurability(workloads, server, connection, recorder)
        return server
    }

    /// Starts the replicas that the workloads ask for, which end with the server.
    private static func prepareDurability(
        _ workloads: [CompiledWorkload], _ server: RunningServer, _ connection: ControlConnection,
        _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let demanding = workloads.map(\.workload).filter {
            !$0.waits.isEmpty || $0.load.replicas > 0
        }
        guard !demanding.isEmpty else { return }
        try recorder.phase("replicas", server.target.label) { () throws(ExperimentFailure) in
            do throws(TargetError) {
                for workload in demanding {
                    let problem = try DurabilitySupport.problem(workload, server, connection)
                    guard let problem else { continue }
                    throw TargetError(
                        "\(workload.name) cannot be measured on it: \(problem)",
                        remedy: "measure it on a server that can")
                }
                guard server.target.isOwned else { return }
                for _ in 0..<(demanding.map(\.load.replicas).max() ?? 0) {
                    server.keep(
                        try ReplicaServer.attach(to: server, connection) {
                            Interruption.requested
                        })
                }
            } catch {
                throw ExperimentFailure(error, server)
            }
        }
    }

    /// The workloads whose keys no earlier one has written: reads and writes of the same keys share
    /// them.
    static func distinctDataSets(_ workloads: [CompiledWorkload]) -> [CompiledWorkload] {
        var distinct: [CompiledWorkload] = []
        for workload in workloads
        where !distinct.contains(where: { $0.workload.keyspaces == workload.workload.keyspaces }) {
            distinct.append(workload)
        }
        return distinct
    }
}
