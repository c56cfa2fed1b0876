// What a load loop keeps of its schedule: the moments to come, how far the burst is with them, and
// the connections that are free meanwhile. When a request is due, how long may be waited for
// replies and where the schedule ends is said here; what is then sent, and to whom, is the
// worker's.
//
//     free: [ c7 | c2 | c9 | … ]  ring, longest free first
//
// After the end of the schedule the backlog is still sent for a second, so that a stall shortly
// before the end is measured and not left out; what is left then is counted as unsent.
//
// A schedule may be cut into bursts, each of which is read by itself. Its clock is not theirs:
//
//     schedule   0 ──────── 250 ──────── 500 ──────── 750 ms
//     bursts     ├── burst ──┤├─ a stall, then ─┤├─┤├ burst ┤   catching up, and on time again
//
// A burst lasts as long as its schedule: to the end that was asked for, or to a source's own where
// that comes first, with the gap behind the last request.
import LinuxSystem
import Statistics

/// State of an open loop; memory of its own, allocated with the first paced burst.
struct OpenLoop: ~Copyable {
    var pacer: Pacer
    /// When the schedule began, on the monotonic clock.
    var startedAt: UInt64 = 0
    /// How much of it the bursts up to this one cover, and when the last of its backlog is given
    /// up.
    var coveredNanoseconds: UInt64 = 0
    /// Up to where the bursts before this one reached: to the end of their part of the schedule, or
    /// to their own, when the last one caught up.
    var readTo: UInt64 = 0
    var endedAt: UInt64 = 0
    var givenUpAt: UInt64 = .max
    /// Of every command, from the intended moment.
    let latency: UnsafeMutablePointer<LatencyRecorder>
    let commandCount: Int
    let slip = LatencyRecorder()
    /// Intended moments of the requests of each connection's batch.
    let intended: UnsafeMutablePointer<UInt64>
    let batchRequests: Int
    /// Requests that each moment of the schedule sends.
    private(set) var step = 1
    /// Paced by the source's own schedule.
    private(set) var followsSource = false
    private let free: UnsafeMutablePointer<Int>
    private let capacity: Int
    private var first = 0
    private(set) var freeCount = 0

    var planned: UInt64 = 0
    var unsent: UInt64 = 0
    var endLag: UInt64 = 0
    /// Nothing more is sent; the burst ends at `endsAt`, once nothing is outstanding.
    var isOver = false
    /// The end of the burst's part of the schedule, on the monotonic clock; `.max` where it ends
    /// with its requests. A source's is known when it is over.
    var endsAt: UInt64 = .max
    /// When the wait that goes on has to end, on the monotonic clock, and by how much those before
    /// it were late.
    var awakeBy: UInt64 = .max
    var overslept: UInt64 = 0

    init(connections: Int, batchRequests: Int, commands: Int, pacer: Pacer) {
        self.pacer = pacer
        self.batchRequests = batchRequests
        commandCount = commands
        latency = .allocate(capacity: commands)
        for index in 0..<commands { (latency + index).initialize(to: LatencyRecorder()) }
        intended = .allocate(capacity: max(connections * batchRequests, 1))
        intended.initialize(repeating: 0, count: max(connections * batchRequests, 1))
        capacity = max(connections, 1)
        free = .allocate(capacity: capacity)
        free.initialize(repeating: 0, count: capacity)
    }

    deinit {
        latency.deinitialize(count: commandCount).deallocate()
        intended.deallocate()
        free.deallocate()
    }

    /// Begins a burst, of a new schedule where there is a pacer.
    private mutating func reset(_ pacer: Pacer?, step: Int, connections: Int) {
        if let pacer {
            self.pacer = pacer
            (coveredNanoseconds, givenUpAt) = (0, .max)
        }
        self.step = step
        for index in 0..<commandCount { latency[index].reset() }
        slip.reset()
        (planned, unsent, endLag, isOver, first, freeCount) = (0, 0, 0, false, 0, 0)
        (endsAt, awakeBy, overslept) = (.max, .max, 0)
        for index in 0..<connections { release(index) }
    }

    @inline(__always)
    mutating func release(_ connection: Int) {
        var slot = first &+ freeCount
        if slot >= capacity { slot &-= capacity }
        free[slot] = connection
        freeCount &+= 1
    }

    @inline(__always)
    mutating func take() -> Int {
        let connection = free[first]
        first &+= 1
        if first == capacity { first = 0 }
        freeCount &-= 1
        return connection
    }
}

extension OpenLoop {
    /// The longest wait, so that stalls and interruptions are seen.
    static var longestWait: UInt64 { 50_000_000 }
    /// How long a backlog is still sent after the schedule's end.
    private static var graceNanoseconds: UInt64 { 1_000_000_000 }
    /// Moments of a schedule given up that are counted one by one; a rate that nothing can send has
    /// more of them than anybody would wait for.
    private static var countedMoments: Int { 1 << 20 }

    /// Makes a worker's loop ready for a burst, and the calling thread's timers sharp.
    /// - Parameters:
    ///   - loop: the worker's; nil before its first paced burst.
    ///   - connections: those that it keeps the free ones of.
    ///   - commands: how many there are.
    /// - Returns: the worker's loop from now on.
    static func prepare(
        _ loop: UnsafeMutablePointer<OpenLoop>?, _ pace: Pace, _ place: WorkerPlace, pipeline: Int,
        unit: Int, connections: Int, commands: Int
    ) -> UnsafeMutablePointer<OpenLoop> {
        let step = pace.sendsWholePipelines ? pipeline : unit
        var next: Pacer?
        if !pace.goesOn || loop == nil { next = Pacer(pace, place, requests: step) }
        let prepared: UnsafeMutablePointer<OpenLoop>
        if let loop {
            prepared = loop
        } else {
            prepared = .allocate(capacity: 1)
            prepared.initialize(
                to: OpenLoop(
                    connections: connections, batchRequests: pipeline, commands: commands,
                    pacer: next ?? Pacer(pace, place, requests: step)))
        }
        prepared.pointee.reset(next, step: step, connections: connections)
        prepared.pointee.followsSource = pace.isOfSource
        Worker.sharpenTimersOfCurrentThread()
        return prepared
    }

    /// Sets the clock of the schedule, and the end of this burst on it.
    /// - Returns: the burst's deadline; nil where it ends with its requests.
    mutating func start(_ pace: Pace, _ limit: BurstLimit, at now: UInt64) -> UInt64? {
        if !pace.goesOn || startedAt == 0 {
            startedAt = now
            endedAt = now
        }
        readTo = max(endedAt, startedAt &+ coveredNanoseconds)
        guard case .duration(let nanoseconds) = limit else { return nil }
        coveredNanoseconds &+= nanoseconds
        let deadline = startedAt &+ coveredNanoseconds
        endsAt = deadline
        let end = pace.wholeNanoseconds.map { startedAt &+ $0 } ?? deadline
        givenUpAt = max(end, deadline) &+ Self.graceNanoseconds
        return deadline
    }

    /// When the next request is due, `.max` when there is none. A pacer knows one moment, a source
    /// also those `ahead` of it.
    @inline(__always)
    func nextMoment<Source: RequestSource & ~Copyable>(
        _ source: inout Source, _ ahead: Int = 0
    ) -> UInt64 {
        guard followsSource else { return startedAt &+ pacer.next }
        guard let due = source.due(ahead) else { return .max }
        return startedAt &+ due
    }

    /// How long to wait for replies, in ns: no longer than to the next moment.
    /// - Parameters:
    ///   - longest: what is waited otherwise.
    ///   - canSend: what is due then can be sent, or drawn, without a reply.
    mutating func pause<Source: RequestSource & ~Copyable>(
        _ longest: UInt64, canSend: Bool, _ source: inout Source
    ) -> UInt64 {
        var wait = longest
        awakeBy = .max
        if canSend && !isOver {
            let moment = nextMoment(&source)
            let current = Clock.monotonicNanoseconds()
            wait = moment > current ? min(moment &- current, wait) : 0
            awakeBy = current &+ wait
        } else if isOver && endsAt < .max {
            let current = Clock.monotonicNanoseconds()
            if endsAt > current { wait = min(endsAt &- current, wait) }
        }
        return wait
    }

    /// The schedule has come to the end of its part that is the burst's.
    /// - Parameter moment: when the next request is due.
    mutating func end<Source: RequestSource & ~Copyable>(
        at moment: UInt64, _ source: borrowing Source, deadline: UInt64
    ) {
        isOver = true
        guard followsSource else { return }
        let end = moment == .max ? startedAt &+ source.scheduleNanoseconds : moment
        endsAt = min(end, deadline)
    }

    /// Sends nothing more: what is left of the schedule before `deadline`, and of the requests that
    /// the burst may send, is unsent. Of a source's that is not known.
    @inline(never)
    mutating func giveUp(before deadline: UInt64, budget: inout Int) {
        let before = unsent
        if !followsSource { countUnsent(before: deadline, budget: &budget) }
        planned &+= unsent &- before
        isOver = true
    }

    private mutating func countUnsent(before deadline: UInt64, budget: inout Int) {
        var counted = 0
        while startedAt &+ pacer.next < deadline && budget > 0 {
            counted += 1
            guard counted <= Self.countedMoments else {
                let left = pacer.skip(to: deadline &- startedAt) * Double(step)
                unsent &+= UInt64(min(left, Double(min(budget, 1 << 62))))
                break
            }
            let part = min(step, budget)
            unsent &+= UInt64(part)
            budget &-= part
            pacer.advance()
        }
    }

    /// The wait that has just ended was to end at `awakeBy`.
    @inline(never)
    mutating func noteOversleeping(_ now: UInt64) {
        let late = now &- awakeBy
        if late > LoopLimits.oversleepingNanoseconds { overslept &+= late }
    }

    /// Whether the schedule has come to its end. A burst lasts as long as it was asked to, also
    /// when its last request is due long before.
    /// - Parameter budget: requests that it may still draw.
    @inline(__always)
    func isPast(_ budget: Int, _ now: UInt64) -> Bool {
        isOver && (endsAt == .max || budget <= 0 || now >= endsAt)
    }

    /// The latencies from the intended moments, into the samples of the same commands.
    func fill(_ commands: inout [CommandSample]) {
        for index in commands.indices {
            commands[index].intendedLatency = latency[index].histogram()
        }
    }

    /// What the burst made of its schedule.
    /// - Parameters:
    ///   - start: when the burst began, as `now` and `deadline` on the monotonic clock.
    ///   - isBrokenOff: it came to no end of its own.
    func sample(
        from start: UInt64, to now: UInt64, deadline: UInt64, isBrokenOff: Bool
    ) -> PacingSample {
        var sample = PacingSample()
        sample.planned = planned
        sample.unsent = unsent
        sample.slip = slip.histogram()
        sample.endLagNanoseconds = endLag
        sample.oversleptNanoseconds = overslept
        if followsSource {
            // of one that was broken off, as far as it came
            let isWhole = !isBrokenOff && !Interruption.requested && endsAt < .max
            sample.scheduleNanoseconds = max(isWhole ? endsAt : now, start) &- start
        } else if deadline < .max {
            // also the moments between two bursts: none of the schedule's time is nobody's
            sample.scheduleNanoseconds = max(now, readTo) &- readTo
        } else {
            sample.scheduleNanoseconds = pacer.next
        }
        return sample
    }
}
