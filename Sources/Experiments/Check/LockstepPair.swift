// A connection to each of two servers, on which both get the same requests and neither the next
// ones before both have answered.
import RESP
import Targets

final class LockstepPair {
    private let servers: [RunningServer]
    private let connections: [ControlConnection]
    private let databases: CheckedDatabases
    /// That both have selected; nil where one of them refused the last.
    private var database: UInt64? = 0

    /// A command on millions of elements may take its time.
    private static let milliseconds = 60_000

    /// - Parameter databases: of all pairs of a check.
    init(
        _ one: RunningServer, _ other: RunningServer, _ databases: CheckedDatabases
    ) throws(ExperimentFailure) {
        servers = [one, other]
        self.databases = databases
        var connections: [ControlConnection] = []
        for server in servers {
            do throws(TargetError) {
                connections.append(try server.connect(milliseconds: Self.milliseconds))
            } catch {
                throw ExperimentFailure(error, server)
            }
        }
        self.connections = connections
    }

    /// Sends all requests at once to both, and returns what each replied to them.
    func exchange(
        _ requests: [CheckedRequest]
    ) throws(ExperimentFailure) -> [(one: RESPValue, other: RESPValue)] {
        guard let first = requests.first else { return [] }
        var bytes: [UInt8] = []
        for request in requests { RequestEncoder.append(request.arguments, to: &bytes) }
        let name = ReplyRule.name(of: first.arguments)
        for place in servers.indices {
            try told(place) { (connection) throws(TargetError) in
                try connection.send(encoded: bytes, named: name)
            }
        }
        var replies: [[RESPValue]] = [[], []]
        for place in servers.indices {
            try told(place) { (connection) throws(TargetError) in
                replies[place] = try connection.replies(requests.count, to: name)
            }
        }
        return zip(replies[0], replies[1]).map { ($0, $1) }
    }

    /// Makes both select a database, before anything is sent to it.
    /// - Returns: whether both have it. One that is refused is asked for once, and told.
    /// - Throws: when a server that is not ours has entries there that must not be lost.
    func select(
        _ wanted: UInt64, _ report: inout LockstepReport
    ) throws(ExperimentFailure) -> Bool {
        guard !databases.refused.contains(wanted) else { return false }
        guard wanted != database else { return true }
        let request = CheckedRequest(
            arguments: [Array("SELECT".utf8), Array("\(wanted)".utf8)])
        let replies = try exchange([request])
        var isRefused = false
        for case .error in [replies[0].one, replies[0].other] { isRefused = true }
        guard !isRefused else {
            database = nil
            databases.refuse(wanted)
            report.addRefused(request, replies[0].one, replies[0].other)
            return false
        }
        database = wanted
        try databases.prepare(wanted, servers, connections)
        return true
    }

    private func told(
        _ place: Int, _ body: (ControlConnection) throws(TargetError) -> Void
    ) throws(ExperimentFailure) {
        do throws(TargetError) {
            try body(connections[place])
        } catch {
            throw ExperimentFailure(error, servers[place])
        }
    }
}
