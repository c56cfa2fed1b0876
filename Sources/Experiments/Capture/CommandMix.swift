// The mix of a server's commands from its own counters (INFO commandstats), and what each command
// is in a workload file.
import Quantities
import Targets
import Workloads

/// Counters of a server at one moment.
struct CommandCounts {
    var calls: [String: UInt64] = [:]
    var hits: UInt64 = 0
    var misses: UInt64 = 0
    /// Seconds since the server started.
    var uptime = 0.0

    init() {}

    init(_ connection: ControlConnection) throws(TargetError) {
        for (key, value) in try connection.info("commandstats") where key.hasPrefix("cmdstat_") {
            let calls = value.split(separator: ",").first { $0.hasPrefix("calls=") }
            self.calls[key.dropFirst(8).lowercased()] = calls.flatMap { UInt64($0.dropFirst(6)) }
        }
        let statistics = try connection.info("stats")
        hits = statistics["keyspace_hits"].flatMap { UInt64($0) } ?? 0
        misses = statistics["keyspace_misses"].flatMap { UInt64($0) } ?? 0
        let seconds = try connection.info("server")["uptime_in_seconds"].flatMap { UInt64($0) }
        uptime = Double(seconds ?? 0)
    }

    func since(_ earlier: CommandCounts) -> CommandCounts {
        var difference = CommandCounts()
        for (name, count) in calls {
            let before = earlier.calls[name] ?? 0
            // A CONFIG RESETSTAT in between starts from 0 again.
            difference.calls[name] = count >= before ? count - before : count
        }
        difference.hits = hits >= earlier.hits ? hits - earlier.hits : hits
        difference.misses = misses >= earlier.misses ? misses - earlier.misses : misses
        return difference
    }
}

/// A server's counters as operations of a workload.
struct CommandMix {
    private(set) var operations: [CapturedWorkload.Operation] = []
    /// Share of the look-ups that found nothing; nil without look-ups.
    private(set) var missShare: Double?
    /// Commands that have keys but no place in the file: name and share of all commands with keys.
    private(set) var leftOut: [(name: String, share: Double)] = []

    init(_ counts: CommandCounts, seconds: Double) {
        var known: [String: UInt64] = [:]
        var others: [String: UInt64] = [:]
        // A server's counters may be anything.
        for (name, count) in counts.calls where count > 0 && !Self.isAdministrative(name) {
            if let command = Self.command(of: name) {
                known[command.name] = (known[command.name] ?? 0).saturatingSum(count)
            } else {
                others[name] = (others[name] ?? 0).saturatingSum(count)
            }
        }
        for command in Self.commands {
            guard let count = known[command.name] else { continue }
            operations.append(
                CapturedWorkload.Operation(
                    command.name, command: command.template,
                    perSecond: min(Double(count) / max(seconds, 0.001), Self.mostPerSecond),
                    isLookUp: command.isLookUp))
        }
        let all = (Array(known.values) + Array(others.values)).reduce(0) { $0 + Double($1) }
        leftOut = others.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
            ($0.key, Double($0.value) / all)
        }
        let lookUps = Double(counts.hits) + Double(counts.misses)
        if lookUps > 0 { missShare = Double(counts.misses) / lookUps }
    }

    /// No server answers so many: what its counters said is no count.
    private static let mostPerSecond = 1e12

    private struct Command {
        let name: String
        let template: String
        var isLookUp = false
        /// Other spellings of the same.
        var aliases: [String] = []
    }

    /// Commands of strings that a workload can send: those on one key, whose values are any bytes.
    /// (INCR and its kind want numbers, EXPIRE a time to live that every key has.)
    private static let commands: [Command] = [
        Command(name: "get", template: "GET {key}", isLookUp: true),
        Command(name: "mget", template: "MGET {key}", isLookUp: true),
        Command(name: "getex", template: "GETEX {key}", isLookUp: true),
        Command(name: "strlen", template: "STRLEN {key}", isLookUp: true),
        Command(name: "exists", template: "EXISTS {key}", isLookUp: true),
        Command(name: "ttl", template: "TTL {key}", isLookUp: true),
        Command(name: "pttl", template: "PTTL {key}", isLookUp: true),
        Command(name: "type", template: "TYPE {key}", isLookUp: true),
        Command(name: "touch", template: "TOUCH {key}", isLookUp: true),
        Command(
            name: "set", template: "SET {key} {value} {expiry}", aliases: ["setex", "psetex"]),
        Command(name: "setnx", template: "SET {key} {value} {expiry} NX"),
        Command(name: "getset", template: "GETSET {key} {value}"),
        Command(name: "append", template: "APPEND {key} {value}"),
        Command(name: "del", template: "DEL {key}"),
        Command(name: "unlink", template: "UNLINK {key}"),
        Command(name: "getdel", template: "GETDEL {key}"),
    ]

    private static func command(of name: String) -> Command? {
        commands.first { $0.name == name || $0.aliases.contains(name) }
    }

    /// Commands without keys of the application, ours among them.
    private static func isAdministrative(_ name: String) -> Bool {
        let family = name.split(separator: "|").first.map { String($0) } ?? name
        return administrative.contains(family)
    }

    private static let administrative: Set<String> = [
        "acl", "asking", "auth", "bgrewriteaof", "bgsave", "client", "cluster", "command", "config",
        "dbsize", "debug", "discard", "echo", "exec", "failover", "flushall", "flushdb", "function",
        "hashmark", "hello", "info", "lastsave", "latency", "lolwut", "memory", "module", "monitor",
        "multi", "object", "ping", "psync", "psubscribe", "publish", "pubsub", "punsubscribe",
        "quit", "readonly", "readwrite", "replconf", "replicaof", "reset", "role", "save", "scan",
        "script", "select", "shutdown", "slaveof", "slowlog", "subscribe", "swapdb", "sync", "time",
        "unsubscribe", "unwatch", "wait", "watch",
    ]
}
