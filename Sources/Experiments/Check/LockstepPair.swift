// A connection to each of two servers, on which both get the same requests and neither the next
// ones before both have answered.
import RESP
import Targets

final class LockstepPair {
    private let servers: [RunningServer]
    private let connections: [ControlConnection]
    /// That both have selected.
    private var database: UInt64 = 0

    /// A command on millions of elements may take its time.
    private static let milliseconds = 60_000

    init(_ one: RunningServer, _ other: RunningServer) throws(ExperimentFailure) {
        servers = [one, other]
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
        // For each reply, whether it is to a request of the caller's.
        var isAsked: [Bool] = []
        for request in requests {
            if let wanted = request.database, wanted != database {
                RequestEncoder.append(
                    [Array("SELECT".utf8), Array("\(wanted)".utf8)], to: &bytes)
                isAsked.append(false)
                database = wanted
            }
            RequestEncoder.append(request.arguments, to: &bytes)
            isAsked.append(true)
        }
        let name = ReplyRule.name(of: first.arguments)
        for place in servers.indices {
            try told(place) { (connection) throws(TargetError) in
                try connection.send(encoded: bytes, named: name)
            }
        }
        var replies: [[RESPValue]] = [[], []]
        for place in servers.indices {
            try told(place) { (connection) throws(TargetError) in
                replies[place] = try connection.replies(isAsked.count, to: name)
            }
        }
        return isAsked.indices.filter { isAsked[$0] }.map { (replies[0][$0], replies[1][$0]) }
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
