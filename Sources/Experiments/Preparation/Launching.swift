// How every measurement comes to its servers: started or reached where the run places them, and
// empty before anything is written.
import LinuxSystem
import RunRecord
import Targets

package enum Launching {
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
        let found: ExperimentFailure?
        do throws(TargetError) {
            found = try refusal(
                connection, of: server.target.label,
                database: database.map { Int(clamping: $0) } ?? server.endpoint.database,
                mayFlush: server.target.isOwned || allowFlush)
        } catch {
            throw ExperimentFailure(error, server)
        }
        if let found { throw found }
    }

    /// The same by a connection alone: empties the database that it has selected, where that is
    /// allowed.
    /// - Parameter name: the server's.
    /// - Returns: why nothing is written to it; nil where it is empty now.
    static func refusal(
        _ connection: ControlConnection, of name: String, database: Int, mayFlush: Bool
    ) throws(TargetError) -> ExperimentFailure? {
        let size = try connection.databaseSize()
        guard size > 0 else { return nil }
        guard !mayFlush else {
            // The selected database alone: a server that is not ours may have others.
            try connection.call(["FLUSHDB"])
            return nil
        }
        return ExperimentFailure(
            .setUp,
            "\(name) already holds \(size) entries in database \(database); empty that yourself, "
                + "or allow FLUSHDB with --allow-flush")
    }
}
