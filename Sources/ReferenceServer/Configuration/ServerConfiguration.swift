// How a reference server is built: what `hashmark serve` takes as flags and a `ref:` target as its
// query. Settings have the same name and the same values in both.
import Glibc
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
    public var threads = ThreadModel.single
    /// Background work per second.
    public var hz = 10
    /// Regressions made to order.
    public var injection = InjectionOptions()
    /// What AUTH asks for, or nil.
    public var password: String?
    /// Listen on other addresses than the loopback without a password.
    public var isInsecure = false
    /// Bytes of used_memory above which writes evict or are refused; 0: no limit.
    public var maxMemory = 0
    /// Connections past this are refused (redis.conf's default).
    public var maxClients = 10_000
    /// Seconds after which a connection that sends nothing is closed; 0: never.
    public var idleTimeout = 0
    /// Bytes of replies that wait for a slow reader before it is cut off; 0, as in real servers: it
    /// is never cut off. What waits is bounded all the same (`SlowReaders`).
    public var outputLimit = 0

    /// Hashmark's version, as INFO reports it.
    public var version = "unknown"

    public init(table: Table) {
        self.table = table
        keyspace = KeyspaceOptions(table)
    }

    /// More would overrun the first-level cache that prefetching fills: 128 requests touch about as
    /// many lines of index and entries as a 32 KiB cache has. Also Valkey's limit.
    public static let maxBatch = 128
    /// As real servers: `hz` is at most 500.
    public static let maxHz = 500
    /// As real servers: `timeout` and `maxclients` are 32-bit numbers there.
    public static let maxIdleTimeout = Int(Int32.max)
    public static let maxMaxClients = Int(UInt32.max)

    /// The settings as `name value` for INFO and CONFIG GET.
    public var settings: [(name: String, value: String)] {
        [
            ("table", table.rawValue), ("threads", threads.description),
            ("cluster", keyspace.cluster ? "1" : "0"),
            ("seed", "\(keyspace.seed)"), ("hash", keyspace.hash == .wide ? "wide" : "siphash"),
            ("batch", "\(batch)"),
            ("quantum", keyspace.quantum == .eight ? "8" : "16"),
            ("match", keyspace.match.rawValue),
            ("lookahead", keyspace.lookAhead ? "1" : "0"), ("hz", "\(hz)"),
            ("inject", injection.spelling),
            ("maxmemory", "\(maxMemory)"), ("policy", keyspace.eviction.rawValue),
            ("maxclients", "\(maxClients)"), ("timeout", "\(idleTimeout)"),
            ("output-limit", "\(outputLimit)"),
        ]
    }
}

/// Who does what: models that shard or share the keyspace would be further cases.
public enum ThreadModel: Equatable, Sendable, CustomStringConvertible {
    /// One thread does everything.
    case single
    /// One thread executes, N others read, parse and write (Valkey 8).
    case io(Int)

    /// As real servers: 16 threads with the executing one.
    static let maxIO = 15

    init?(_ text: String) {
        if text == "single" {
            self = .single
            return
        }
        guard text.hasPrefix("io:"), let count = Int(text.dropFirst(3)),
            (1...Self.maxIO).contains(count)
        else { return nil }
        self = .io(count)
    }

    public var description: String {
        switch self {
        case .single: "single"
        case .io(let count): "io:\(count)"
        }
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
        if let option = TableOption(rawValue: name), !table.has(option) {
            throw ConfigurationError(
                "\(table.rawValue) has no buckets that '\(name)' is about: leave it out, or use "
                    + "valkey-8.1 or later")
        }
        switch name {
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
        case "inject":
            guard injection.add(value) else {
                throw Self.bad(name, value, InjectionOptions.ranges)
            }
        case "threads":
            guard let model = ThreadModel(value) else {
                throw Self.bad(name, value, "single or io:N with N from 1 to \(ThreadModel.maxIO)")
            }
            threads = model
        case "maxmemory":
            guard let bytes = Self.bytes(value) else {
                throw Self.bad(name, value, Self.byteRange)
            }
            maxMemory = bytes
        case "output-limit":
            guard let bytes = Self.bytes(value) else {
                throw Self.bad(name, value, Self.byteRange)
            }
            outputLimit = bytes
        case "maxclients":
            guard let number = Int(value), (1...Self.maxMaxClients).contains(number) else {
                throw Self.bad(name, value, "an integer from 1 to \(Self.maxMaxClients)")
            }
            maxClients = number
        case "timeout":
            guard let seconds = Int(value), (0...Self.maxIdleTimeout).contains(seconds) else {
                throw Self.bad(
                    name, value, "an integer of seconds from 0 (never) to \(Self.maxIdleTimeout)")
            }
            idleTimeout = seconds
        default:
            guard try setOfKeyspace(name, value) else {
                throw ConfigurationError(
                    "unknown server option '\(name)': use \(Self.names.joined(separator: ", "))")
            }
        }
    }

    /// Sets what the keyspace is told; false for another name.
    private mutating func setOfKeyspace(
        _ name: String, _ value: String
    ) throws(ConfigurationError) -> Bool {
        switch name {
        case "seed":
            guard let seed = UInt64(value) else {
                throw Self.bad(name, value, "an integer from 0 to \(UInt64.max)")
            }
            keyspace.seed = seed
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
        case "lookahead":
            guard value == "0" || value == "1" else { throw Self.bad(name, value, "0 or 1") }
            keyspace.lookAhead = value == "1"
        case "hash":
            guard let hash = HashFunction(value) else {
                throw Self.bad(name, value, "siphash or wide")
            }
            keyspace.hash = hash
        case "cluster":
            guard value == "0" || value == "1" else { throw Self.bad(name, value, "0 or 1") }
            keyspace.cluster = value == "1"
        case "policy":
            guard let policy = EvictionPolicy(rawValue: value) else {
                let names = EvictionPolicy.allCases.map(\.rawValue).joined(separator: ", ")
                throw Self.bad(name, value, names)
            }
            keyspace.eviction = policy
        default: return false
        }
        return true
    }

    /// The names that `set` knows.
    public static let names = [
        "seed", "batch", "hz", "quantum", "match", "lookahead", "hash", "threads", "cluster",
        "maxmemory",
        "policy", "maxclients", "timeout", "output-limit", "inject",
    ]

    private static let byteRange =
        "bytes from 0 (no limit) to \(Int.max), also with kb, mb or gb"

    /// Bytes as redis.conf spells them: `100`, `5kb`, `1gb` in powers of 1,024, `1k` in thousands.
    /// - Parameter saturates: more bytes than an Int holds are as many as it holds, not nil.
    static func bytes(_ text: String, saturates: Bool = false) -> Int? {
        let text = text.lowercased()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = [
            "": 1, "b": 1, "k": 1_000, "kb": 1 << 10, "m": 1_000_000, "mb": 1 << 20,
            "g": 1_000_000_000, "gb": 1 << 30,
        ]
        guard !digits.isEmpty, let unit = units[String(text.dropFirst(digits.count))] else {
            return nil
        }
        if let number = Int(digits) {
            let (product, overflow) = number.multipliedReportingOverflow(by: unit)
            if !overflow { return product }
        }
        return saturates ? Int.max : nil
    }

    /// A server that others can reach needs a password, or somebody who says that it does not.
    public func checkExposure() throws(ConfigurationError) {
        if isInsecure || password != nil { return }
        guard let isLoopback else {
            throw ConfigurationError(
                "bad value '\(host)' for host: the name is not known; use an address of this"
                    + " machine")
        }
        guard !isLoopback else { return }
        throw ConfigurationError(
            "\(host) can be reached from other machines: set --requirepass, or --insecure to serve"
                + " without a password")
    }

    /// Whether all addresses that `host` stands for are reached from this machine only; nil when it
    /// stands for none.
    private var isLoopback: Bool? {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(first) }
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let info = next?.pointee {
            guard Self.isOnLoopback(info) else { return false }
            next = info.ai_next
        }
        return true
    }

    /// 127.0.0.0/8 and ::1, as they lie behind family and port.
    private static func isOnLoopback(_ info: addrinfo) -> Bool {
        guard let address = info.ai_addr else { return false }
        let bytes = UnsafeRawBufferPointer(
            start: UnsafeRawPointer(address), count: Int(info.ai_addrlen))
        if info.ai_family == AF_INET, bytes.count >= MemoryLayout<sockaddr_in>.size {
            return bytes[4] == 127
        }
        if info.ai_family == AF_INET6, bytes.count >= MemoryLayout<sockaddr_in6>.size {
            return bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
        }
        return false
    }

    private static func bad(_ name: String, _ value: String, _ remedy: String)
        -> ConfigurationError
    {
        ConfigurationError("bad value '\(value)' for \(name): use \(remedy)")
    }
}

extension ServerConfiguration {
    /// Descriptors that are no clients: listeners, epoll, the spare one and what the runtime holds;
    /// real servers reserve as many.
    private static let reservedDescriptors = 32

    /// Asks the system for a descriptor per client; where it has fewer, `maxClients` is what is
    /// left.
    /// - Returns: false when it has fewer.
    mutating func fitDescriptors() -> Bool {
        let (wanted, overflow) = maxClients.addingReportingOverflow(Self.reservedDescriptors)
        let limit = Socket.raiseDescriptorLimit(to: overflow ? Int.max : wanted)
        let room = max(limit - Self.reservedDescriptors, 1)
        defer { maxClients = min(maxClients, room) }
        return maxClients <= room
    }

    /// As HELLO and INFO name it.
    var mode: String { keyspace.cluster ? "cluster" : "standalone" }

    /// Threads besides the executing one.
    var ioThreads: Int {
        if case .io(let count) = threads { count } else { 0 }
    }
}
