// Every command in one table: it drives dispatch, arity errors, key positions, statistics and what
// COMMAND tells clients. A new command is a case of its family in `Handler`, which does not compile
// before it has an arm in Engine+Dispatch.swift or Engine+DispatchCollections.swift; a row here or
// in the file of its family (Command+Collections.swift, Command+Bloom.swift) at the same place in
// the order, which a server that starts checks; and a function (Engine+Strings.swift, …). What it
// needs of a table, and which of its arguments are keys where that is not plain, `Handler.need` and
// Command+Keys.swift say.

public struct CommandFlags: OptionSet, Sendable {
    public let rawValue: UInt16
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let write = Self(rawValue: 1 << 0)
    public static let readonly = Self(rawValue: 1 << 1)
    public static let denyoom = Self(rawValue: 1 << 2)
    public static let admin = Self(rawValue: 1 << 3)
    public static let noscript = Self(rawValue: 1 << 4)
    public static let loading = Self(rawValue: 1 << 5)
    public static let stale = Self(rawValue: 1 << 6)
    public static let fast = Self(rawValue: 1 << 7)
    public static let noAuth = Self(rawValue: 1 << 8)
    public static let pubsub = Self(rawValue: 1 << 9)
    /// Refused inside of a transaction.
    public static let noMulti = Self(rawValue: 1 << 10)
    /// Where its keys are, one of its arguments tells.
    public static let movableKeys = Self(rawValue: 1 << 11)
    /// May have its client wait for a key.
    public static let blocking = Self(rawValue: 1 << 12)

    /// In the order in which COMMAND lists them.
    static let names: [(CommandFlags, String)] = [
        (.write, "write"), (.readonly, "readonly"), (.denyoom, "denyoom"), (.admin, "admin"),
        (.pubsub, "pubsub"), (.noscript, "noscript"), (.blocking, "blocking"),
        (.loading, "loading"), (.stale, "stale"), (.fast, "fast"), (.noAuth, "no_auth"),
        (.noMulti, "no_multi"), (.movableKeys, "movablekeys"),
    ]
}

/// The families of COMMAND DOCS.
public enum CommandGroup: String, Sendable {
    case sortedSet = "sorted-set"
    case string, bitmap, hyperloglog, hash, list, set, generic, connection, transactions, pubsub,
        server, cluster, module
}

/// A row of the table.
public struct Command: Sendable {
    public let name: String
    public let handler: Handler
    /// Arguments, the name included; −n means at least n.
    public let arity: Int
    public let flags: CommandFlags
    /// Position of the first key, 0 without keys; of the last, negative from the end; and the step.
    public let keys: (first: Int, last: Int, step: Int)
    public let group: CommandGroup
    public let summary: String
    /// Arguments of each subcommand, both names included; −n means at least n. One is HELP.
    public let subcommands: [String: Int]
    /// The first release that has it.
    let since: ServerRelease

    init(
        _ name: String, _ handler: Handler, _ arity: Int, _ flags: CommandFlags,
        keys: (Int, Int, Int) = (0, 0, 0), _ group: CommandGroup, _ summary: String,
        subcommands: [String: Int] = [:], since: ServerRelease = .valkey72
    ) {
        // Whoever asks for a subcommand that is not there is told to try this one.
        self.subcommands =
            subcommands.isEmpty ? [:] : subcommands.merging(["help": 2]) { given, _ in given }
        self.name = name
        self.handler = handler
        self.arity = arity
        self.flags = flags
        self.keys = keys
        self.group = group
        self.summary = summary
        self.since = since
    }

    static let oneKey = (1, 1, 1)
    static let manyKeys = (1, -1, 1)
    private static let subscribing: CommandFlags = [.pubsub, .noscript, .loading, .stale]

    /// Rows in the order of `Handler.allCases`, one for each.
    public static let all: [Command] = {
        let families = [
            elementary, hashes, fieldExpiry, sets, lists, sortedSets, sorting, bloom,
        ]
        return families.flatMap { $0 }
    }()

    /// Those that are about no collection.
    private static let elementary: [Command] = [
        Command(
            "get", .string(.get), 2, [.readonly, .fast], keys: oneKey, .string,
            "The value of a key."),
        Command(
            "set", .string(.set), -3, [.write, .denyoom], keys: oneKey, .string,
            "Sets a key's value."),
        Command(
            "strlen", .string(.strlen), 2, [.readonly, .fast], keys: oneKey, .string,
            "The length of a key's value."),
        Command(
            "append", .string(.append), 3, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Adds to the end of a value."),
        Command(
            "decr", .string(.decr), 2, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Subtracts one from an integer."),
        Command(
            "decrby", .string(.decrby), 3, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Subtracts from an integer."),
        Command(
            "getdel", .string(.getdel), 2, [.write, .fast], keys: oneKey, .string,
            "The value of a key, which is removed."),
        Command(
            "getex", .string(.getex), -2, [.write, .fast], keys: oneKey, .string,
            "The value of a key, whose time to live is set."),
        Command(
            "getrange", .string(.getrange), 4, [.readonly], keys: oneKey, .string,
            "A part of a value."),
        Command(
            "getset", .string(.getset), 3, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Sets a value and answers the old one."),
        Command(
            "incr", .string(.incr), 2, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Adds one to an integer."),
        Command(
            "incrby", .string(.incrby), 3, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Adds to an integer."),
        Command(
            "incrbyfloat", .string(.incrbyfloat), 3, [.write, .denyoom, .fast], keys: oneKey,
            .string,
            "Adds to a floating-point number."),
        Command(
            "mget", .string(.mget), -2, [.readonly, .fast], keys: manyKeys, .string,
            "The values of keys."),
        Command(
            "mset", .string(.mset), -3, [.write, .denyoom], keys: (1, -1, 2), .string,
            "Sets the values of keys."),
        Command(
            "msetnx", .string(.msetnx), -3, [.write, .denyoom], keys: (1, -1, 2), .string,
            "Sets the values of keys if none of them exists."),
        Command(
            "psetex", .string(.psetex), 4, [.write, .denyoom], keys: oneKey, .string,
            "Sets a value and its time to live in milliseconds."),
        Command(
            "setex", .string(.setex), 4, [.write, .denyoom], keys: oneKey, .string,
            "Sets a value and its time to live in seconds."),
        Command(
            "setnx", .string(.setnx), 3, [.write, .denyoom, .fast], keys: oneKey, .string,
            "Sets a value if the key does not exist."),
        Command(
            "setrange", .string(.setrange), 4, [.write, .denyoom], keys: oneKey, .string,
            "Overwrites a part of a value."),
        Command(
            "substr", .string(.substr), 4, [.readonly], keys: oneKey, .string,
            "A part of a value."),
        Command(
            "lcs", .string(.lcs), -3, [.readonly], keys: (1, 2, 1), .string,
            "The longest common subsequence of two values."),
        Command(
            "delifeq", .string(.delifeq), 3, [.write, .fast], keys: oneKey, .string,
            "Removes a key if its value is the one given.", since: .valkey91),
        Command(
            "msetex", .string(.msetex), -4, [.write, .denyoom, .movableKeys], .string,
            "Sets the values of keys and their time to live.", since: .valkey91),
        Command(
            "setbit", .bit(.setbit), 4, [.write, .denyoom], keys: oneKey, .bitmap,
            "Sets or clears a bit of a value."),
        Command(
            "getbit", .bit(.getbit), 3, [.readonly, .fast], keys: oneKey, .bitmap,
            "A bit of a value."),
        Command(
            "bitcount", .bit(.bitcount), -2, [.readonly], keys: oneKey, .bitmap,
            "How many bits of a value are set."),
        Command(
            "bitpos", .bit(.bitpos), -3, [.readonly], keys: oneKey, .bitmap,
            "Where the first bit that is set, or clear, is."),
        Command(
            "bitop", .bit(.bitop), -4, [.write, .denyoom], keys: (2, -1, 1), .bitmap,
            "Combines values bit by bit into another."),
        Command(
            "bitfield", .bit(.bitfield), -2, [.write, .denyoom], keys: oneKey, .bitmap,
            "Reads and changes integers of any width in a value."),
        Command(
            "bitfield_ro", .bit(.bitfieldRO), -2, [.readonly, .fast], keys: oneKey, .bitmap,
            "Reads integers of any width in a value."),
        Command(
            "pfadd", .bit(.pfadd), -2, [.write, .denyoom, .fast], keys: oneKey, .hyperloglog,
            "Adds elements to a HyperLogLog."),
        Command(
            "pfcount", .bit(.pfcount), -2, [.readonly], keys: manyKeys, .hyperloglog,
            "How many elements HyperLogLogs have seen, about."),
        Command(
            "pfmerge", .bit(.pfmerge), -2, [.write, .denyoom], keys: manyKeys, .hyperloglog,
            "Makes one HyperLogLog of several."),
        Command("del", .key(.del), -2, [.write], keys: manyKeys, .generic, "Removes keys."),
        Command(
            "unlink", .key(.unlink), -2, [.write, .fast], keys: manyKeys, .generic,
            "Removes keys."),
        Command(
            "exists", .key(.exists), -2, [.readonly, .fast], keys: manyKeys, .generic,
            "How many of the keys exist."),
        Command(
            "touch", .key(.touch), -2, [.readonly, .fast], keys: manyKeys, .generic,
            "How many of the keys exist; counts as a use."),
        Command(
            "type", .key(.type), 2, [.readonly, .fast], keys: oneKey, .generic,
            "A key's type of value."),
        Command(
            "object", .key(.object), -2, [.readonly], .generic, "How a value is stored.",
            subcommands: ["encoding": 3, "freq": 3, "idletime": 3, "refcount": 3]),
        Command(
            "copy", .key(.copy), -3, [.write, .denyoom], keys: (1, 2, 1), .generic,
            "Copies a value to another key."),
        Command("keys", .key(.keys), 2, [.readonly], .generic, "The keys that match a pattern."),
        Command("randomkey", .key(.randomkey), 1, [.readonly], .generic, "Some key."),
        Command("rename", .key(.rename), 3, [.write], keys: (1, 2, 1), .generic, "Renames a key."),
        Command(
            "renamenx", .key(.renamenx), 3, [.write, .fast], keys: (1, 2, 1), .generic,
            "Renames a key if the new name is free."),
        Command("scan", .key(.scan), -2, [.readonly], .generic, "All keys, a few at a time."),
        Command(
            "move", .key(.move), 3, [.write, .fast], keys: oneKey, .generic,
            "Moves a key to another database."),
        Command(
            "expire", .expiry(.expire), -3, [.write, .fast], keys: oneKey, .generic,
            "Sets a key's time to live in seconds."),
        Command(
            "pexpire", .expiry(.pexpire), -3, [.write, .fast], keys: oneKey, .generic,
            "Sets a key's time to live in milliseconds."),
        Command(
            "expireat", .expiry(.expireat), -3, [.write, .fast], keys: oneKey, .generic,
            "Sets a key's end as a Unix time in seconds."),
        Command(
            "pexpireat", .expiry(.pexpireat), -3, [.write, .fast], keys: oneKey, .generic,
            "Sets a key's end as a Unix time in milliseconds."),
        Command(
            "ttl", .expiry(.ttl), 2, [.readonly, .fast], keys: oneKey, .generic,
            "A key's time to live in seconds."),
        Command(
            "pttl", .expiry(.pttl), 2, [.readonly, .fast], keys: oneKey, .generic,
            "A key's time to live in milliseconds."),
        Command(
            "expiretime", .expiry(.expiretime), 2, [.readonly, .fast], keys: oneKey, .generic,
            "A key's end as a Unix time in seconds."),
        Command(
            "pexpiretime", .expiry(.pexpiretime), 2, [.readonly, .fast], keys: oneKey, .generic,
            "A key's end as a Unix time in milliseconds."),
        Command(
            "persist", .expiry(.persist), 2, [.write, .fast], keys: oneKey, .generic,
            "Removes a key's time to live."),
        Command(
            "ping", .connection(.ping), -1, [.fast], .connection, "Answers PONG or the argument."),
        Command("echo", .connection(.echo), 2, [.fast], .connection, "Answers its argument."),
        Command(
            "select", .connection(.select), 2, [.loading, .stale, .fast], .connection,
            "Chooses the database."),
        Command(
            "client", .connection(.client), -2, [.noscript, .loading, .stale], .connection,
            "About this connection and the others.",
            subcommands: [
                "id": 2, "getname": 2, "setname": 3, "setinfo": 4, "info": 2, "list": -2,
                "kill": -3, "pause": -3, "unpause": 2, "reply": 3, "no-evict": 3, "no-touch": 3,
                "tracking": -3, "trackinginfo": 2, "caching": 3, "getredir": 2, "capa": -3,
                "unblock": -3,
            ]),
        Command(
            "hello", .connection(.hello), -1, [.noscript, .loading, .stale, .fast, .noAuth],
            .connection,
            "Chooses the protocol version."),
        Command(
            "auth", .connection(.auth), -2, [.noscript, .loading, .stale, .fast, .noAuth],
            .connection,
            "Proves that the client may use the server."),
        Command(
            "reset", .connection(.reset), 1, [.noscript, .loading, .stale, .fast, .noAuth],
            .connection,
            "Makes the connection as new."),
        Command(
            "quit", .connection(.quit), -1, [.noscript, .loading, .stale, .fast, .noAuth],
            .connection,
            "Closes the connection."),
        Command(
            "readonly", .connection(.readonly), 1, [.loading, .stale, .fast], .connection,
            "Accepts reads from a replica; there is none."),
        Command(
            "readwrite", .connection(.readwrite), 1, [.loading, .stale, .fast], .connection,
            "Undoes READONLY."),
        Command(
            "multi", .transaction(.multi), 1, [.noscript, .loading, .stale, .fast], .transactions,
            "Begins a transaction."),
        Command(
            "exec", .transaction(.exec), 1, [.noscript, .loading, .stale], .transactions,
            "Executes a transaction."),
        Command(
            "discard", .transaction(.discard), 1, [.noscript, .loading, .stale, .fast],
            .transactions,
            "Gives a transaction up."),
        Command(
            "watch", .transaction(.watch), -2, [.noscript, .loading, .stale, .fast], keys: manyKeys,
            .transactions, "Makes the next transaction depend on keys that do not change."),
        Command(
            "unwatch", .transaction(.unwatch), 1, [.noscript, .loading, .stale, .fast],
            .transactions,
            "Forgets what WATCH was told."),
        Command(
            "subscribe", .message(.subscribe), -2, subscribing, .pubsub,
            "Asks for messages of channels."),
        Command(
            "unsubscribe", .message(.unsubscribe), -1, subscribing, .pubsub,
            "Asks for no more messages of channels."),
        Command(
            "psubscribe", .message(.psubscribe), -2, subscribing, .pubsub,
            "Asks for messages of channels that match patterns."),
        Command(
            "punsubscribe", .message(.punsubscribe), -1, subscribing, .pubsub,
            "Asks for no more messages of channels that match patterns."),
        Command(
            "ssubscribe", .message(.ssubscribe), -2, subscribing, .pubsub,
            "Asks for messages of shard channels."),
        Command(
            "sunsubscribe", .message(.sunsubscribe), -1, subscribing, .pubsub,
            "Asks for no more messages of shard channels."),
        Command(
            "publish", .message(.publish), 3, [.pubsub, .loading, .stale, .fast], .pubsub,
            "Sends a message to a channel."),
        Command(
            "spublish", .message(.spublish), 3, [.pubsub, .loading, .stale, .fast], .pubsub,
            "Sends a message to a shard channel."),
        Command(
            "pubsub", .message(.pubsub), -2, [.pubsub, .loading, .stale], .pubsub,
            "About channels and who asked for them.",
            subcommands: [
                "channels": -2, "numsub": -2, "numpat": 2, "shardchannels": -2,
                "shardnumsub": -2,
            ]),
        Command(
            "swapdb", .server(.swapdb), 3, [.write, .fast], .server, "Exchanges two databases."),
        Command("dbsize", .server(.dbsize), 1, [.readonly, .fast], .server, "The number of keys."),
        Command("flushall", .server(.flushall), -1, [.write], .server, "Removes all keys."),
        Command(
            "flushdb", .server(.flushdb), -1, [.write], .server, "Removes the keys of a database."),
        Command("info", .server(.info), -1, [.loading, .stale], .server, "Figures of the server."),
        Command(
            "config", .server(.config), -2, [.admin, .noscript, .loading, .stale], .server,
            "Settings of the server.", subcommands: ["get": -3, "set": -4, "resetstat": 2]),
        Command(
            "command", .server(.command), -1, [.loading, .stale], .server, "About commands.",
            subcommands: [
                "count": 2, "info": -2, "docs": -2, "list": -2, "getkeys": -3,
                "getkeysandflags": -3,
            ]),
        Command(
            "debug", .server(.debug), -2, [.admin, .noscript, .loading, .stale], .server,
            "For tests of clients.", subcommands: ["sleep": 3, "jmap": -2, "object": -2]),
        Command(
            "shutdown", .server(.shutdown), -1, [.admin, .noscript, .loading, .stale, .noMulti],
            .server,
            "Ends the server."),
        Command(
            "time", .server(.time), 1, [.loading, .stale, .fast], .server, "The server's clock."),
        Command(
            "memory", .server(.memory), -2, [.readonly], .server, "What memory is used for.",
            subcommands: ["usage": -3, "stats": 2, "purge": 2, "doctor": 2]),
        Command(
            "role", .server(.role), 1, [.noscript, .loading, .stale, .fast], .server,
            "That this is a primary without replicas."),
        Command(
            "cluster", .server(.cluster), -2, [.stale], .cluster,
            "The cluster that this is a node of.",
            subcommands: [
                "keyslot": 3, "countkeysinslot": 3, "myid": 2, "info": 2, "nodes": 2, "slots": 2,
                "shards": 2, "setslot": -4,
            ]),
        Command(
            "hashmark", .server(.hashmark), -2, [.admin], .server,
            "The table under the server: RECOUNT, SETTLE, SETTLED, STATS, COMMANDS, RSS or "
                + "VERIFY; PEER tells it of another node.",
            subcommands: [
                "recount": 2, "settle": 2, "settled": 2, "stats": 2, "commands": 2, "rss": 2,
                "verify": 2, "peer": 7,
            ]),
        Command(
            "wait", .server(.wait), 3, [], .generic,
            "How many replicas have the connection's writes: none."),
        Command(
            "waitaof", .server(.waitaof), 4, [], .generic,
            "How many append-only files have the connection's writes: none."),
    ]
}
