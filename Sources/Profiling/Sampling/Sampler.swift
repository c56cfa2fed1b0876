// The rings of all threads of a process: opened, enabled for a window, emptied, closed. Each sample
// becomes a stack at once, and its copy of memory is dropped.
//
// A mapped ring cannot be inherited by the threads that its own starts, so the list of threads is
// read at every start, when the kernel tells of a new one, and now and then.
//
// What may be locked in memory is one allowance for all rings: where it is too small for one more,
// all become smaller.
import Glibc
import LinuxSystem
import Quantities
import SystemPackage

struct Sampler {
    let pid: pid_t
    private(set) var event: SamplingEvent
    private(set) var stacks = StackTable()
    var tally = SampleTally()

    private var rings: [pid_t: PerfRing] = [:]
    /// Every thread that was ever opened, and those that the kernel told of and that were not.
    private var opened: Set<pid_t> = []
    private var announced: Set<pid_t> = []
    /// Another program runs now: which thread is whose may be otherwise.
    private var wantsAnew = false
    private var ringBytes: Int
    private let binaries: Binaries
    private var space: AddressSpace
    private var isRunning = false
    private var nextScan: UInt64 = 0
    /// New threads were found a short while before this: more may come.
    private var restlessUntil: UInt64 = 0
    /// Of the present window, by stack.
    private var weights: [Int: Double] = [:]
    /// Threads that wait, of those switches that were sampled.
    private var away: [pid_t: Wait] = [:]
    /// Reused from sample to sample.
    private var path: [RawFrame] = []

    private struct Wait {
        var stack: Int
        /// Of CLOCK_MONOTONIC.
        var since: UInt64
        /// How many waits it stands for.
        var period: UInt64

        /// ns until `end`, of all that it stands for.
        func weight(until end: UInt64) -> Double {
            end > since ? Double(end - since) * Double(period) : 0
        }
    }

    /// For so many ms after a thread began, rings are looked at every other ms: only there the
    /// kernel tells of the next.
    private static let restless = 500
    /// Threads may come and go this often while they are opened.
    private static let mostScans = 16
    /// 250 ms of one busy thread at 997 Hz and 16 KiB a sample.
    private static let mostRing = 4 << 20
    /// Some samples of 32 KiB: less is no ring at all.
    private static let leastRing = 128 << 10
    /// The rings of a process with many threads, most of which are idle.
    private static let mostOfAll = 128 << 20

    /// Opens the event on every thread.
    init(
        pid: pid_t, _ options: Profiler.Options, _ binaries: Binaries
    ) throws(ProfilerError) {
        self.pid = pid
        self.binaries = binaries
        var found: SamplingEvent?
        let threads = Self.threads(of: pid)
        for thread in threads where found == nil {
            found = try SamplingEvent.find(on: thread, of: pid, options)
        }
        guard let found else { throw ProfilerError.noProcess(pid) }
        event = found
        if binaries.wantsLargeStacks { event.stackBytes = SamplingEvent.largeStack }
        ringBytes = Self.mostRing
        space = AddressSpace(pid: pid, binaries: binaries)
        space.refresh()
        try attach()
        if rings.isEmpty { throw ProfilerError.noProcess(pid) }
    }

    private static func threads(of pid: pid_t) -> [pid_t] {
        SmallFile.names(in: "/proc/\(pid)/task").compactMap { pid_t($0) }
    }

    // MARK: threads

    /// Opens threads that are new and closes those that are gone, until nothing changes.
    private mutating func attach() throws(ProfilerError) {
        for _ in 0..<Self.mostScans {
            let threads = Self.threads(of: pid)
            // First: new ones may need their memory. Of a process that has ended none is listed.
            for gone in Set(rings.keys).subtracting(threads) { close(gone) }
            fitRings(of: threads.count)
            var isNew = false
            for thread in threads where rings[thread] == nil {
                // A first thread that has ended before others is listed and cannot be opened.
                guard let ring = try open(thread, threads.count) else { continue }
                isNew = true
                if isRunning {
                    ring.enable()
                    restlessUntil = Clock.deadline(milliseconds: Self.restless)
                }
                rings[thread] = ring
                opened.insert(thread)
                announced.remove(thread)
            }
            if !isNew { break }
        }
    }

    /// Rings of more threads are smaller, those that are open too.
    private mutating func fitRings(of threads: Int) {
        let before = ringBytes
        while ringBytes > Self.leastRing, ringBytes * threads > Self.mostOfAll { ringBytes /= 2 }
        if ringBytes < before { closeAll() }
    }

    /// Nil when the thread is gone.
    private mutating func open(
        _ thread: pid_t, _ count: Int
    ) throws(ProfilerError) -> PerfRing? {
        while true {
            let descriptor: CInt
            switch event.open(on: thread) {
            case .success(let opened): descriptor = opened
            case .failure(let errno):
                switch errno.rawValue {
                case ESRCH: return nil
                case EMFILE, ENFILE: throw ProfilerError.descriptors(threads: count)
                case EACCES, EPERM: throw ProfilerError.notAllowed(pid)
                default: throw ProfilerError.system(errno)
                }
            }
            do throws(Errno) {
                return try PerfRing(descriptor: descriptor, bytes: ringBytes)
            } catch {
                // EPERM: more than may be locked in memory. Those that are open have most of it:
                // the next look at the list opens them again.
                guard ringBytes > Self.leastRing else { throw ProfilerError.noMemory }
                ringBytes /= 2
                tally.hasSmallRings = true
                closeAll()
            }
        }
    }

    private mutating func close(_ thread: pid_t) {
        guard let ring = rings.removeValue(forKey: thread) else { return }
        empty(ring)
    }

    /// What is in the rings is kept.
    private mutating func closeAll() {
        let all = rings
        rings = [:]
        for ring in all.values {
            ring.disable()
            empty(ring)
        }
    }

    /// Looks for new threads; what cannot be sampled is told as a remark.
    private mutating func scan() {
        nextScan = Clock.deadline(milliseconds: 100)
        if wantsAnew {
            // First: the new ones need their memory.
            closeAll()
            wantsAnew = false
        }
        do throws(ProfilerError) {
            try attach()
        } catch {
            tally.missedThreads = "\(error)"
        }
    }

    // MARK: windows

    /// Begins a window.
    mutating func start() {
        space.refresh()
        scan()
        weights.removeAll(keepingCapacity: true)
        away.removeAll()
        isRunning = true
        tally.begin(pid)
        for ring in rings.values { ring.enable() }
    }

    /// Ends it. - Returns: weights by stack, and what they stand for, in ns.
    mutating func stop() -> (weights: [Double], total: Double) {
        for ring in rings.values { ring.disable() }
        let end = Clock.monotonicNanoseconds()
        isRunning = false
        let cpu = tally.end(pid)
        for ring in rings.values { empty(ring) }
        if !announced.isEmpty, tally.missedThreads == nil {
            tally.unseenThreads = announced.subtracting(Self.threads(of: pid)).count
        }
        for wait in away.values { weights[wait.stack, default: 0] += wait.weight(until: end) }
        var total = cpu
        if event.source == .contextSwitch {
            total = weights.values.reduce(0, +)
        } else if event.excludesKernel {
            let user = weights.values.reduce(0, +)
            let unseen = stacks.number(of: [RawFrame(.unseenKernel)])
            weights[unseen, default: 0] += user * tally.systemPerUser
        }
        var list = [Double](repeating: 0, count: stacks.stacks.count)
        for (stack, weight) in weights { list[stack] = weight }
        // Of a process that has ended the clock is gone, too.
        if total == 0 {
            total = Double(tally.windowSamples) * Nanoseconds.perSecond / Double(event.hertz)
        }
        return (list, total)
    }

    /// Milliseconds after which rings are a quarter full at most.
    var drainPeriod: Int {
        if Clock.monotonicNanoseconds() < restlessUntil { return 2 }
        let perSecond = Double(event.hertz) * Double(event.stackBytes + 1_024)
        return max(1, min(50, Int(Double(ringBytes) / perSecond * 250)))
    }

    /// Takes the samples of all rings.
    mutating func drain() {
        guard isRunning else { return }
        for ring in rings.values { empty(ring) }
        if event.stackBytes < SamplingEvent.largeStack, tally.wantsMoreOfStacks {
            event.stackBytes = SamplingEvent.largeStack
            binaries.wantLargeStacks()
            wantsAnew = true
        }
        if wantsAnew || Clock.monotonicNanoseconds() >= nextScan { scan() }
    }

    // MARK: records

    private mutating func empty(_ ring: PerfRing) {
        let hasChain = event.hasChain
        ring.drain { type, misc, body in
            if let record = PerfRecord(type: type, misc: misc, body, hasChain: hasChain) {
                take(record)
            }
        }
    }

    private mutating func take(_ record: PerfRecord) {
        switch record {
        case .sample(let sample): take(sample)
        case .mapping(let mapping): space.insert(mapping)
        case .fork(let process, let thread):
            guard process == pid else {
                tally.childProcesses += 1
                return
            }
            nextScan = 0
            if !opened.contains(thread) { announced.insert(thread) }
        case .exit(let thread): away[thread] = nil
        case .exec:
            space.refresh(anew: true)
            // A thread that was not the first has the first one's number now, whose ring is dead.
            wantsAnew = true
        case .lost(let count): tally.lost += Int(clamping: count)
        case .throttled: tally.throttled += 1
        case .switchedIn(let thread, let time):
            guard let wait = away.removeValue(forKey: thread) else { return }
            weights[wait.stack, default: 0] += wait.weight(until: time)
        }
    }

    private mutating func take(_ sample: PerfRecord.Sample) {
        path.removeAll(keepingCapacity: true)
        if !sample.isUser, event.hasChain { appendKernel(sample) }
        if !sample.registers.isEmpty {
            var unwinder = Unwinder(registers: sample.registers, stack: sample.stack)
            let result = unwinder.unwind(in: &space, into: &path)
            tally.count(result, isStackCut: sample.isStackCut)
        } else {
            tally.count(Unwinder.Result(ending: .complete), isStackCut: false)
        }
        path.reverse()
        let stack = stacks.add(path, isUser: sample.isUser)
        switch event.source {
        case .cpuClock: weights[stack, default: 0] += 1
        case .cycles: weights[stack, default: 0] += Double(sample.period)
        case .contextSwitch:
            away[sample.thread] = Wait(
                stack: stack, since: sample.time, period: sample.period)
        }
    }

    /// The kernel's frames, leaf first, between the marks of perf_callchain_context.
    private mutating func appendKernel(_ sample: PerfRecord.Sample) {
        let before = path.count
        for index in 0..<(sample.chain.count / 8) {
            let word = sample.chain.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            // -512: user frames; all marks are above -4096
            if word == UInt64(bitPattern: -512) { break }
            if word < UInt64(bitPattern: -4_095) {
                // As among user frames, callers are where they called.
                path.append(RawFrame(kernel: path.count == before ? word : word &- 1))
            }
        }
        if path.count == before { path.append(RawFrame(kernel: sample.address)) }
    }
}
