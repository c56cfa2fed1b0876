// What HELP answers: for each command with subcommands, those that are here, in real servers' form.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func replyHelp(_ command: Command) {
        let name = command.name.uppercased()
        let lines =
            ["\(name) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
            + SubcommandHelp.lines(command.handler) + ["HELP", "    Prints this help."]
        reply.array(lines.count)
        for line in lines { reply.simple(line) }
    }
}

private enum SubcommandHelp {
    /// A line per subcommand and its arguments, then what it does, indented.
    static func lines(_ handler: Handler) -> [String] {
        switch handler {
        case .connection(.client): client
        case .server(.cluster): cluster
        case .server(.command): command
        case .server(.config): config
        case .server(.debug): debug
        case .server(.hashmark): hashmark
        case .server(.memory): memory
        case .key(.object): object
        case .message(.pubsub): pubsub
        default: []
        }
    }

    private static let client = [
        "CACHING (YES|NO)", "    Whether the next reads are tracked (OPTIN, OPTOUT).",
        "CAPA <capability> [<capability> ...]", "    Accepted: nothing is redirected.",
        "GETNAME", "    The name of this connection.",
        "GETREDIR", "    0 while this connection is tracked, else -1.",
        "ID", "    The id of this connection.",
        "INFO", "    About this connection.",
        "KILL <ip:port> | <filter> <value> ...", "    Closes connections.",
        "LIST [<filter> <value> ...]", "    About connections.",
        "    Filters: [NOT-]ID id ..., [NOT-]ADDR, [NOT-]LADDR, [NOT-]IP, [NOT-]TYPE,",
        "    [NOT-]USER, [NOT-]NAME, [NOT-]FLAGS, [NOT-]LIB-NAME, [NOT-]LIB-VER,",
        "    [NOT-]CAPA, [NOT-]DB, MAXAGE, IDLE, SKIPME (yes|no).",
        "NO-EVICT (ON|OFF)", "    Accepted: clients are never evicted.",
        "NO-TOUCH (ON|OFF)", "    Whether reads leave the keys' usage as it is.",
        "PAUSE <timeout> [WRITE|ALL]", "    Holds requests back for so many ms.",
        "REPLY (ON|OFF|SKIP)", "    Which commands are answered.",
        "SETINFO <option> <value>", "    Sets the library's name or version.",
        "SETNAME <name>", "    Sets the name of this connection.",
        "TRACKING (ON|OFF) [BCAST] [PREFIX <prefix> ...] [OPTIN] [OPTOUT] [NOLOOP]",
        "    Whether changes of keys are told, by pushes of RESP3.",
        "TRACKINGINFO", "    How this connection is tracked.",
        "UNBLOCK <clientid> [TIMEOUT|ERROR]", "    Ends a client's wait for a key.",
        "UNPAUSE", "    Ends a pause.",
    ]

    private static let cluster = [
        "COUNTKEYSINSLOT <slot>", "    The number of keys in a slot.",
        "INFO", "    About the cluster.",
        "KEYSLOT <key>", "    The slot of a key.",
        "MYID", "    The id of this node.",
        "NODES", "    This node, and those that it was told of.",
        "SETSLOT <slot> NODE <node-id>", "    Makes a slot without keys another node's.",
        "SHARDS", "    The nodes and their slots.",
        "SLOTS", "    The slots and their nodes, as older clients ask for them.",
    ]

    private static let command = [
        "(no subcommand)", "    About all commands.",
        "COUNT", "    The number of commands.",
        "DOCS [<command-name> ...]", "    What commands are for; without names, all of them.",
        "GETKEYS <full-command>", "    The keys of a command.",
        "GETKEYSANDFLAGS <full-command>", "    The keys of a command, and what becomes of them.",
        "INFO [<command-name> ...]", "    About commands; without names, all of them.",
        "LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]",
        "    The names of all commands, or of some.",
    ]

    private static let config = [
        "GET <pattern> [<pattern> ...]", "    Parameters by glob patterns, with their values.",
        "RESETSTAT", "    Resets what INFO counts.",
        "SET <directive> <value> [<directive> <value> ...]", "    Sets parameters.",
    ]

    private static let debug = [
        "JMAP", "    Refused: see HASHMARK STATS.",
        "OBJECT <key>", "    Refused: see HASHMARK STATS.",
        "SLEEP <seconds>", "    Stops the server for so long. Decimals allowed.",
    ]

    private static let hashmark = [
        "COMMANDS", "    Commands executed so far.",
        "PEER <id> <host> <port> <first> <last>", "    Another node of the cluster, and its slots.",
        "RECOUNT", "    The keyspace's memory, counted anew entry by entry.",
        "RSS", "    Resident bytes of the process.",
        "SETTLE", "    Finishes what the table does in the background.",
        "SETTLED", "    Whether the table has nothing to do in the background.",
        "STATS", "    The table's figures.",
        "VERIFY", "    What is wrong with the table; nothing, unless there is a bug.",
    ]

    private static let memory = [
        "DOCTOR", "    Where to look.",
        "PURGE", "    Gives memory back to the system.",
        "STATS", "    How much memory is used for what.",
        "USAGE <key> [SAMPLES <count>]", "    Estimated bytes of the key and its value.",
    ]

    private static let object = [
        "ENCODING <key>", "    How the value is encoded.",
        "FREQ <key>", "    The access frequency of the key, with an LFU policy.",
        "IDLETIME <key>", "    The idle time of the key in seconds.",
        "REFCOUNT <key>", "    The references to the value: 1, unless integers are shared.",
    ]

    private static let pubsub = [
        "CHANNELS [<pattern>]", "    The channels that somebody listens to.",
        "NUMPAT", "    The number of patterns that somebody listens to.",
        "NUMSUB [<channel> ...]", "    How many listen to each channel.",
        "SHARDCHANNELS [<pattern>]", "    The shard channels that somebody listens to.",
        "SHARDNUMSUB [<shardchannel> ...]", "    How many listen to each shard channel.",
    ]
}
