// Valkey 8's threading model: one thread executes, others read, parse and write for it.
//
// Which thread: a connection's id modulo the threads in use; those are as many as half the events
// of a wake-up, so that a few connections cause no hand-over at all (io_threads.c,
// `adjustIOThreadsByEventLoad`). A connection has at most one job at a time, so its bytes stay in
// order whichever thread has it.
//
// Parking: an I/O thread that finds its ring empty looks again a number of times, then waits for
// its bell; the executing thread does the same while jobs are under way. Real servers spin a
// million times; on machines with fewer processors than threads that starves the thread being
// waited for, so it is a few microseconds' worth here.
import Glibc
import LinuxSystem
import Synchronization
import Transport

struct IOThreads: ~Copyable {
    /// The executing thread's side of one I/O thread.
    private struct Lane: ~Copyable {
        let ring: UnsafeMutablePointer<JobRing>
        var pushed = 0
        var published = 0
        var reaped = 0
        var worker: Worker?
    }

    /// Looks at a ring before parking: a few microseconds.
    static var spins: Int { 2_000 }

    private let lanes: UnsafeMutablePointer<Lane>
    let count: Int
    /// False: `runOwn` does the jobs.
    private let areThreads: Bool
    /// Threads that get jobs at present.
    private(set) var active = 0
    /// Jobs pushed and not reaped.
    private(set) var inFlight = 0
    let completions: UnsafeMutablePointer<Completions>
    private var spare: [UnsafeMutablePointer<PreparedRequests>] = []

    private init(
        _ count: Int, _ lanes: UnsafeMutablePointer<Lane>,
        _ completions: UnsafeMutablePointer<Completions>, areThreads: Bool
    ) {
        self.count = count
        self.areThreads = areThreads
        self.lanes = lanes
        self.completions = completions
    }

    /// Starts `count` threads.
    static func start(_ count: Int, _ names: CommandNames) throws(SystemCallError) -> IOThreads {
        let completions = try makeCompletions()
        do throws(SystemCallError) {
            let lanes = try startLanes(count, completions, names)
            return IOThreads(count, lanes, completions, areThreads: true)
        } catch {
            free(completions)
            throw error
        }
    }

    /// No thread: who pushes jobs does them himself, all at once, when it suits him (`runOwn`).
    static func unthreaded() throws(SystemCallError) -> IOThreads {
        let completions = try makeCompletions()
        do throws(SystemCallError) {
            let created = try JobRing()
            let ring = UnsafeMutablePointer<JobRing>.allocate(capacity: 1)
            ring.initialize(to: created)
            let lanes = UnsafeMutablePointer<Lane>.allocate(capacity: 1)
            lanes.initialize(to: Lane(ring: ring, worker: nil))
            var io = IOThreads(1, lanes, completions, areThreads: false)
            io.active = 1
            return io
        } catch {
            free(completions)
            throw error
        }
    }

    private typealias CompletionsPointer = UnsafeMutablePointer<Completions>

    private static func makeCompletions() throws(SystemCallError) -> CompletionsPointer {
        let created = try Completions()
        let completions = CompletionsPointer.allocate(capacity: 1)
        completions.initialize(to: created)
        return completions
    }

    /// All threads or, when one cannot start, none: those before it are ended again.
    private static func startLanes(
        _ count: Int, _ completions: UnsafeMutablePointer<Completions>, _ names: CommandNames
    ) throws(SystemCallError) -> UnsafeMutablePointer<Lane> {
        let lanes = UnsafeMutablePointer<Lane>.allocate(capacity: max(count, 1))
        for index in 0..<count {
            do throws(SystemCallError) {
                (lanes + index).initialize(to: try startLane(completions, names))
            } catch {
                stop(lanes, index)
                free(lanes, index)
                throw error
            }
        }
        return lanes
    }

    private static func startLane(
        _ completions: UnsafeMutablePointer<Completions>, _ names: CommandNames
    ) throws(SystemCallError) -> Lane {
        let created = try JobRing()
        let ring = UnsafeMutablePointer<JobRing>.allocate(capacity: 1)
        ring.initialize(to: created)
        let shared = SharedRing(ring: ring, completions: completions, names: names)
        do throws(SystemCallError) {
            let worker = try Worker { IOThread.run(shared) }
            return Lane(ring: ring, worker: consume worker)
        } catch {
            free(ring)
            throw error
        }
    }

    private static func stop(_ lanes: UnsafeMutablePointer<Lane>, _ count: Int) {
        for index in 0..<count {
            lanes[index].ring.pointee.stops.store(true, ordering: .sequentiallyConsistent)
            lanes[index].ring.pointee.bell.ring()
            lanes[index].worker.take()?.join()
        }
    }

    private static func free(_ lanes: UnsafeMutablePointer<Lane>, _ count: Int) {
        for index in 0..<count { free(lanes[index].ring) }
        lanes.deinitialize(count: count)
        lanes.deallocate()
    }

    private static func free<Value: ~Copyable>(_ pointer: UnsafeMutablePointer<Value>) {
        pointer.deinitialize(count: 1)
        pointer.deallocate()
    }

    /// Ends the threads, after the jobs under way; to be called before the connections go.
    mutating func stop() {
        guard areThreads else { return }
        publish()
        Self.stop(lanes, count)
    }

    deinit {
        Self.free(lanes, count)
        Self.free(completions)
        for prepared in spare {
            prepared.deinitialize(count: 1)
            prepared.deallocate()
        }
    }

    /// Called once per wake-up with its number of events.
    @inline(__always)
    mutating func adjust(events: Int) { active = min(count, events / 2) }

    /// Does the jobs that were pushed, where there is no thread for it.
    func runOwn(_ names: CommandNames) {
        let ring = lanes.pointee.ring
        var done = ring.pointee.done.load(ordering: .relaxed)
        while done != lanes.pointee.pushed {
            IOThread.perform(ring.pointee.slot(done), names)
            done &+= 1
        }
        ring.pointee.done.store(done, ordering: .relaxed)
    }

    /// Takes a job for `connection`; false when there is no thread or no room for it now.
    mutating func push(
        _ kind: Job.Kind, _ connection: UnsafeMutablePointer<Connection>,
        _ target: UnsafeMutableRawPointer, _ size: Int
    ) -> Bool {
        // Two at once would free or move the bytes of one under the other.
        precondition(connection.pointee.state.isIdle, "a connection has one job at a time")
        guard active > 0 else { return false }
        let index = Int(truncatingIfNeeded: connection.pointee.id) % active
        let lane = lanes + index
        guard lane.pointee.pushed &- lane.pointee.reaped < JobRing.size else { return false }
        let prepared = kind == .read ? takePrepared() : nil
        lane.pointee.ring.pointee.slot(lane.pointee.pushed).initialize(
            to: Job(
                kind: kind, connection: connection, target: target, count: size,
                prepared: prepared, input: connection.pointee.input))
        lane.pointee.pushed &+= 1
        inFlight &+= 1
        connection.pointee.state.leave()
        return true
    }

    /// Shows the threads what was pushed, and wakes those that wait.
    mutating func publish() {
        for index in 0..<count {
            let lane = lanes + index
            guard lane.pointee.published != lane.pointee.pushed else { continue }
            lane.pointee.published = lane.pointee.pushed
            let ring = lane.pointee.ring
            // Sequentially consistent with the thread's mark: one of the two sees the other's.
            ring.pointee.published.store(lane.pointee.pushed, ordering: .sequentiallyConsistent)
            if ring.pointee.isParked.exchange(false, ordering: .sequentiallyConsistent) {
                ring.pointee.bell.ring()
            }
        }
    }

    /// The next job that is done, and what was noted of its connection meanwhile; or nil.
    mutating func reap() -> (job: Job, notice: ConnectionState.Notice)? {
        for index in 0..<count {
            let lane = lanes + index
            guard lane.pointee.reaped != lane.pointee.pushed,
                lane.pointee.reaped != lane.pointee.ring.pointee.done.load(ordering: .acquiring)
            else { continue }
            let job = lane.pointee.ring.pointee.slot(lane.pointee.reaped).pointee
            lane.pointee.reaped &+= 1
            inFlight &-= 1
            return (job, job.connection.pointee.state.comeBack())
        }
        return nil
    }

    private var hasDone: Bool {
        for index in 0..<count {
            let lane = lanes + index
            if lane.pointee.reaped
                != lane.pointee.ring.pointee.done.load(ordering: .sequentiallyConsistent)
            {
                return true
            }
        }
        return false
    }

    /// Whether the executing thread may sleep until its bell; it must call `unpark` afterwards.
    func park() -> Bool {
        for _ in 0..<Self.spins where hasDone { return false }
        completions.pointee.isParked.store(true, ordering: .sequentiallyConsistent)
        if !hasDone { return true }
        unpark()
        return false
    }

    func unpark() { completions.pointee.isParked.store(false, ordering: .sequentiallyConsistent) }

    // MARK: Prepared requests

    private mutating func takePrepared() -> UnsafeMutablePointer<PreparedRequests> {
        if let prepared = spare.popLast() { return prepared }
        let prepared = UnsafeMutablePointer<PreparedRequests>.allocate(capacity: 1)
        prepared.initialize(to: PreparedRequests())
        return prepared
    }

    /// Frees an eighth of those that are not lent: called at every tick, they follow the load.
    mutating func shrink() {
        for _ in 0..<(spare.count / 8) {
            guard let prepared = spare.popLast() else { return }
            prepared.deinitialize(count: 1)
            prepared.deallocate()
        }
    }

    mutating func giveBack(_ prepared: UnsafeMutablePointer<PreparedRequests>) {
        prepared.pointee.removeAll()
        spare.append(prepared)
    }
}

/// The body of an I/O thread.
enum IOThread {
    static func run(_ shared: SharedRing) {
        var done = 0
        while wait(shared, done) {
            let published = shared.ring.pointee.published.load(ordering: .acquiring)
            while done != published {
                perform(shared.ring.pointee.slot(done), shared.names)
                done &+= 1
                shared.ring.pointee.done.store(done, ordering: .sequentiallyConsistent)
            }
            if shared.completions.pointee.isParked.exchange(
                false, ordering: .sequentiallyConsistent)
            {
                shared.completions.pointee.bell.ring()
            }
        }
    }

    /// False when the thread is to end: nothing is left to do then.
    private static func wait(_ shared: SharedRing, _ done: Int) -> Bool {
        let ring = shared.ring
        while true {
            for _ in 0..<IOThreads.spins
            where ring.pointee.published.load(ordering: .acquiring) != done {
                return true
            }
            ring.pointee.isParked.store(true, ordering: .sequentiallyConsistent)
            if ring.pointee.published.load(ordering: .sequentiallyConsistent) != done {
                ring.pointee.isParked.store(false, ordering: .sequentiallyConsistent)
                return true
            }
            if ring.pointee.stops.load(ordering: .sequentiallyConsistent) { return false }
            _ = ring.pointee.bell.wait(milliseconds: -1)
        }
    }

    fileprivate static func perform(_ job: UnsafeMutablePointer<Job>, _ names: CommandNames) {
        let connection = job.pointee.connection
        switch job.pointee.kind {
        case .read:
            switch connection.pointee.stream.receive(into: job.pointee.target, job.pointee.count) {
            case .bytes(let count):
                job.pointee.result = count
                job.pointee.input.end &+= count
                job.pointee.prepared.unsafelyUnwrapped.pointee.parse(&job.pointee.input, names)
            case .closed: job.pointee.result = 0
            case .wouldBlock: job.pointee.result = Job.wouldBlock
            case .failed: job.pointee.result = Job.failed
            }
        case .write:
            while job.pointee.moved < job.pointee.count {
                switch connection.pointee.stream.send(
                    job.pointee.target + job.pointee.moved, job.pointee.count - job.pointee.moved)
                {
                case .bytes(let count): job.pointee.moved += count
                case .wouldBlock:
                    job.pointee.result = Job.wouldBlock
                    return
                case .closed, .failed:
                    job.pointee.result = Job.failed
                    return
                }
            }
            job.pointee.result = job.pointee.moved
        }
    }
}
