// Where a running process spends its time: call stacks, sampled by the kernel and unwound here.
//
//   Sampling    a perf event and a ring per thread; one thread of ours empties them meanwhile
//   Unwinding   each sample's copy of registers and stack becomes return addresses, by .eh_frame
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
import LinuxSystem
import RunRecord

public final class Profiler: Sendable {
    public struct Options: Equatable, Sendable {
        /// Samples per second of a thread's CPU time. A prime, so that it beats with no timer.
        public var hertz = 997
        /// Time spent waiting instead of CPU time: a sample whenever a thread leaves its CPU,
        /// weighted by how long it stayed away, in ns.
        public var offCPU = false
        /// The kernel's part of the stacks, where it may be seen. Without it, time in the kernel
        /// is its caller's.
        public var kernel = true
        /// Functions that were inlined, and where functions begin: asks llvm-symbolizer, where
        /// there is one.
        public var inlines = true

        public init() {}
    }

    public let options: Options
    private let binaries: Binaries
    private let sampling: DrainThread

    private static let mostHertz = "/proc/sys/kernel/perf_event_max_sample_rate"

    /// Opens events on all threads of `pid`; nothing is sampled before `start`.
    /// - Parameter binaries: what is known of binaries already, and is to be kept.
    /// - Throws: where nothing can be sampled: no such process, no rights, no descriptors, no
    ///   memory for rings, a rate that the kernel does not allow.
    public init(
        pid: pid_t, _ options: Options = Options(), binaries: Binaries = Binaries()
    ) throws(ProfilerError) {
        let most = SmallFile.line(Self.mostHertz).flatMap { Int($0) } ?? .max
        guard 1...most ~= options.hertz else {
            throw ProfilerError.rate(hertz: options.hertz, most: most)
        }
        self.options = options
        self.binaries = binaries
        sampling = try DrainThread(try Sampler(pid: pid, options, binaries))
    }

    /// Samples from now on. A few µs per thread, and the time to read /proc/PID/maps.
    public func start() { sampling.start() }

    /// Ends what `start` began: the weights of this window alone, one per stack of this profiler
    /// (not of a `StackProfile`: see `profile`), and as its total the process's CPU time in the
    /// window, or the time that threads were seen to wait, in ns.
    /// - Parameter operations: what the process did in the window, for whoever knows.
    @discardableResult public func stop(operations: UInt64? = nil) -> StackProfile.Round {
        let window = sampling.stop()
        return StackProfile.Round(
            weights: window.weights, operations: operations, total: window.total)
    }

    /// Windows of this profiler with names in place of addresses, and how good they are: the
    /// quality is that of all windows so far. The process may be gone.
    /// - Parameter rounds: results of `stop`, or sums of them (`StackProfile.Round.add`).
    /// - Complexity: reads symbols and asks for inlined functions: 0.1 s and more the first time,
    ///   so not between slices.
    public func profile(
        target: String, workload: String? = nil, rounds: [StackProfile.Round]
    ) -> StackProfile {
        let (stacks, tally, event) = sampling.seen
        var profile = StackProfile(
            target: target, workload: workload,
            unit: options.offCPU ? .offCPUNanoseconds : .cpuNanoseconds)
        var remarks = tally.remarks(event)
        let frames = Set(stacks.stacks.joined())
        let names = binaries.names(of: frames, inlines: options.inlines, remarks: &remarks)
        var assembly = ProfileAssembly(names)
        let numbers = stacks.stacks.map { assembly.number(of: $0) }
        profile.frames = assembly.frames
        profile.stacks = assembly.stacks
        profile.rounds = rounds.map { round in
            var weights = [Double](repeating: 0, count: assembly.stacks.count)
            for (number, weight) in zip(numbers, round.weights) { weights[number] += weight }
            return StackProfile.Round(
                weights: weights, operations: round.operations, total: round.total)
        }
        profile.quality = tally.quality(event)
        for (number, count) in zip(numbers, stacks.userSamples) {
            profile.quality.userSamples += count
            guard let leaf = assembly.stacks[number].last, assembly.frames[leaf].kind != .unnamed
            else { continue }
            profile.quality.namedUserLeaves += count
        }
        profile.quality.remarks = remarks
        profile.buildIDs = binaries.buildIDs(of: frames)
        return profile
    }
}

/// Frames and stacks with names, each once: addresses that have one name become one frame.
private struct ProfileAssembly {
    private(set) var frames: [StackProfile.Frame] = []
    private(set) var stacks: [[Int]] = []
    private let names: [RawFrame: [StackProfile.Frame]]
    private var frameNumbers: [StackProfile.Frame: Int] = [:]
    private var stackNumbers: [[Int]: Int] = [:]

    init(_ names: [RawFrame: [StackProfile.Frame]]) { self.names = names }

    mutating func number(of stack: [RawFrame]) -> Int {
        var path: [Int] = []
        for frame in stack {
            for name in names[frame] ?? [] { path.append(number(of: name)) }
        }
        if let number = stackNumbers[path] { return number }
        stackNumbers[path] = stacks.count
        stacks.append(path)
        return stacks.count - 1
    }

    private mutating func number(of frame: StackProfile.Frame) -> Int {
        if let number = frameNumbers[frame] { return number }
        frameNumbers[frame] = frames.count
        frames.append(frame)
        return frames.count - 1
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
