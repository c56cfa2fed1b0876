// The load loop by a schedule: what is due is sent on the connection that has been free longest;
// what finds none waits, and its waiting counts in the latency from the intended moment.
//
//     free: [ c7 | c2 | c9 | … ]  ring, longest free first
//     due moments ─► at most `pipeline` of them become one batch of c7 ─► answered: c7 goes last
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
    mutating func reset(_ pacer: Pacer?, step: Int, connections: Int) {
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
    /// How long a backlog is still sent after the schedule's end.
    private static var graceNanoseconds: UInt64 { 1_000_000_000 }
    /// Moments of a schedule given up that are counted one by one; a rate that nothing can send has
    /// more of them than anybody would wait for.
    private static var countedMoments: Int { 1 << 20 }

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

    /// Counts what is left of the pacer's schedule before `deadline`, and of the requests that the
    /// burst may send, as unsent.
    mutating func giveUp(before deadline: UInt64, budget: inout Int) {
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
    /// - Parameter scheduleNanoseconds: how long that was, where the requests bring it along.
    func sample(
        now: UInt64, deadline: UInt64, scheduleNanoseconds: UInt64?
    ) -> PacingSample {
        var sample = PacingSample()
        sample.planned = planned
        sample.unsent = unsent
        sample.slip = slip.histogram()
        sample.endLagNanoseconds = endLag
        sample.oversleptNanoseconds = overslept
        sample.scheduleNanoseconds =
            scheduleNanoseconds
            ?? (deadline < .max
                // also the moments between two bursts: none of the schedule's time is nobody's
                ? max(now, readTo) &- readTo : pacer.next)
        return sample
    }
}

extension LoadWorker where Source: ~Copyable {
    /// The longest wait, so that stalls and interruptions are seen.
    private static var longestWait: UInt64 { 50_000_000 }

    mutating func preparePaced(_ pace: Pace) {
        followsSource = pace.isOfSource
        let step = pace.sendsWholePipelines ? pipeline : unit
        let goesOn = pace.goesOn && openLoop != nil
        let pacer = goesOn ? openLoop.pointee.pacer : Pacer(pace, place, requests: step)
        if openLoop == nil {
            openLoop = .allocate(capacity: 1)
            openLoop.initialize(
                to: OpenLoop(
                    connections: connectionCount, batchRequests: pipeline,
                    commands: labels.count, pacer: pacer))
        }
        openLoop.pointee.reset(goesOn ? nil : pacer, step: step, connections: connectionCount)
        Worker.sharpenTimersOfCurrentThread()
    }

    /// The clock of the schedule, and the end of this burst on it.
    mutating func startSchedule(_ pace: Pace, _ limit: BurstLimit) {
        guard let end = openLoop.pointee.start(pace, limit, at: startedAt) else { return }
        deadline = end
    }

    /// When the next request is due, `.max` when there is none. A pacer knows one moment, a source
    /// also those `ahead` of it.
    @inline(__always)
    private mutating func nextMoment(_ ahead: Int = 0) -> UInt64 {
        let start = openLoop.pointee.startedAt
        guard followsSource else { return start &+ openLoop.pointee.pacer.next }
        guard let due = source.due(ahead) else { return .max }
        return start &+ due
    }

    mutating func pacedLoop(_ tick: (UInt64) -> Void) {
        defer { openLoop.pointee.endedAt = now }
        var housekeeping = now &+ LoopLimits.housekeepingNanoseconds
        while !hasFailed {
            dispatch()
            if outstanding == 0 && handshaking == 0 {
                if openLoop.pointee.isPast(budget, now) { return }
                lastByteAt = now  // nothing is awaited, so nothing stalls
            }
            let count: Int
            do throws(SystemCallError) {
                count = try waitForEvents()
            } catch {
                fail(.system(error))
                return
            }
            now = Clock.monotonicNanoseconds()
            if now > openLoop.pointee.awakeBy { openLoop.pointee.noteOversleeping(now) }
            var index = 0
            while index < count {
                handle(epoll.event(at: index))
                index &+= 1
            }
            if now >= housekeeping {
                housekeeping = now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(now)
            }
        }
    }

    /// Where the burst's part of a source's schedule ends, of which the next request is due at
    /// `moment`.
    private func sourceEnd(_ moment: UInt64) -> UInt64 {
        let start = openLoop.pointee.startedAt
        return min(moment == .max ? start &+ source.scheduleNanoseconds : moment, deadline)
    }

    /// Waits for replies, and no longer than to the next moment that a free connection can serve.
    private mutating func waitForEvents() throws(SystemCallError) -> Int {
        var wait = Self.longestWait
        openLoop.pointee.awakeBy = .max
        if openLoop.pointee.freeCount > 0 && !openLoop.pointee.isOver {
            let moment = nextMoment()
            let current = Clock.monotonicNanoseconds()
            wait = moment > current ? min(moment &- current, wait) : 0
            openLoop.pointee.awakeBy = current &+ wait
        } else if openLoop.pointee.isOver && openLoop.pointee.endsAt < .max {
            let end = openLoop.pointee.endsAt
            let current = Clock.monotonicNanoseconds()
            if end > current { wait = min(end &- current, wait) }
        }
        return try epoll.wait(nanoseconds: wait)
    }

    /// Sends what is due, as far as there are free connections.
    @inline(__always)
    private mutating func dispatch() {
        guard !openLoop.pointee.isOver else { return }
        now = Clock.monotonicNanoseconds()
        while !hasFailed {
            let moment = nextMoment()
            // A source at its end may yet have to answer misses.
            if moment == .max && budget > 0 && outstanding > 0 { return }
            if budget <= 0 || moment >= deadline {
                openLoop.pointee.isOver = true
                if followsSource { openLoop.pointee.endsAt = sourceEnd(moment) }
                return
            }
            if now > openLoop.pointee.givenUpAt {
                giveUp()
                return
            }
            guard moment <= now, openLoop.pointee.freeCount > 0 else { return }
            sendDue(openLoop.pointee.take())
        }
    }

    private mutating func sendDue(_ index: Int) {
        let connection = connections + index
        let moments = openLoop.pointee.intended + index &* openLoop.pointee.batchRequests
        var count = 0
        while count < pipeline && budget > 0 {
            let moment = nextMoment(count)
            guard moment <= now, moment < deadline else { break }
            let part = min(openLoop.pointee.step, budget)
            for _ in 0..<part {
                moments[count] = moment
                count &+= 1
            }
            budget &-= part
            openLoop.pointee.pacer.advance()
        }
        openLoop.pointee.planned &+= UInt64(truncatingIfNeeded: count)
        outstanding &+= count
        start(connection, count)
        let sentAt = connection.pointee.sentAt
        var position = 0
        while position < count {
            let moment = moments[position]
            openLoop.pointee.slip.record(sentAt > moment ? sentAt &- moment : 1)
            position &+= 1
        }
        openLoop.pointee.endLag = sentAt > moments[count - 1] ? sentAt &- moments[count - 1] : 0
    }

    /// Counts what is left of the schedule as unsent.
    @inline(never)
    private mutating func giveUp() {
        if !followsSource { openLoop.pointee.giveUp(before: deadline, budget: &budget) }
        openLoop.pointee.planned &+= openLoop.pointee.unsent
        openLoop.pointee.isOver = true
    }

    /// A reply to the request at `position` of its connection's batch.
    @inline(__always)
    mutating func recordIntended(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ position: Int, _ command: Int
    ) {
        let index = connection - connections
        let moment = openLoop.pointee.intended[index &* openLoop.pointee.batchRequests &+ position]
        openLoop.pointee.latency[command].record(now > moment ? now &- moment : 1)
    }

    func pacingSample() -> PacingSample {
        openLoop.pointee.sample(
            now: now, deadline: deadline,
            scheduleNanoseconds: followsSource ? sourceNanoseconds : nil)
    }

    /// How much of a source's schedule the burst was; one that was broken off, as far as it came.
    private var sourceNanoseconds: UInt64 {
        let end = openLoop.pointee.endsAt
        let isWhole = !hasFailed && !Interruption.requested && end < .max
        return max(isWhole ? end : now, startedAt) &- startedAt
    }
}
