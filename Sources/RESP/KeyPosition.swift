// Where the keys of a command stand: by them a client of a cluster finds the node that has them.
//
// Credits: positions are those of the servers' own command tables (valkey 9.1).

/// Where the first key of a command stands.
public enum KeyPosition: Hashable, Sendable {
    /// It has none: any node answers.
    case none
    /// At this argument, the name being argument 0.
    case argument(Int)
    /// Behind a number of keys, which is this argument.
    case behindCount(Int)
    /// Behind the word STREAMS.
    case behindStreams

    private static let keyless: Set<String> = [
        "ACL", "ASKING", "AUTH", "BGREWRITEAOF", "BGSAVE", "CLIENT", "CLUSTER", "COMMAND",
        "CONFIG", "DBSIZE", "DISCARD", "ECHO", "EXEC", "FLUSHALL", "FLUSHDB", "FUNCTION",
        "HASHMARK", "HELLO", "INFO", "KEYS", "LASTSAVE", "LATENCY", "LOLWUT", "MODULE", "MULTI",
        "PING", "PSUBSCRIBE", "PUBLISH", "PUBSUB", "QUIT", "RANDOMKEY", "READONLY", "READWRITE",
        "RESET", "ROLE", "SAVE", "SCAN", "SCRIPT", "SELECT", "SHUTDOWN", "SLOWLOG", "SUBSCRIBE",
        "SWAPDB", "TIME", "UNWATCH", "WAIT", "WAITAOF",
    ]

    /// - Parameter command: the name in capitals.
    public init(of command: String) {
        switch command {
        case "OBJECT", "MEMORY", "DEBUG", "XGROUP", "XINFO", "BITOP": self = .argument(2)
        case "LMPOP", "ZMPOP", "SINTERCARD", "ZINTERCARD", "ZUNION", "ZINTER", "ZDIFF":
            self = .behindCount(1)
        case "BLMPOP", "BZMPOP", "EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO":
            self = .behindCount(2)
        case "XREAD", "XREADGROUP": self = .behindStreams
        default: self = Self.keyless.contains(command) ? .none : .argument(1)
        }
    }
}
