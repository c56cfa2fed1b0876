// The settings of a server, a row each: its name, its values, what they mean and what they need of
// a table. A key of a `ref:` target's query, a field `hashmark_NAME` of INFO and a parameter
// `hashmark-NAME` of CONFIG GET are read from here. A new one is named a second time, as a flag of
// `hashmark serve`, whose options are properties of a type; that each is there, with the name and
// the values of its row, is tested.
import Keyspaces
import Quantities

public struct Setting: Sendable {
    public let name: String
    /// What `serve --help` says about it.
    public let help: String
    /// As it is reported.
    public let value: @Sendable (ServerConfiguration) -> String
    /// The values that there are, in words.
    let range: String
    /// False for a value that there is not.
    let assign: @Sendable (inout ServerConfiguration, String) -> Bool
    /// What the table must have for the value that the setting has in a configuration.
    var need: Need = { _ in nil }

    typealias Need = @Sendable (ServerConfiguration) -> Capability?

    /// In the order of reports.
    public static let all: [Setting] =
        [
            threads, cluster, seed, hash, batch, quantum, match, lookahead, hz, inject, maxmemory,
            policy, maxclients, timeout, outputLimit,
        ] + limits

    /// From when on collections are kept in another way.
    static let limits = [
        hashEntries, hashBytes, listSize, intsetEntries, setEntries, setBytes, sortedSetEntries,
        sortedSetBytes,
    ]

    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    /// What CONFIG calls a limit besides, from the time before listpacks; nil where there is no
    /// such name.
    var oldName: String? {
        guard name.contains("listpack"), !name.hasPrefix("set-") else { return nil }
        return name.replacing("listpack", with: "ziplist")
    }
}

// MARK: The table

extension Setting {
    public static let threads = parsed(
        "threads", \.threads, ThreadModel.range,
        help: "The threading model: single, io:N for N threads that read, parse and write,"
            + " sharded:N for N that have a part of the keys each, global-lock:N for N event loops"
            + " that execute in turn, or lock-free:N for N that execute at once (tsavorite).",
        { ThreadModel($0) }, { $0.description })

    public static let cluster = toggle(
        "cluster", \.keyspace.cluster, help: "1: cluster mode.",
        need: { $0.keyspace.cluster ? .slots : nil })

    public static let seed = parsed(
        "seed", \.keyspace.seed, "an integer from 0 to \(UInt64.max)",
        help: "Seed of the hash function alone.",
        { UInt64($0) }, { "\($0)" })

    public static let hash = parsed(
        "hash", \.keyspace.hash, "siphash or wide",
        help: "The hash function: siphash or wide.",
        { HashFunction($0) }, { $0 == .wide ? "wide" : "siphash" })

    /// More would overrun the first-level cache that prefetching fills: 128 requests touch about as
    /// many lines of index and entries as a 32 KiB cache has. Also Valkey's limit.
    private static let maxBatch = 128

    public static let batch = integer(
        "batch", \.batch, 1...maxBatch, "an integer from 1 (off) to \(maxBatch)",
        help: "Requests parsed ahead and prefetched together; 1: none.")

    public static let quantum = parsed(
        "quantum", \.keyspace.quantum, "8 or 16",
        help: "Jemalloc size classes in steps of 8 or 16 bytes.",
        { text -> SizeClasses.Quantum? in
            switch text {
            case "8": .eight
            case "16": .sixteen
            default: nil
            }
        },
        { $0 == .eight ? "8" : "16" })

    public static let match = parsed(
        "match", \.keyspace.match, "scalar or simd",
        help: "How a bucket's tags are compared: scalar or simd.",
        { GroupMatch($0) }, { $0.rawValue }
    )

    public static let lookahead = toggle(
        "lookahead", \.keyspace.lookAhead,
        help: "1: a rehash asks for all entries of a bucket before it moves the first."
    )

    /// As real servers: `hz` is at most 500.
    static let maxHz = 500

    public static let hz = integer(
        "hz", \.hz, 0...maxHz, "an integer from 0 (no ticks) to \(maxHz)",
        help: "Background work per second; 0: none, and time stands still (for simulated runs).")

    /// Adds to what was asked for before.
    public static let inject = Setting(
        name: "inject",
        help: "A made regression: cpu-ns:N, entry-bytes:N, chase:N or touch:N; repeat for more.",
        value: { $0.injection.spelling }, range: InjectionOptions.ranges,
        assign: { $0.injection.add($1) })

    public static let maxmemory = bytes(
        "maxmemory", \.maxMemory, help: "Bytes that the keyspace may take (100mb); 0: no limit.")

    private static let policies = EvictionPolicy.allCases.map(\.rawValue).joined(separator: ", ")

    public static let policy = parsed(
        "policy", \.keyspace.eviction, policies, help: "What is evicted then: \(policies).",
        need: { $0.keyspace.eviction == .noeviction ? nil : .eviction },
        { EvictionPolicy(rawValue: $0) }, { $0.rawValue })

    /// As real servers: `timeout` and `maxclients` are 32-bit numbers there.
    static let maxMaxClients = Int(UInt32.max)
    private static let maxTimeout = Int(Int32.max)

    public static let maxclients = integer(
        "maxclients", \.maxClients, 1...maxMaxClients, "an integer from 1 to \(maxMaxClients)",
        help: "Connections past this are refused.")

    public static let timeout = integer(
        "timeout", \.idleTimeout, 0...maxTimeout,
        "an integer of seconds from 0 (never) to \(maxTimeout)",
        help: "Seconds after which an idle connection is closed; 0: never.")

    public static let outputLimit = bytes(
        "output-limit", \.outputLimit,
        help: "Replies that wait for a slow reader before it is cut off; 0: no limit.")
}

// MARK: Limits of collections

extension Setting {
    public static let hashEntries = limit(
        "hash-max-listpack-entries", \.hashEntries, "Fields up to which a hash is a listpack.")

    public static let hashBytes = limit(
        "hash-max-listpack-value", \.hashBytes,
        "Bytes of a field or value up to which its hash is a listpack.")

    public static let intsetEntries = limit(
        "set-max-intset-entries", \.intsetEntries,
        "Integers up to which a set of them is an intset.")

    public static let setEntries = limit(
        "set-max-listpack-entries", \.setEntries, "Members up to which a set is a listpack.")

    public static let setBytes = limit(
        "set-max-listpack-value", \.setBytes,
        "Bytes of a member up to which its set is a listpack.")

    public static let sortedSetEntries = limit(
        "zset-max-listpack-entries", \.sortedSetEntries,
        "Members up to which a sorted set is a listpack.")

    public static let sortedSetBytes = limit(
        "zset-max-listpack-value", \.sortedSetBytes,
        "Bytes of a member up to which its sorted set is a listpack.")

    public static let listSize = parsed(
        "list-max-listpack-size", \.keyspace.limits.list,
        "an integer of 32 bits: -1 to -5 for 4 to 64 KiB, or a number of elements",
        help: "What a list's listpack holds: -1 to -5: 4 to 64 KiB; from 1 on: so many elements.",
        need: collectionsForLimits,
        { Int32($0).map { ListLimit(size: Int($0)) } }, { "\($0.size)" })

    private static let collectionsForLimits: Need = {
        $0.keyspace.limits == CollectionLimits() ? nil : .collections
    }

    private typealias LimitPath = any WritableKeyPath<CollectionLimits, Int> & Sendable

    private static func limit(_ name: String, _ path: LimitPath, _ help: String) -> Setting {
        Setting(
            name: name, help: help, value: { "\($0.keyspace.limits[keyPath: path])" },
            range: "an integer from 0 to \(Int.max)",
            assign: { configuration, text in
                guard let number = try? Count.parse(text, in: 0...Int.max) else { return false }
                configuration.keyspace.limits[keyPath: path] = number
                return true
            },
            need: collectionsForLimits)
    }
}

// MARK: Kinds of settings

extension Setting {
    private typealias Path<Value> = any WritableKeyPath<ServerConfiguration, Value> & Sendable

    /// What `parse` makes of a text, where it makes anything of it.
    private static func parsed<Value: Sendable>(
        _ name: String, _ path: Path<Value>, _ range: String, help: String,
        need: @escaping Need = { _ in nil },
        _ parse: @escaping @Sendable (String) -> Value?,
        _ spell: @escaping @Sendable (Value) -> String
    ) -> Setting {
        Setting(
            name: name, help: help, value: { spell($0[keyPath: path]) }, range: range,
            assign: { configuration, text in
                guard let value = parse(text) else { return false }
                configuration[keyPath: path] = value
                return true
            },
            need: need)
    }

    private static func integer(
        _ name: String, _ path: Path<Int>, _ range: ClosedRange<Int>, _ words: String, help: String
    ) -> Setting {
        parsed(
            name, path, words, help: help,
            { try? Count.parse($0, in: range) }, { "\($0)" })
    }

    private static func toggle(
        _ name: String, _ path: Path<Bool>, help: String, need: @escaping Need = { _ in nil }
    ) -> Setting {
        parsed(
            name, path, "0 or 1", help: help, need: need,
            { text in text == "0" || text == "1" ? text == "1" : nil }, { $0 ? "1" : "0" })
    }

    private static func bytes(_ name: String, _ path: Path<Int>, help: String) -> Setting {
        parsed(
            name, path, "bytes from 0 (no limit) to \(Int.max), such as 64KiB, 100mb or 1gb",
            help: help, { try? ByteCount.parse($0, in: 0...Int.max) }, { "\($0)" })
    }
}
