// Where a running process spends its time: call stacks, sampled by the kernel and unwound here.
//
//   Sampling    a perf event and a ring per thread; one thread of ours empties them meanwhile
//   Unwinding   each sample's dump of registers and stack becomes return addresses, by .eh_frame
//   Symbols     addresses become functions, inlined ones included, when a profile is asked for
//
//     let profiler = try Profiler(pid: pid)
//     profiler.start()
//     …                                               // load
//     let round = profiler.stop(operations: confirmed)
//     let profile = profiler.profile(target: label, rounds: [round])
//
// A profiler belongs to one process; of a server that is launched anew each round there is one per
// launch, and what was read of its binaries is kept by a `Binaries` that they share.
import Glibc
import RunRecord

public final class Profiler: Sendable {
    public struct Options: Equatable, Sendable {
        /// Samples per second of a thread's CPU time. A prime, so that it beats with no timer.
        public var hertz = 997
        /// Time spent waiting instead of CPU time: a sample whenever a thread leaves its CPU,
        /// weighted by how long it stayed away, in ns.
        public var offCPU = false
        /// The kernel's part of the stacks, where it may be seen.
        public var kernel = true
        /// Functions that were inlined, and lines: asks llvm-symbolizer, where there is one.
        public var inlines = true

        public init() {}
    }

    public let options: Options

    /// Opens events on all threads of `pid`; nothing is sampled before `start`.
    /// - Parameter binaries: what is known of binaries already, and is to be kept.
    /// - Throws: where nothing can be sampled: no such process, no rights, no descriptors, no
    ///   memory for rings.
    public init(
        pid: pid_t, _ options: Options = Options(), binaries: Binaries = Binaries()
    ) throws(ProfilerError) {
        self.options = options
        fatalError("not written yet")
    }

    /// Samples from now on. A few µs per thread, and the time to read /proc/PID/maps.
    public func start() {
    }

    /// Ends what `start` began: the weights of this window alone, one per stack of this profiler
    /// (not of a `StackProfile`: see `profile`), and the process's CPU time in it, in ns.
    /// - Parameter operations: what the process did in the window, for whoever knows.
    @discardableResult public func stop(operations: UInt64? = nil) -> StackProfile.Round {
        fatalError("not written yet")
    }

    /// Windows of this profiler with names in place of addresses, and how good they are. The process
    /// may be gone.
    /// - Parameter rounds: results of `stop`, or sums of them (`StackProfile.Round.add`).
    /// - Complexity: reads symbols and asks for inlined functions: 0.1 s and more the first time,
    ///   so not between slices.
    public func profile(
        target: String, workload: String? = nil, rounds: [StackProfile.Round]
    ) -> StackProfile {
        fatalError("not written yet")
    }
}

extension StackProfile.Round {
    /// No window at all, to add some to.
    public static var empty: Self { Self(weights: [], operations: 0, total: 0) }

    /// Another window of the same profiler becomes part of this one. Operations are unknown where
    /// they are in one of both.
    public mutating func add(_ window: Self) {
        if weights.count < window.weights.count {
            weights += [Double](repeating: 0, count: window.weights.count - weights.count)
        }
        for (stack, weight) in window.weights.enumerated() { weights[stack] += weight }
        operations = operations.flatMap { own in
            window.operations.map { own.addingReportingOverflow($0).partialValue }
        }
        total += window.total
    }
}
