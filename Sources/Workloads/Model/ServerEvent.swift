// What happens to the server while it is measured: a snapshot, a changed setting, a flush, clients
// that do not read, a replica.

public struct ServerEvent: Sendable, Equatable {
    public enum Action: Sendable, Equatable {
        /// As sent, words separated by spaces: `BGSAVE`, `CONFIG SET maxmemory 100mb`.
        case command(String)
        case slowReaders(SlowReaders)
        /// A second server of the same kind is started and copies the data of the first.
        case replica
        case cluster(ClusterChange)
    }

    /// What happens to the nodes of a cluster.
    public enum ClusterChange: String, Sendable, CaseIterable {
        /// The first node is killed, and a replica that was there before takes over.
        case failover
        /// Slots of the first node move to the second one, key by key.
        case migrateSlots = "migrate_slots"
    }

    /// The phase it belongs to (`warm_up`, `measure`, `cool_down`).
    public var phase: String
    /// After the phase began.
    public var atMilliseconds: Int
    public var action: Action
    /// How long its traces are looked for: latencies until then are those of the event.
    public var watchMilliseconds: Int

    /// A fork's copied pages and a failed-over client's reconnections are over by then.
    public static let usualWatch = 3_000

    public init(
        phase: String, atMilliseconds: Int, action: Action, watchMilliseconds: Int = usualWatch
    ) {
        self.phase = phase
        self.atMilliseconds = atMilliseconds
        self.action = action
        self.watchMilliseconds = watchMilliseconds
    }

    public init(phase: String, atMilliseconds: Int, command: String) {
        self.init(phase: phase, atMilliseconds: atMilliseconds, action: .command(command))
    }

    /// What results and records call it.
    public var name: String {
        switch action {
        case .command(let text): text
        case .slowReaders(let readers): "\(readers.connections) slow readers"
        case .replica: "replica"
        case .cluster(.failover): "failover"
        case .cluster(.migrateSlots): "slot migration"
        }
    }
}

/// Clients that ask, and do not read what is answered: the server keeps it for them.
public struct SlowReaders: Sendable, Equatable {
    public var connections: Int
    /// As sent, words separated by spaces.
    public var command: String
    /// How often each sends it, all at once.
    public var requests: Int
    /// After which they hang up.
    public var milliseconds: Int

    public init(connections: Int, command: String, requests: Int, milliseconds: Int) {
        self.connections = connections
        self.command = command
        self.requests = requests
        self.milliseconds = milliseconds
    }
}

/// A load beside the workload's own, on the same keyspaces: with clients and a schedule of its own,
/// for all of the measured phase or a part of it.
public struct OverlaySpec: Sendable, Equatable {
    public var name: String
    public var operations: [OperationSpec]
    public var load: LoadSpec
    /// After the measured phase began.
    public var fromMilliseconds: Int
    /// nil: to the phase's end.
    public var lengthMilliseconds: Int?
    /// Every request, or pipeline of them, has a connection of its own.
    public var reconnects: Bool

    public init(
        name: String, operations: [OperationSpec], load: LoadSpec = LoadSpec(),
        fromMilliseconds: Int = 0, lengthMilliseconds: Int? = nil, reconnects: Bool = false
    ) {
        self.name = name
        self.operations = operations
        self.load = load
        self.fromMilliseconds = fromMilliseconds
        self.lengthMilliseconds = lengthMilliseconds
        self.reconnects = reconnects
    }
}

extension Workload {
    /// Every operation on the keyspaces: of all loads.
    var allOperations: [OperationSpec] {
        operations + overlays.flatMap(\.operations) + operationsBeside
    }

    /// One of the loads beside, as a workload of its own: `NAME.OVERLAY`, on the same keyspaces.
    public func overlay(_ index: Int) -> Workload {
        let overlay = overlays[index]
        var others: [OperationSpec] = operations
        for (place, other) in overlays.enumerated() where place != index {
            others += other.operations
        }
        var part = self
        part.name = "\(name).\(overlay.name)"
        part.operations = overlay.operations
        part.load = overlay.load
        part.operationsBeside = others
        part.overlays = []
        part.expect = Expectations()
        return part
    }
}

/// When requests are sent.
public enum ArrivalSpec: Sendable, Equatable {
    /// The next ones as soon as the last ones are answered.
    case closed
    /// Requests per second, whatever the server does.
    case constant(rate: Double)
    case poisson(rate: Double)
    /// Generalised Pareto gaps, as a Facebook pool had them.
    case gpd(rate: Double)
    /// Poisson arrivals at `rate` for a while, then none for a while.
    case burst(rate: Double, onMilliseconds: Int, offMilliseconds: Int)
    /// Poisson arrivals at mean + amplitude·sin(2πt ÷ period).
    case sine(mean: Double, amplitude: Double, periodMilliseconds: Int)
    /// As many each second as a trace has, `speed` times as fast, over and over. Of `format`, which
    /// its name or its contents say where it is nil, and without its damaged records if so.
    case trace(file: String, speed: Double, format: String? = nil, skipsDamaged: Bool = false)
}
