// What is measured, as the user spells it:
//
//     [LABEL=]ref:TABLE[?key=value&…]        the reference server, a process of its own
//     [LABEL=]ref:foreign:PATH[?key=value&…] the same around a table that is loaded
//     [LABEL=]exec:COMMAND LINE              a server binary, started and stopped here
//     [LABEL=]build:REF[?key=value&…]        a commit, built first and then as exec: (Build/)
//     [LABEL=]tcp://HOST:PORT                already running: never started, stopped or flushed
//             redis://…  valkey://…  unix://PATH      (the grammar: Target+URI.swift)
//             rediss://…  valkeys://…                 the same through TLS
//     [LABEL=]cluster:N*TARGET, cluster://HOST:PORT,… several nodes (Cluster/)
//
// A target is a value; `launch` turns it into a `RunningServer`.
import LinuxSystem
import Spelling
import Transport

public struct Target: Equatable, Sendable {
    /// Names the target in output: given by the user, else derived from the spelling.
    public var label: String
    /// The text after the label, as given but for passwords, which are shown as `***`.
    public let spelling: String
    public private(set) var kind: Kind

    public enum Kind: Equatable, Sendable {
        /// `hashmark serve --table TABLE` with each query item as a flag of the same name, in the
        /// order given; a key may repeat.
        case reference(table: String, options: [QueryItem])
        /// The words of a command line; `{port}` is not replaced yet.
        case command([String])
        /// A commit that is not built yet; once it is, it is a `command`.
        case build(BuildRequest)
        case running(Endpoint)
        /// So many nodes of a target that is started, made a cluster.
        indirect case cluster(nodes: Int, of: Target)
    }

    /// A server that Hashmark did not start.
    public struct Endpoint: Equatable, Sendable, Codable {
        public let address: SocketAddress
        public var user: String?
        public var password: String?
        public var database = 0
        /// How connections to it are encrypted; nil: they are not.
        public var tls: TLSOptions?
        /// Nodes of a cluster that know the others, of which `address` is the first; none: it is
        /// one server.
        public var seeds: [SocketAddress] = []
        /// Processes on this machine whose CPU time counts as the server's, such as a proxy's:
        /// numbers, or names as `ps` shows them.
        public var alsoCounted: [String] = []

        public init(_ address: SocketAddress) { self.address = address }
    }

    /// What the tables begin with that are loaded from a path.
    static let foreignTable = "foreign:"

    /// Whether it has its label from its spelling.
    public var hasDefaultLabel: Bool { label == Self.defaultLabel(kind, spelling) }

    /// Gives those keys of the query to a loaded table that are none of the server's: they become
    /// a query of the table's own name.
    public mutating func sortQuery(isServers: (String) -> Bool) {
        guard case .reference(let table, let options) = kind, table.hasPrefix(Self.foreignTable)
        else { return }
        kind = .reference(
            table: options.filter { !isServers($0.key) }.appended(to: table),
            options: options.filter { isServers($0.key) })
    }

    /// The same for the nodes of a cluster.
    public mutating func replaceMember(_ member: Target) {
        guard case .cluster(let count, _) = kind else { return }
        kind = .cluster(nodes: count, of: member)
    }

    /// True when Hashmark starts, stops and may flush it.
    public var isOwned: Bool {
        if case .running = kind { false } else { true }
    }
}

/// A target that cannot be understood or brought up: one line with cause and remedy.
public struct TargetError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ cause: String, remedy: String) { description = "\(cause); \(remedy)" }
}
