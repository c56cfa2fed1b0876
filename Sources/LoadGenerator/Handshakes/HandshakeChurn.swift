// Connections that are opened, encrypted, asked one PING and closed, over and over: how many
// handshakes a server can do, and how long one takes, which no load over open connections tells.
import LinuxSystem
import Quantities
import Synchronization
import Transport

public struct HandshakeChurn: Sendable {
    /// What its samples count: connections, with the latencies of their handshakes.
    public static let label = CommandLabel("HANDSHAKE")

    private let address: SocketAddress
    private let options: LoadOptions
    private let resumes: Bool

    /// - Parameters:
    ///   - options: connections at a time, threads and set-up commands; they are encrypted.
    ///   - resumes: a connection takes up the session of the one before it in its place.
    public init(_ address: SocketAddress, _ options: LoadOptions, resumes: Bool) {
        precondition(options.tls != nil, "plain connections have no handshakes")
        self.address = address
        self.options = options
        self.resumes = resumes
    }

    /// Opens and closes connections until `limit`, a number of them or a time.
    /// - Throws: a failure with the sample so far.
    public func run(
        _ limit: BurstLimit, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        let count = max(min(options.threads, options.connections), 1)
        let state = State()
        let start = Clock.monotonicNanoseconds()
        var next = start + Self.progressNanoseconds
        if count == 1 {
            work(WorkerPlace(index: 0, count: 1), limit, state) {
                if let step = state.progress(since: start, &next) { progress(step) }
            }
        } else {
            try spread(limit, state, count) {
                if let step = state.progress(since: start, &next) { progress(step) }
            }
        }
        var sample = state.outcome.withLock { $0.sample }
        sample.workers = count
        if let reason = state.outcome.withLock({ $0.reason }) {
            throw LoadFailure(reason, address, sample)
        }
        if Interruption.requested { throw LoadFailure(.interrupted, address, sample) }
        return sample
    }

    /// As other loads tell of themselves.
    private static let progressNanoseconds = Nanoseconds(250, .milliseconds).count

    /// What the threads have in common.
    private final class State: Sendable {
        struct Outcome {
            var sample = LoadSample(commands: [HandshakeChurn.label])
            var reason: LoadFailure.Reason?
        }

        let done = Atomic<UInt64>(0)
        let stops = Atomic<Bool>(false)
        let ended = Atomic<Int>(0)
        let outcome = Mutex<Outcome>(Outcome())

        /// Adds what a thread came to. A failure ends the others.
        func add(_ sample: LoadSample?, _ reason: LoadFailure.Reason?) {
            outcome.withLock { outcome in
                if let sample { outcome.sample.merge(sample) }
                if outcome.reason == nil { outcome.reason = reason }
            }
            if reason != nil { stops.store(true, ordering: .relaxed) }
        }

        /// What there is to tell; nil before the next time, which moves on.
        func progress(since start: UInt64, _ next: inout UInt64) -> LoadProgress? {
            let now = Clock.monotonicNanoseconds()
            guard now >= next else { return nil }
            next += HandshakeChurn.progressNanoseconds
            return LoadProgress(
                elapsedNanoseconds: now - start, operations: done.load(ordering: .relaxed),
                latencySumNanoseconds: 0)
        }
    }

    /// The threads of a churn; the caller's own one tells how far it is.
    private func spread(
        _ limit: BurstLimit, _ state: State, _ count: Int, _ tell: () -> Void
    ) throws(LoadFailure) {
        let threads = UnsafeMutablePointer<Worker>.allocate(capacity: count)
        var started = 0
        defer {
            for index in 0..<started { (threads + index).move().join() }
            threads.deallocate()
        }
        let churn = self
        do throws(SystemCallError) {
            for index in 0..<count {
                let place = WorkerPlace(index: index, count: count)
                let cpu = options.cpus.isEmpty ? nil : options.cpus[index % options.cpus.count]
                let worker = try Worker {
                    if let cpu { try? Worker.pinCurrentThread(to: [cpu]) }
                    churn.work(place, limit, state) {}
                    state.ended.wrappingAdd(1, ordering: .releasing)
                }
                (threads + index).initialize(to: worker)
                started += 1
            }
        } catch {
            state.stops.store(true, ordering: .relaxed)
            throw LoadFailure(.system(error), address, LoadSample(commands: [Self.label]))
        }
        while state.ended.load(ordering: .acquiring) < count {
            Clock.sleep(milliseconds: 10)
            tell()
        }
    }

    /// One thread's share.
    private func work(
        _ place: WorkerPlace, _ limit: BurstLimit, _ state: State, _ tell: () -> Void
    ) {
        var share = limit
        if case .requests(let total) = limit {
            share = .requests(UInt64(place.part(of: total).count))
        }
        let connections = place.part(of: UInt64(options.connections)).count
        do throws(LoadFailure.Reason) {
            var worker = try HandshakeWorker(
                address, options, connections: connections, share, resumes: resumes)
            var reason: LoadFailure.Reason?
            var told: UInt64 = 0
            do throws(LoadFailure.Reason) {
                try worker.run { done in
                    state.done.wrappingAdd(done - told, ordering: .relaxed)
                    told = done
                    tell()
                    return !state.stops.load(ordering: .relaxed) && !Interruption.requested
                }
            } catch {
                reason = error
            }
            state.add(worker.sample, reason)
        } catch {
            state.add(nil, error)
        }
    }
}
