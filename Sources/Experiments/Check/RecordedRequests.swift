// Commands as servers recorded them, with their own keys and values, as requests of a check.
//
// Left out are those that are about connections, scripts or the server and not about the data:
// within transactions and scripts commands stand for themselves, one that waits would wait for a
// writer that comes later, and settings are the caller's. SELECT is followed: each command goes to
// the database that the record has it in (CheckedDatabases). Where a target names a database of its
// own, that one alone may be written, and stands for the record's first.
import Traces

final class RecordedRequests: CheckedSource {
    private let reader: TraceReader
    private var waiting: ArraySlice<LoggedCommand> = []
    /// Whether both servers are the check's alone.
    private let ownsServers: Bool
    /// Whether the record's databases are the servers'.
    private let followsDatabases: Bool
    /// The first database of the record.
    private var database: UInt64?
    private(set) var failure: TraceError?

    init(_ reader: TraceReader, ownsServers: Bool, followsDatabases: Bool) {
        self.reader = reader
        self.ownsServers = ownsServers
        self.followsDatabases = followsDatabases
    }

    func next(_ count: Int, for connection: Int) -> [CheckedRequest] {
        if waiting.isEmpty {
            do throws(TraceError) {
                waiting = try reader.commands()[...]
            } catch {
                failure = error
            }
        }
        let taken = waiting.prefix(count)
        waiting = waiting.dropFirst(count)
        return taken.map { request($0) }
    }

    func missed(_ ticket: UInt64) {}

    private func request(_ command: LoggedCommand) -> CheckedRequest {
        let first = database ?? command.database
        database = first
        let name = ReplyRule.name(of: command.arguments)
        let isOfOthers =
            !followsDatabases && command.database != first
            || !ownsServers
                && (name == "FLUSHALL"
                    || name == "COPY" && ReplyRule.holds("DB", command.arguments))
        let waits =
            ["XREAD", "XREADGROUP"].contains(name) && ReplyRule.holds("BLOCK", command.arguments)
        return CheckedRequest(
            arguments: command.arguments,
            database: followsDatabases ? command.database : nil,
            isLeftOut: isOfOthers || waits || Self.unsent.contains(name),
            isSelection: followsDatabases && name == "SELECT")
    }

    private static let unsent: Set = [
        // transactions, connections
        "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "SELECT", "AUTH", "QUIT", "RESET", "ASKING",
        "READONLY", "READWRITE", "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE",
        "PUNSUBSCRIBE", "SUNSUBSCRIBE", "PUBLISH", "SPUBLISH", "PUBSUB", "MONITOR",
        // scripts, whose calls are recorded
        "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO", "SCRIPT", "FUNCTION",
        // the server
        "SWAPDB", "MOVE", "MIGRATE", "RESTORE", "REPLCONF", "PSYNC", "SYNC", "REPLICAOF", "SLAVEOF",
        "FAILOVER", "CLUSTER", "SHUTDOWN", "SAVE", "BGSAVE", "BGREWRITEAOF", "ACL", "MODULE",
        // waiting
        "WAIT", "WAITAOF", "BLPOP", "BRPOP", "BLMOVE", "BRPOPLPUSH", "BLMPOP", "BZPOPMIN",
        "BZPOPMAX", "BZMPOP",
    ]
}
