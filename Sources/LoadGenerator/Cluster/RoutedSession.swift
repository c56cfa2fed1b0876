// A session with a cluster: LoadSession's sibling, with the same bursts.
//
// The first node that answers tells who serves which slots; every worker then opens a connection
// for each of its clients to each node, and keeps a map of its own from there on.
import LinuxSystem
import RESP

public struct RoutedSession: ~Copyable {
    private let parts: Parts
    private var state: SessionState

    /// The node that told of the others.
    public var address: SocketAddress { state.address }
    public var commands: [CommandLabel] { state.commands }

    /// Opens all connections.
    /// - Parameters:
    ///   - cluster: with one seed at least.
    ///   - source: makes the requests of one worker; called once for each.
    public init(
        to cluster: ClusterLoad, _ options: LoadOptions, source: (WorkerPlace) -> ErasedSource
    ) throws(LoadFailure) {
        precondition(options.connections > 0 && options.pipeline > 0 && options.threads > 0)
        self.init(try Parts.open(cluster, options, source))
    }

    private init(_ parts: Parts) {
        self.parts = parts
        state = SessionState(parts.address, parts.workers[0].burst.labels)
    }

    deinit { parts.close() }

    private struct Handover: @unchecked Sendable {
        let workers: UnsafeMutablePointer<RoutedWorker>
    }

    /// Workers, their threads and what connects them.
    private struct Parts {
        let address: SocketAddress
        let workers: UnsafeMutablePointer<RoutedWorker>
        var workerCount = 0
        var team: WorkerTeam

        /// Files, event loops and timers beside the connections.
        private static let spareDescriptors = 1_024

        static func open(
            _ cluster: ClusterLoad, _ options: LoadOptions,
            _ source: (WorkerPlace) -> ErasedSource
        ) throws(LoadFailure) -> Parts {
            let places = WorkerPlace.places(
                on: options.host, threads: options.threads, connections: options.connections)
            precondition(!places.isEmpty, "every host has a client")
            do throws(LoadFailure.Reason) {
                let (map, address) = try RoutedSession.map(cluster.seeds, options)
                let nodes = Set(map.flatMap { [$0.primary] + $0.replicas }).count
                Socket.raiseDescriptorLimit(to: nodes * options.connections + spareDescriptors)
                let team = try WorkerTeam(workers: places.count)
                var parts = Parts(
                    address: address, workers: .allocate(capacity: places.count), team: team)
                do throws(LoadFailure.Reason) {
                    try parts.connect(cluster, options, map, places, source)
                    if places.count > 1 { try parts.startThreads(options.cpus) }
                } catch {
                    parts.close()
                    throw error
                }
                return parts
            } catch {
                throw LoadFailure(error, cluster.seeds[0], LoadSample(commands: []))
            }
        }

        private mutating func connect(
            _ cluster: ClusterLoad, _ options: LoadOptions, _ map: [SlotRange],
            _ places: [WorkerPlace],
            _ source: (WorkerPlace) -> ErasedSource
        ) throws(LoadFailure.Reason) {
            for place in places {
                (workers + workerCount).initialize(
                    to: try .open(
                        cluster, options, map, place, team.control,
                        team.control.progress[workerCount], source(place)))
                workerCount += 1
            }
        }

        private mutating func startThreads(_ cpus: [Int]) throws(LoadFailure.Reason) {
            // As in LoadSession: a thread has its worker during a burst, the session outside of it.
            let handover = Handover(workers: workers)
            try team.start(workerCount, cpus: cpus) { index, limit, pace in
                handover.workers[index].run(limit, pace) { _ in }
            }
        }

        func runAlone(_ limit: BurstLimit, _ pace: Pace?, _ tick: (UInt64) -> Void) {
            workers[0].run(limit, pace, tick)
        }

        /// Between bursts.
        func look() -> LoadFailure.Reason? {
            for index in 0..<workerCount { workers[index].watchIdle() }
            return failure()
        }

        /// What the last burst came to.
        func results() -> (samples: [LoadSample], failure: LoadFailure.Reason?) {
            ((0..<workerCount).map { workers[$0].sample() }, failure())
        }

        func failure() -> LoadFailure.Reason? {
            let reason = WorkerTeam.failure((0..<workerCount).map { workers[$0].burst.failure })
            guard case .lostNode(var node)? = reason else { return reason }
            // Its worker knows of its own requests alone.
            node.waited = 0
            for index in 0..<workerCount {
                node.waited += workers[index].waiting(at: node.address)
            }
            return .lostNode(node)
        }

        func close() {
            team.close()
            for index in 0..<workerCount { workers[index].close() }
            workers.deinitialize(count: workerCount).deallocate()
        }
    }

    /// The map of the first seed that has one, and that seed.
    fileprivate static func map(
        _ seeds: [SocketAddress], _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> ([SlotRange], SocketAddress) {
        var failure = LoadFailure.Reason.closed
        for seed in seeds {
            do throws(LoadFailure.Reason) {
                let reply = try StreamOpening.reply(
                    to: ClusterSlots.request, of: seed, options)
                var host = "127.0.0.1"
                if case .tcp(let name, _) = seed { host = name }
                if let map = ClusterSlots.ranges(of: reply, askedOf: host), !map.isEmpty {
                    return (map, seed)
                }
                failure = .refused("CLUSTERDOWN no slots are served")
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Puts load on the cluster until `limit`, then waits for what is outstanding.
    ///
    /// - Parameters: as of `LoadSession.run`.
    /// - Throws: a failure with the sample so far. After one, other than an interruption whose
    ///   replies all came, the session is unusable.
    public mutating func run(
        _ limit: BurstLimit, pace: Pace? = nil, progress: (LoadProgress) -> Void = { _ in }
    ) throws(LoadFailure) -> LoadSample {
        try state.run(
            parts.team, limit, pace, progress, parts.results, alone: parts.runAlone)
    }

    /// Sends nothing until an interruption.
    /// - Throws: when no node can be reached any more.
    public mutating func idle() throws(LoadFailure) {
        try state.idle(parts.look)
    }
}
