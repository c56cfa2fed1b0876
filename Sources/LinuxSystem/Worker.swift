// Threads of the data plane: plain pthreads, pinned where asked. Work is handed over once, in a
// `sending` closure; results come back by join. Async stays out of hot loops.
import CLinux
import Glibc
import Quantities
import SystemPackage

/// A running thread that must be joined exactly once.
public struct Worker: ~Copyable {
    private let thread: pthread_t

    private final class Box {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    /// Starts `body` on a thread of its own.
    /// - Throws: EAGAIN when the system has no room for another thread.
    public init(_ body: sending @escaping () -> Void) throws(SystemCallError) {
        let box = Unmanaged.passRetained(Box(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Box>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SystemCallError("pthread_create", Errno(rawValue: code))
        }
        self.thread = thread
    }

    /// Waits until the thread has ended.
    public consuming func join() {
        pthread_join(thread, nil)
    }

    /// Restricts the calling thread to `cpus`.
    /// - Throws: EINVAL when none of them exists or is allowed here.
    public static func pinCurrentThread(to cpus: [Int]) throws(SystemCallError) {
        let numbers = cpus.map(CInt.init)
        let code = hashmark_pin_thread(numbers, CInt(numbers.count))
        if code != 0 {
            throw SystemCallError(
                "sched_setaffinity", Errno(rawValue: -code), "CPUs \(CPUList.text(cpus))")
        }
    }
}

/// Running threads that are joined together.
public struct WorkerGroup: ~Copyable {
    private let workers: UnsafeMutablePointer<Worker>
    private let capacity: Int
    private var count = 0

    /// - Parameter capacity: threads that there may be.
    public init(capacity: Int) {
        self.capacity = capacity
        workers = .allocate(capacity: max(capacity, 1))
    }

    /// Starts `body` on a thread of its own.
    /// - Throws: EAGAIN when the system has no room for another thread.
    public mutating func start(_ body: sending @escaping () -> Void) throws(SystemCallError) {
        precondition(count < capacity, "no more threads than there is room for")
        let worker = try Worker(body)
        (workers + count).initialize(to: worker)
        count += 1
    }

    /// Waits until all of them have ended.
    public mutating func join() {
        for index in 0..<count { (workers + index).move().join() }
        count = 0
    }

    deinit {
        for index in 0..<count { (workers + index).move().join() }
        workers.deallocate()
    }
}
