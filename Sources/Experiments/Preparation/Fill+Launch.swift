// A target as rounds, replays and checks begin with it: launched, filled with what its workloads
// hold, verified and settled.
import LinuxSystem
import RunRecord
import Targets
import Workloads

extension Fill {
    /// Launches, fills and settles one target: a phase of the recorder's progress.
    /// - Parameters:
    ///   - workloads: each distinct set of keys is filled once; several need prefixes of their own.
    ///   - readsMemory: adds results of what the entries take; the server then settles with the
    ///     care that needs.
    static func launch(
        _ target: Target, _ workloads: [CompiledWorkload], seed: UInt64, readsMemory: Bool,
        allowFlush: Bool, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RunningServer {
        let dataSets = distinctDataSets(workloads)
        var launch = LaunchOptions()
        launch.seed = seed
        let server = try Launching.launch(target, launch, recorder)
        let entries = dataSets.reduce(0) { $0 + $1.populatedKeys }
        let connection = try server.controlConnection()
        try Launching.requireEmpty(server, connection, allowFlush: allowFlush)
        // Without entries there are no bytes per entry.
        let empty =
            readsMemory && entries > 0 ? try MemoryReading.takeEmpty(server, connection) : nil
        try recorder.phase("prefill", target.label) { () throws(ExperimentFailure) in
            var written: UInt64 = 0
            for workload in dataSets {
                let keys = workload.populatedKeys
                try run(server, workload, seed: seed) {
                    let done = Double(written) + $0 * Double(keys)
                    recorder.progress.advance(to: done / Double(entries))
                }
                written += keys
            }
            try verify(server, connection, count: entries)
            for workload in dataSets {
                for case .verify(let sample) in workload.workload.phases {
                    try readBack(server, workload, sample: sample)
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
