// How a reference server is built: what `hashmark serve` takes as flags and a `ref:` target as its
// query. Settings have the same name and the same values in both.
import Keyspaces
import LinuxSystem

public struct ServerConfiguration: Sendable {
    public var table: Table
    public var host = "127.0.0.1"
    /// 0 lets the kernel choose.
    public var port: UInt16 = 0
    /// A path to listen on besides, or nil.
    public var unixSocket: String?
    public var keyspace = KeyspaceOptions()
    /// Requests that are parsed ahead and whose keys are prefetched together; 1 = off.
    public var batch = 64
    /// Background work per second.
    public var hz = 10

    /// Hashmark's version, as INFO reports it.
    public var version = "unknown"

    public init(table: Table) { self.table = table }

    /// More would overrun the first-level cache that prefetching fills: 128 requests touch about as
    /// many lines of index and entries as a 32 KiB cache has. Also Valkey's limit.
    public static let maxBatch = 128
    /// As real servers: `hz` is at most 500.
    public static let maxHz = 500

    /// The settings as `name value` for INFO and CONFIG GET.
    public var settings: [(name: String, value: String)] {
        [
            ("table", table.rawValue), ("threads", "single"), ("cluster", "0"),
            ("seed", "\(keyspace.seed)"), ("hash", keyspace.hash == .wide ? "wide" : "siphash"),
            ("batch", "\(batch)"),
            ("quantum", keyspace.quantum == .eight ? "8" : "16"),
            ("match", keyspace.match.rawValue), ("hz", "\(hz)"),
        ]
    }
}

/// A setting that cannot be: the message names cause and remedy.
public struct ConfigurationError: Error, CustomStringConvertible, Equatable, Sendable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

extension ServerConfiguration {
    /// Sets what `name` stands for.
    /// - Throws: for an unknown name or value.
    public mutating func set(_ name: String, _ value: String) throws(ConfigurationError) {
        switch name {
        case "seed":
            guard let seed = UInt64(value) else { throw Self.bad(name, value, "an integer from 0") }
            keyspace.seed = seed
        case "batch":
            guard let batch = Int(value), (1...Self.maxBatch).contains(batch) else {
                throw Self.bad(name, value, "an integer from 1 (off) to \(Self.maxBatch)")
            }
            self.batch = batch
        case "hz":
            guard let hz = Int(value), (0...Self.maxHz).contains(hz) else {
                throw Self.bad(name, value, "an integer from 0 (no ticks) to \(Self.maxHz)")
            }
            self.hz = hz
        case "quantum":
            switch value {
            case "8": keyspace.quantum = .eight
            case "16": keyspace.quantum = .sixteen
            default: throw Self.bad(name, value, "8 or 16")
            }
        case "match":
            guard let match = GroupMatch(rawValue: value) else {
                throw Self.bad(name, value, "scalar or sse2")
            }
            keyspace.match = match
        case "hash":
            guard let hash = HashFunction(value) else {
                throw Self.bad(name, value, "siphash or wide")
            }
            keyspace.hash = hash
        case "threads":
            guard value == "single" else { throw Self.bad(name, value, "single") }
        case "cluster":
            guard value == "0" else { throw Self.bad(name, value, "0") }
        default:
            throw ConfigurationError(
                "unknown server option '\(name)': use \(Self.names.joined(separator: ", "))")
        }
    }

    /// The names that `set` knows.
    public static let names = [
        "seed", "batch", "hz", "quantum", "match", "hash", "threads", "cluster",
    ]

    private static func bad(_ name: String, _ value: String, _ remedy: String)
        -> ConfigurationError
    {
        ConfigurationError("bad value '\(value)' for \(name): use \(remedy)")
    }
}
