// What a worker keeps of the burst that runs: its share of the requests, the clock, what came of
// them, and how it ended. Of a load on one server and of one on a cluster it is the same.
//
//     prepare ─► start ─► the worker's loop: record, note, fail … ─► end ─► sample
//
// It is a part of its worker, no object: the loop reaches its fields as it does the worker's own,
// without reference counts or exclusivity checks, and what it does for every reply is inlined.
//
// Invariant: budget + outstanding + replies = requests of the burst, with what a worker has drawn
// and not sent yet.
import LinuxSystem
import Quantities
import Statistics

struct BurstAccount: ~Copyable {
    let labels: [CommandLabel]
    let counters: UnsafeMutablePointer<CommandCounters>
    /// Requests that belong together (see `RequestSource.unit`).
    let unit: Int
    /// Requests of a whole batch: the pipeline depth times `unit`.
    let pipeline: Int
    /// Values of whose replies the ends alone are looked at, between two that are looked at whole.
    let wholeInterval: Int
    private let place: WorkerPlace
    private let control: BurstControl
    private let progress: WorkerProgress
    private let endsAtError: Bool

    /// Requests that may yet be drawn, and those that are sent and not answered for good.
    var budget = 0
    var outstanding = 0
    /// When the last wait ended.
    var now: UInt64 = 0
    var lastByteAt: UInt64 = 0
    private(set) var deadline: UInt64 = .max
    private(set) var startedAt: UInt64 = 0
    private(set) var isPaced = false
    /// There since the first paced burst.
    private(set) var openLoop: UnsafeMutablePointer<OpenLoop>!
    private var replies: UInt64 = 0
    private var latencySum: UInt64 = 0
    var bytesSent: UInt64 = 0
    private var bytesReceived: UInt64 = 0
    /// Messages that answer no request.
    var pushes: UInt64 = 0
    var stalls = StallTally()
    private var cpu: UInt64 = 0
    private var queued: UInt64?
    private var errors = ErrorTally()
    var answers = AnswerTally()
    /// Values until the next that is looked at whole, itself included; burst after burst.
    var untilWhole: Int
    private(set) var failure: LoadFailure.Reason?
    private(set) var hasFailed = false

    /// - Parameters:
    ///   - unit: as the source has it, as it has `labels` and `checksWhole`.
    ///   - progress: this worker's.
    init(
        _ labels: [CommandLabel], unit: Int, checksWhole: Bool, _ options: LoadOptions,
        _ place: WorkerPlace, _ control: BurstControl, _ progress: WorkerProgress
    ) {
        self.labels = labels
        self.unit = unit
        self.place = place
        self.control = control
        self.progress = progress
        pipeline = options.pipeline * unit
        endsAtError = options.errorPolicy == .stop
        wholeInterval = checksWhole ? 1 : AnswerTally.wholeInterval
        untilWhole = wholeInterval
        counters = .make(labels.count)
    }

    /// Gives back what it allocated; its worker calls it once, last.
    func close() {
        counters.deinitialize(count: labels.count).deallocate()
        if let openLoop { openLoop.deinitialize(count: 1).deallocate() }
    }
}

// MARK: from the start to the end

extension BurstAccount {
    /// Forgets the burst before, and takes this worker's share of the next.
    /// - Parameters:
    ///   - connections: those that the open loop keeps, of a paced burst.
    ///   - drawn: requests that an earlier burst drew and did not send: they are of this one.
    mutating func prepare(
        _ limit: BurstLimit, _ pace: Pace?, connections: Int, drawn: Int = 0
    ) {
        counters.reset(labels.count)
        errors.reset()
        answers = AnswerTally()
        (replies, latencySum, bytesSent, bytesReceived) = (0, 0, 0, 0)
        (stalls, pushes) = (StallTally(), 0)
        (outstanding, deadline) = (0, .max)
        budget = share(of: limit, drawn)
        isPaced = pace != nil
        guard let pace else { return }
        openLoop = OpenLoop.prepare(
            openLoop, pace, place, pipeline: pipeline, unit: unit, connections: connections,
            commands: labels.count)
    }

    /// Whole units: what belongs together is sent together.
    private func share(of limit: BurstLimit, _ drawn: Int) -> Int {
        guard case .requests(let total) = limit else { return .max }
        let units = (total + UInt64(unit) - 1) / UInt64(unit)
        let left = place.part(of: units).count * unit - drawn
        return max(0, (left + unit - 1) / unit * unit)
    }

    /// Starts the clock.
    /// - Returns: what the thread has cost until now, for `end`.
    mutating func start(_ limit: BurstLimit, _ pace: Pace?) -> ThreadAccount {
        let thread = ThreadAccount(of: limit)
        startedAt = Clock.monotonicNanoseconds()
        if case .duration(let nanoseconds) = limit { deadline = startedAt &+ nanoseconds }
        if let pace, let end = openLoop.pointee.start(pace, limit, at: startedAt) {
            deadline = end
        }
        now = startedAt
        lastByteAt = now
        return thread
    }

    mutating func end(_ thread: ThreadAccount) {
        publish()
        (cpu, queued) = thread.sinceThen
    }

    func publish() {
        progress.store(operations: replies, latencySum: latencySum)
    }

    /// - Parameter count: requests for nodes of a cluster that are away.
    func publish(waiting count: UInt64) { progress.store(waiting: count) }

    /// Ends the drawing of requests when the burst is to be over before its time, and the burst
    /// when what is outstanding does not come then.
    /// - Parameter isDraining: nothing is drawn any more as it is.
    /// - Returns: whether it is to be over.
    @discardableResult
    mutating func drainIfAsked(isDraining: Bool) -> Bool {
        guard control.shouldStop || Interruption.requested else { return false }
        if !isDraining { lastByteAt = now }  // grants the drain its time
        budget = 0
        if now &- lastByteAt > LoopLimits.drainNanoseconds { fail(.interrupted) }
        return true
    }

    /// Ends the burst here and, with their drains, on the other workers; the first reason counts.
    mutating func fail(_ reason: LoadFailure.Reason) {
        guard !hasFailed else { return }
        failure = reason
        hasFailed = true
        control.stop()
    }
}

// MARK: what happens meanwhile

extension BurstAccount {
    /// Something has come after a wait of a closed loop, which was awaited since the last byte.
    @inline(__always)
    mutating func noteSilence() {
        let silence = now &- lastByteAt
        if silence > LoopLimits.stallNanoseconds { stalls.note(silence) }
    }

    /// A wait of a paced loop has ended.
    @inline(__always)
    mutating func wakePaced() {
        now = Clock.monotonicNanoseconds()
        if now > openLoop.pointee.awakeBy { openLoop.pointee.noteOversleeping(now) }
    }

    @inline(__always)
    mutating func noteReceived(_ count: Int) {
        lastByteAt = now
        bytesReceived &+= UInt64(truncatingIfNeeded: count)
    }

    /// So many replies to one command, which took equally long.
    @inline(__always)
    mutating func record(_ command: Int, _ latency: UInt64, count: UInt64) {
        outstanding &-= Int(truncatingIfNeeded: count)
        replies &+= count
        latencySum &+= latency &* count
        counters[command].operations &+= count
        counters[command].latency.record(latency, count: count)
    }

    /// An error reply, or an operation that failed without one.
    /// - Parameter text: as `ErrorTally` takes it.
    @inline(never)
    mutating func noteError(_ command: Int, _ text: UnsafeBufferPointer<UInt8>) {
        counters[command].errors &+= 1
        errors.add(text)
        if endsAtError { fail(.errorReply(errors.result()[0].firstText)) }
    }

    mutating func noteError(_ command: Int, _ text: String) {
        var text = text
        text.withUTF8 { noteError(command, $0) }
    }

    /// An outstanding request that is not going to be answered: it failed, and took no time that
    /// anybody knows.
    mutating func noteUnanswered(_ command: Int, _ text: String) {
        outstanding &-= 1
        replies &+= 1
        counters[command].operations &+= 1
        noteError(command, text)
    }
}

// MARK: results

extension BurstAccount {
    /// What the last burst came to.
    func sample() -> LoadSample {
        var sample = LoadSample(commands: labels)
        sample.startNanoseconds = startedAt
        sample.endNanoseconds = replies > 0 ? lastByteAt : startedAt
        counters.fill(&sample.commands)
        sample.errorKinds = errors.result()
        sample.answers = answers
        sample.bytesSent = bytesSent
        sample.bytesReceived = bytesReceived
        sample.pushes = pushes
        sample.clientCPUNanoseconds = cpu
        sample.clientQueuedNanoseconds = queued
        sample.stalledNanoseconds = stalls.sum
        sample.longestStallNanoseconds = stalls.longest
        sample.workers = 1
        if isPaced {
            sample.pacing = openLoop.pointee.sample(
                from: startedAt, to: now, deadline: deadline, isBrokenOff: hasFailed)
            openLoop.pointee.fill(&sample.commands)
        }
        return sample
    }
}
