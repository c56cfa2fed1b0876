// The thread that empties the rings while a window is open, and sleeps between windows.
import Glibc
import LinuxSystem
import Synchronization

final class DrainThread: Sendable {
    /// What the thread and its owner share.
    private final class Shared: Sendable {
        let sampler: Mutex<Sampler>
        let bell: EventCounter
        let isRunning = Atomic<Bool>(false)
        let isStopping = Atomic<Bool>(false)

        init(_ sampler: sending Sampler, _ bell: consuming EventCounter) {
            self.sampler = Mutex(sampler)
            self.bell = bell
        }

        func run() {
            var period = sampler.withLock { $0.drainPeriod }
            while !isStopping.load(ordering: .acquiring) {
                _ = bell.wait(milliseconds: isRunning.load(ordering: .acquiring) ? period : -1)
                period = sampler.withLock { sampler in
                    sampler.drain()
                    return sampler.drainPeriod
                }
            }
        }
    }

    private let shared: Shared
    private let worker: Mutex<Worker?>

    init(_ sampler: sending Sampler) throws(ProfilerError) {
        do throws(SystemCallError) {
            let shared = Shared(sampler, try EventCounter())
            self.shared = shared
            worker = Mutex(try Worker { shared.run() })
        } catch {
            throw ProfilerError.system(error.errno)
        }
    }

    deinit {
        shared.isStopping.store(true, ordering: .releasing)
        shared.bell.ring()
        worker.withLock { $0.take() }?.join()
    }

    func start() {
        shared.sampler.withLock { $0.start() }
        shared.isRunning.store(true, ordering: .releasing)
        shared.bell.ring()
    }

    func stop() -> (weights: [Double], total: Double) {
        shared.isRunning.store(false, ordering: .releasing)
        return shared.sampler.withLock { $0.stop() }
    }

    /// What was seen so far.
    var seen: (stacks: StackTable, tally: SampleTally, event: SamplingEvent) {
        shared.sampler.withLock { ($0.stacks, $0.tally, $0.event) }
    }
}
