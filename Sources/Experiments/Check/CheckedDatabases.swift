// The databases of a check beside the one that the servers begin with: each is looked at when it is
// selected first. Of a server that runs already, what it holds there is the user's.
import RESP
import Targets

final class CheckedDatabases {
    private let allowFlush: Bool
    private var ready: Set<UInt64> = [0]
    /// That one of the servers has not.
    private(set) var refused: Set<UInt64> = []

    /// - Parameter allowFlush: servers that run already may be emptied.
    init(allowFlush: Bool) { self.allowFlush = allowFlush }

    func refuse(_ database: UInt64) { refused.insert(database) }

    /// Makes sure that a database is empty on both servers, which have selected it. One that was
    /// started for the check has there what the record put there.
    func prepare(
        _ database: UInt64, _ servers: [RunningServer], _ connections: [ControlConnection]
    ) throws(ExperimentFailure) {
        guard ready.insert(database).inserted else { return }
        for (server, connection) in zip(servers, connections) where !server.target.isOwned {
            try Launching.requireEmpty(
                server, connection, database: database, allowFlush: allowFlush)
        }
    }
}
