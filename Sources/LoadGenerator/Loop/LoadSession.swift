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
import Quantities

public struct LoadSession<Source: RequestSource & ~Copyable>: ~Copyable {
    public let address: SocketAddress
    public let commands: [CommandLabel]
    private let parts: Parts
    private var isUsable = true

    /// How often a long burst reports progress: valkey-benchmark's interval.
    public static var progressNanoseconds: UInt64 { Nanoseconds(250, .milliseconds).count }

    /// Opens all connections.
    /// - Parameter source: makes the requests of one worker; called once for each.
    public init(
        to address: SocketAddress, _ options: LoadOptions, source: (WorkerPlace) -> Source
    ) throws(LoadFailure) {
        precondition(options.connections > 0 && options.pipeline > 0 && options.threads > 0)
        self.init(address, try Parts.open(address, options, source))
    }

    private init(_ address: SocketAddress, _ parts: Parts) {
        self.address = address
        self.parts = parts
        commands = parts.workers[0].labels
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
        guard isUsable else {
            throw LoadFailure(.unusable, address, LoadSample(commands: commands))
        }
        parts.control.clear()
        let start = Clock.monotonicNanoseconds()
        if parts.threadCount == 0 {
            var next = start + Self.progressNanoseconds
            parts.workers[0].run(limit, pace) { now in
                guard now >= next else { return }
                next += Self.progressNanoseconds
                progress(parts.control.total(since: start, at: now))
            }
        } else {
            runThreads(limit, pace, start, progress)
        }
        var sample = parts.workers[0].sample()
        for index in 1..<max(parts.workerCount, 1) { sample.merge(parts.workers[index].sample()) }
        sample.workers = parts.workerCount
        if let reason = failure() {
            isUsable = false
            throw LoadFailure(reason, address, sample)
        }
        if Interruption.requested { throw LoadFailure(.interrupted, address, sample) }
        return sample
    }

    /// Sends nothing until an interruption.
    /// - Throws: when the server closes a connection or sends what nobody asked for.
    public mutating func idle() throws(LoadFailure) {
        while !Interruption.requested {
            for index in 0..<parts.workerCount { parts.workers[index].watchIdle() }
            if let reason = failure() {
                isUsable = false
                throw LoadFailure(reason, address, LoadSample(commands: commands))
            }
            Clock.sleep(milliseconds: 100)
        }
    }

    /// The first worker's failure; the others may merely have been interrupted by it.
    private func failure() -> LoadFailure.Reason? {
        var interrupted: LoadFailure.Reason?
        for index in 0..<parts.workerCount {
            switch parts.workers[index].failure {
            case nil: continue
            case .interrupted?: interrupted = .interrupted
            case let reason?: return reason
            }
        }
        return interrupted
    }

    private func runThreads(
        _ limit: BurstLimit, _ pace: Pace?, _ start: UInt64,
        _ progress: (LoadProgress) -> Void
    ) {
        parts.control.send(.run(limit, pace))
        var finished: UInt64 = 0
        var next = start + Self.progressNanoseconds
        while finished < UInt64(parts.threadCount) {
            let now = Clock.monotonicNanoseconds()
            if now >= next {
                next += Self.progressNanoseconds
                progress(parts.control.total(since: start, at: now))
            }
            finished += parts.control.waitFinished(
                milliseconds: max(Clock.milliseconds(until: next), 1))
        }
    }

    /// Workers, their threads and what connects them.
    private struct Parts {
        let workers: UnsafeMutablePointer<LoadWorker<Source>>
        let workerCount: Int
        let control: BurstControl
        let threads: UnsafeMutablePointer<Worker>
        /// 0 with one worker, which runs on the caller's thread.
        var threadCount = 0

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
            let control: BurstControl
            do throws(SystemCallError) {
                control = try BurstControl(workers: count)
            } catch {
                throw .system(error)
            }
            let workers = UnsafeMutablePointer<LoadWorker<Source>>.allocate(capacity: count)
            for (index, place) in places.enumerated() {
                do throws(LoadFailure.Reason) {
                    (workers + index).initialize(
                        to: try .open(
                            address, options, place, control, control.progress[index],
                            source(place)))
                } catch {
                    for opened in 0..<index { workers[opened].close() }
                    workers.deinitialize(count: index).deallocate()
                    throw error
                }
            }
            return Parts(
                workers: workers, workerCount: count, control: control,
                threads: .allocate(capacity: count))
        }

        private mutating func startThreads(_ cpus: [Int]) throws(LoadFailure.Reason) {
            do throws(SystemCallError) {
                while threadCount < workerCount {
                    (threads + threadCount).initialize(
                        to: try start(workers + threadCount, threadCount, control, cpus))
                    threadCount += 1
                }
            } catch {
                close()
                throw .system(error)
            }
        }

        func close() {
            if threadCount > 0 { control.send(.exit) }
            for index in 0..<threadCount { (threads + index).move().join() }
            threads.deallocate()
            for index in 0..<workerCount { workers[index].close() }
            workers.deinitialize(count: workerCount).deallocate()
        }
    }

    private struct Handover: @unchecked Sendable {
        let worker: UnsafeMutablePointer<LoadWorker<Source>>
    }

    private static func start(
        _ worker: UnsafeMutablePointer<LoadWorker<Source>>, _ index: Int,
        _ control: BurstControl, _ cpus: [Int]
    ) throws(SystemCallError) -> Worker {
        // The thread touches its worker only between an order and `finished`, the session only
        // outside of that.
        let handover = Handover(worker: worker)
        return try Worker {
            if !cpus.isEmpty { try? Worker.pinCurrentThread(to: [cpus[index % cpus.count]]) }
            while case .run(let limit, let pace) = control.receive(index) {
                handover.worker.pointee.run(limit, pace) { _ in }
                control.finished()
            }
        }
    }
}
