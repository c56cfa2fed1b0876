// How a reference server is built: what `hashmark serve` takes as flags and a `ref:` target as its
// query (Setting.swift has those that both take).
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
    /// A port for TLS besides, or nil.
    public var encrypted: EncryptedPort?
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

    /// Table and settings as `name value` for INFO and CONFIG GET.
    public var settings: [(name: String, value: String)] {
        var settings = [(name: "table", value: table.name)]
        settings += Setting.all.map { (name: $0.name, value: $0.value(self)) }
        return settings
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
        guard let setting = Setting.named(name) else {
            throw ConfigurationError(
                "unknown server option '\(name)': use \(Self.names.joined(separator: ", "))")
        }
        try set(setting, value)
    }

    /// - Throws: for a value that the setting does not have, or the table no use for.
    public mutating func set(_ setting: Setting, _ value: String) throws(ConfigurationError) {
        if let option = TableOption(rawValue: setting.name), !table.has(option) {
            throw ConfigurationError(
                "\(table.name) has no buckets that '\(setting.name)' is about: leave it out, or"
                    + " use valkey-8.1 or later")
        }
        guard setting.assign(&self, value) else {
            throw ConfigurationError(
                "bad value '\(value)' for \(setting.name): use \(setting.range)")
        }
        if let need = setting.need(self), table.lacks.contains(need) {
            throw ConfigurationError(
                "\(table.name) has no \(need.rawValue), which '\(setting.name)' is about: leave it"
                    + " out, or use another table")
        }
        if let fault = threads.fault(self) { throw fault }
    }

    /// The names that `set` knows.
    public static var names: [String] { Setting.all.map(\.name) }

    /// A server that others can reach needs a password, or somebody who says that it does not.
    public func checkExposure() throws(ConfigurationError) {
        if isInsecure {
            guard password != nil || isLoopback == true else { return }
            let reason =
                password != nil
                ? "there is a password" : "\(host) is reached from this machine alone"
            throw ConfigurationError("--insecure has no effect, for \(reason); leave it out")
        }
        if password != nil { return }
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

    /// A cluster has one, and so has a server with several engines.
    var databases: Int {
        keyspace.cluster || threads.engines > 0 ? 1 : Self.databaseCount
    }
    /// As real servers have by default.
    static let databaseCount = 16

    /// Threads besides the executing one.
    var ioThreads: Int {
        if case .io(let count) = threads { count } else { 0 }
    }
}
