// Why a server was not reached, from what libpq says of it: whether it may be different in a while,
// or the address is wrong and stays so.
//
//     it may pass        refused, no route, timeouts, a name server that is down, a server that
//                        starts up, shuts down or has no room for another client
//     it does not        no such database or user, another password, a host that nobody knows, what
//                        is no address at all
//
// libpq has no codes for what goes wrong before a connection stands, but its own words are English
// (nobody calls setlocale here) and a server's begin with FATAL, mostly. Where words do not tell,
// the server is asked whether it takes connections (PQping): one that does, and did not take ours,
// will not take it in a while either.
import CPostgres

package struct ConnectionFailure {
    private let message: String

    /// - Parameter message: PQerrorMessage's, of several lines perhaps.
    package init(_ message: String) { self.message = message }

    /// The line that has the cause.
    package var reason: String {
        let lines = message.split(separator: "\n")
        let line = lines.last { $0.contains(Self.verdict) } ?? lines.first
        return line.map { String($0) } ?? "it does not say why"
    }

    /// Before what a server says that ends a connection.
    private static let verdict = "FATAL"
    /// What such a server says that will be able to answer soon.
    private static let busy = [
        "starting up", "shutting down", "in recovery mode", "not yet accepting",
        "not accepting connections", "too many", "connection slots", "terminating connection",
    ]
    /// What libpq says of hosts without an address, but for a name server that may be back.
    private static let unknown = "could not translate host name"
    private static let passing = "Temporary failure in name resolution"
    /// What it says of words that are none, and of encryption that one side asks for.
    private static let wrong = ["invalid", "certificate", "does not support SSL"]
    private static let unreached = [
        "refused", "timeout expired", "timed out", "unreachable", "No route to host",
        "closed the connection", "reset by peer", "No such file or directory",
    ]

    /// Whether it may be different in a while.
    /// - Parameter ping: asks the server again, which takes as long as connecting does.
    package func mayPass(_ ping: () -> CInt) -> Bool {
        func says(_ words: [String]) -> Bool { words.contains { message.contains($0) } }
        if message.contains(Self.verdict) {
            if says(Self.busy) { return true }
        } else {
            if message.contains(Self.unknown) { return message.contains(Self.passing) }
            if says(Self.wrong) { return false }
            if says(Self.unreached) { return true }
        }
        let answer = Int(ping())
        return answer != hashmark_pq_ping_ok && answer != hashmark_pq_ping_no_attempt
    }
}
