// The threads of a session's workers: parked between bursts, all of them in the same one. What a
// worker does with its part of a burst is the session's; here it is a closure, called once a burst.
import LinuxSystem
import Quantities

struct WorkerTeam {
    let control: BurstControl
    private let threads: UnsafeMutablePointer<Worker>
    /// 0 with one worker, which runs on the caller's thread.
    private(set) var count = 0

    /// - Parameter workers: how many there are.
    init(workers: Int) throws(LoadFailure.Reason) {
        do throws(SystemCallError) {
            control = try BurstControl(workers: workers)
        } catch {
            throw .system(error)
        }
        threads = .allocate(capacity: workers)
    }

    /// Starts a thread for each of `workers`.
    /// - Parameters:
    ///   - cpus: to pin them to, in turn; empty leaves them to the scheduler.
    ///   - body: runs the part of a burst that is the worker's of that number, on its thread.
    mutating func start(
        _ workers: Int, cpus: [Int], _ body: @escaping @Sendable (Int, BurstLimit, Pace?) -> Void
    ) throws(LoadFailure.Reason) {
        do throws(SystemCallError) {
            while count < workers { try startNext(cpus, body) }
        } catch {
            throw .system(error)
        }
    }

    private mutating func startNext(
        _ cpus: [Int], _ body: @escaping @Sendable (Int, BurstLimit, Pace?) -> Void
    ) throws(SystemCallError) {
        let index = count
        let control = self.control
        let thread = try Worker {
            if !cpus.isEmpty { try? Worker.pinCurrentThread(to: [cpus[index % cpus.count]]) }
            while case .run(let limit, let pace) = control.receive(index) {
                body(index, limit, pace)
                control.finished()
            }
        }
        (threads + count).initialize(to: thread)
        count += 1
    }

    /// A burst: on all threads, or on the caller's.
    /// - Parameter alone: runs it on the only worker, and calls what it is given now and then.
    func run(
        _ limit: BurstLimit, _ pace: Pace?, _ progress: (LoadProgress) -> Void,
        alone: (BurstLimit, Pace?, (UInt64) -> Void) -> Void
    ) {
        control.clear()
        var moments = ProgressMoments(since: Clock.monotonicNanoseconds())
        guard count == 0 else {
            return runThreads(limit, pace, &moments, progress)
        }
        // `alone` keeps nothing of what it is given, which Swift cannot see.
        withoutActuallyEscaping(progress) { progress in
            alone(limit, pace) { now in moments.report(control, at: now, progress) }
        }
    }

    private func runThreads(
        _ limit: BurstLimit, _ pace: Pace?, _ moments: inout ProgressMoments,
        _ progress: (LoadProgress) -> Void
    ) {
        control.send(.run(limit, pace))
        var finished: UInt64 = 0
        while finished < UInt64(count) {
            let now = Clock.monotonicNanoseconds()
            moments.report(control, at: now, progress)
            finished += control.waitFinished(
                milliseconds: max(Clock.milliseconds(until: moments.next), 1))
        }
    }

    /// What ended a burst: the first worker's failure; the others may merely have been interrupted
    /// by it.
    static func failure(_ reasons: [LoadFailure.Reason?]) -> LoadFailure.Reason? {
        var interrupted: LoadFailure.Reason?
        for reason in reasons {
            switch reason {
            case nil: continue
            case .interrupted?: interrupted = .interrupted
            case let reason?: return reason
            }
        }
        return interrupted
    }

    /// Ends the threads. Its owner calls it once, last.
    func close() {
        if count > 0 { control.send(.exit) }
        for index in 0..<count { (threads + index).move().join() }
        threads.deallocate()
    }
}

/// When a burst reports its progress.
struct ProgressMoments {
    private(set) var next: UInt64
    private let start: UInt64

    /// How often a long burst does: valkey-benchmark's interval.
    private static var interval: UInt64 { Nanoseconds(250, .milliseconds).count }

    init(since start: UInt64) {
        self.start = start
        next = start + Self.interval
    }

    /// Tells how far the workers are, if it is time.
    mutating func report(
        _ control: BurstControl, at now: UInt64, _ progress: (LoadProgress) -> Void
    ) {
        guard now >= next else { return }
        next += Self.interval
        progress(control.total(since: start, at: now))
    }
}
