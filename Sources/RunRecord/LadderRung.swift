// The rungs of a ladder: how much of a server one stream of requests goes through.

/// From the table alone to the whole server; each does what the one below it does, and more.
public enum LadderRung: String, Sendable, CaseIterable {
    /// The table alone, called with keys and values that were taken out of the requests before.
    case table
    /// The reference server's engine in the process that measures: bytes in, bytes out.
    case engine
    /// The reference server in a process of its own, asked over the loopback.
    case loopback
    /// Another server.
    case target

    /// What it does besides what the rung below does.
    public var adds: String {
        switch self {
        case .table: "the table"
        case .engine: "protocol and dispatch"
        case .loopback: "kernel and network"
        case .target: "another server"
        }
    }
}
