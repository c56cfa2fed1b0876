// What a session and its worker threads have in common: the order for the next burst, two
// doorbells, and one progress cell per worker that only that worker writes.
import LinuxSystem
import Synchronization

/// Progress of one worker: written by it alone (plain loads and stores), read by the session.
final class WorkerProgress: Sendable {
    private let operations = Atomic<UInt64>(0)
    private let latencySum = Atomic<UInt64>(0)
    private let waiting = Atomic<UInt64>(0)

    func store(operations count: UInt64, latencySum sum: UInt64) {
        operations.store(count, ordering: .relaxed)
        latencySum.store(sum, ordering: .relaxed)
    }

    /// - Parameter count: requests for nodes of a cluster that are away.
    func store(waiting count: UInt64) { waiting.store(count, ordering: .relaxed) }

    func load() -> (operations: UInt64, latencySum: UInt64, waiting: UInt64) {
        (
            operations.load(ordering: .relaxed), latencySum.load(ordering: .relaxed),
            waiting.load(ordering: .relaxed)
        )
    }
}

final class BurstControl: Sendable {
    enum Order {
        case run(BurstLimit, Pace?)
        case exit
    }

    let progress: [WorkerProgress]
    /// One per worker: rung when an order is there.
    private let starts: [Doorbell]
    /// Rung by each worker when its burst is over.
    private let done: Doorbell
    private let order = Mutex<Order>(.exit)
    private let stopping = Atomic<Bool>(false)

    private final class Doorbell: Sendable {
        let counter: EventCounter
        init() throws(SystemCallError) { counter = try EventCounter() }
    }

    init(workers: Int) throws(SystemCallError) {
        progress = (0..<workers).map { _ in WorkerProgress() }
        var starts: [Doorbell] = []
        for _ in 0..<workers { starts.append(try Doorbell()) }
        self.starts = starts
        done = try Doorbell()
    }

    var shouldStop: Bool { stopping.load(ordering: .relaxed) }
    /// One worker has failed: the others drain and end.
    func stop() { stopping.store(true, ordering: .relaxed) }
    func clear() {
        stopping.store(false, ordering: .relaxed)
        for cell in progress {
            cell.store(operations: 0, latencySum: 0)
            cell.store(waiting: 0)
        }
    }

    func send(_ next: Order) {
        order.withLock { $0 = next }
        for start in starts { start.counter.ring() }
    }

    /// Parks worker `index` until there is an order.
    func receive(_ index: Int) -> Order {
        while starts[index].counter.wait(milliseconds: -1) == 0 {}
        return order.withLock { $0 }
    }

    func finished() { done.counter.ring() }

    /// Workers that finished since the last call; 0 after `milliseconds`.
    func waitFinished(milliseconds: Int) -> UInt64 { done.counter.wait(milliseconds: milliseconds) }

    func total(since start: UInt64, at now: UInt64) -> LoadProgress {
        var result = LoadProgress(
            elapsedNanoseconds: now > start ? now - start : 0, operations: 0,
            latencySumNanoseconds: 0)
        for cell in progress {
            let (operations, sum, waiting) = cell.load()
            result.operations += operations
            result.latencySumNanoseconds += sum
            result.waiting += waiting
        }
        return result
    }
}
