// A session: open connections to one server that can be asked for bursts of load, again and again.
//
//     var session = try LoadSession(to: address, options) { place in Source(…, place) }
//     let sample = try session.run(.requests(100_000))
//     let slice = try session.run(.duration(nanoseconds: 10_000_000))
//
// A burst ends with no request outstanding, so sessions with two servers can take turns in one
// process. Between bursts workers are parked; with one worker a burst runs on the calling thread
// and starts within microseconds.
//
// Non-goals: reconnecting after a loss (`-k 0` reconnects by itself). A server that closes a
// connection has ended the session.
import LinuxSystem

public struct LoadSession<Source: RequestSource & ~Copyable>: ~Copyable {
    private let parts: Parts
    private var state: SessionState

    public var address: SocketAddress { state.address }
    public var commands: [CommandLabel] { state.commands }

    /// What opening the connections took in handshakes; nil where they are not encrypted.
    public var handshakes: HandshakeSample? { parts.handshakes }

    /// Opens all connections.
    /// - Parameter source: makes the requests of one worker; called once for each.
    public init(
        to address: SocketAddress, _ options: LoadOptions, source: (WorkerPlace) -> Source
    ) throws(LoadFailure) {
        precondition(options.connections > 0 && options.pipeline > 0 && options.threads > 0)
        self.init(address, try Parts.open(address, options, source))
    }

    private init(_ address: SocketAddress, _ parts: Parts) {
        self.parts = parts
        state = SessionState(address, parts.workers[0].burst.labels)
    }

    deinit { parts.close() }

    /// Puts load on the server until `limit`, then waits for what is outstanding.
    ///
    /// - Parameters:
    ///   - pace: the schedule of an open loop; nil sends as fast as replies come.
    ///   - progress: called every 250 ms on the calling thread.
    /// - Throws: a failure with the sample so far. After one, other than an interruption whose
    ///   replies all came, the session is unusable.
    public mutating func run(
        _ limit: BurstLimit, pace: Pace? = nil, progress: (LoadProgress) -> Void = { _ in }
    ) throws(LoadFailure) -> LoadSample {
        try state.run(
            parts.team, limit, pace, progress, parts.results, alone: parts.runAlone)
    }

    /// Sends nothing until an interruption.
    /// - Throws: when the server closes a connection or sends what nobody asked for.
    public mutating func idle() throws(LoadFailure) {
        try state.idle(parts.look)
    }

    /// Workers, their threads and what connects them.
    private struct Parts {
        let workers: UnsafeMutablePointer<LoadWorker<Source>>
        let workerCount: Int
        let handshakes: HandshakeSample?
        var team: WorkerTeam

        static func open(
            _ address: SocketAddress, _ options: LoadOptions, _ source: (WorkerPlace) -> Source
        ) throws(LoadFailure) -> Parts {
            let places = WorkerPlace.places(
                on: options.host, threads: options.threads, connections: options.connections)
            precondition(!places.isEmpty, "every host has a connection")
            do throws(LoadFailure.Reason) {
                var parts = try connect(address, options, places, source)
                if places.count > 1 { try parts.startThreads(options.cpus) }
                return parts
            } catch {
                throw LoadFailure(error, address, LoadSample(commands: []))
            }
        }

        private static func connect(
            _ address: SocketAddress, _ options: LoadOptions, _ places: [WorkerPlace],
            _ source: (WorkerPlace) -> Source
        ) throws(LoadFailure.Reason) -> Parts {
            let count = places.count
            let team = try WorkerTeam(workers: count)
            let counts = places.map { $0.part(of: UInt64(options.connections)).count }
            var opening = options
            opening.connections = counts.reduce(0, +)
            let open: OpenStreams
            do throws(LoadFailure.Reason) {
                open = try OpenStreams.open(address, opening)
            } catch {
                team.close()
                throw error
            }
            let workers = UnsafeMutablePointer<LoadWorker<Source>>.allocate(capacity: count)
            var first = 0
            for (index, place) in places.enumerated() {
                let own = Array(open.streams[first..<(first + counts[index])])
                first += counts[index]
                do throws(LoadFailure.Reason) {
                    (workers + index).initialize(
                        to: try .open(
                            address, options, place, team.control, team.control.progress[index],
                            source(place), own))
                } catch {
                    for opened in 0..<index { workers[opened].close() }
                    workers.deinitialize(count: index).deallocate()
                    for stream in open.streams[first...] { stream.close() }
                    team.close()
                    throw error
                }
            }
            return Parts(
                workers: workers, workerCount: count, handshakes: open.handshakes, team: team)
        }

        private mutating func startThreads(_ cpus: [Int]) throws(LoadFailure.Reason) {
            // A thread touches its worker only between an order and the end of its part of the
            // burst, the session only outside of that.
            let handover = Handover(workers: workers)
            do throws(LoadFailure.Reason) {
                try team.start(workerCount, cpus: cpus) { index, limit, pace in
                    handover.workers[index].run(limit, pace) { _ in }
                }
            } catch {
                close()
                throw error
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
            WorkerTeam.failure((0..<workerCount).map { workers[$0].burst.failure })
        }

        func close() {
            team.close()
            for index in 0..<workerCount { workers[index].close() }
            workers.deinitialize(count: workerCount).deallocate()
        }
    }

    private struct Handover: @unchecked Sendable {
        let workers: UnsafeMutablePointer<LoadWorker<Source>>
    }
}
