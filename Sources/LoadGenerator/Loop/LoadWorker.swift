// The load loop: one thread's connections, source, counters and clock. Workers share nothing while
// a burst runs; their results are read when it is over.
//
//     wait ─► read the clock once ─► each ready connection: receive, step over replies, count,
//                                    record now − sentAt ─► when a batch is answered: refill, send
//
// A closed loop: a connection sends its next batch when the last one is answered. `refill` is the
// only place that decides to send; an open loop puts the connection by there, and sends by its
// schedule (Pacing/LoadWorker+OpenLoop.swift).
//
// Latencies are per command: every reply is a sample, from the moment its batch was handed to the
// socket (the clock is read again for that) to the wake-up that found the reply. Replies of one
// wake-up and one batch are the same number of ns, so they are recorded as one run.
//
// Invariants: between bursts nothing is outstanding; `outstanding` is the sum of all connections'
// requests − answered; budget + outstanding + replies = requests of the burst.
import Glibc
import LinuxSystem
import Quantities
import RESP
import Statistics
import SystemPackage
import Transport
import Workloads

struct LoadWorker<Source: RequestSource & ~Copyable>: ~Copyable {
    let options: LoadOptions
    /// Requests of a whole batch: the pipeline depth times `unit`.
    let pipeline: Int
    /// Requests that belong together (see `RequestSource.unit`).
    let unit: Int
    private let shared: BurstControl
    private let progress: WorkerProgress
    let place: WorkerPlace
    let address: SocketAddress

    var epoll: Epoll
    let connections: UnsafeMutablePointer<LoadConnection>
    let connectionCount: Int
    var source: Source
    let buffer: UnsafeMutablePointer<UInt8>
    let counters: UnsafeMutablePointer<CommandCounters>
    let labels: [CommandLabel]
    /// Whether the source wants to hear of look-ups that found nothing.
    let tellsMisses: Bool
    /// Whether it wants to see the bytes of replies.
    let showsReplies: Bool
    /// What replies must be, by command; nil where nothing is known.
    let rules: UnsafeMutablePointer<AnswerRule>?
    /// What is waited for behind a command, by command; nil where nothing is.
    let waits: UnsafeMutablePointer<DurabilityWait?>?
    /// Values of whose replies the ends alone are looked at, between two that are looked at whole.
    let wholeInterval: Int

    // of the burst that runs
    var budget = 0
    var outstanding = 0
    var now: UInt64 = 0
    var lastByteAt: UInt64 = 0
    var deadline: UInt64 = .max
    private(set) var startedAt: UInt64 = 0
    var isPaced = false
    /// Paced by the source's own schedule.
    var followsSource = false
    /// There since the first paced burst.
    var openLoop: UnsafeMutablePointer<OpenLoop>!
    var replies: UInt64 = 0
    var latencySum: UInt64 = 0
    var bytesSent: UInt64 = 0
    var bytesReceived: UInt64 = 0
    /// Messages that answer no request.
    var pushes: UInt64 = 0
    private var stalls = StallTally()
    private var cpu: UInt64 = 0
    private var queued: UInt64?
    /// Connections whose handshakes go on, and those that were done (`-k 0`).
    var handshaking = 0
    var handshakes: HandshakeSample?
    /// Of encrypted connections: of those that are closed, and of all before the burst.
    var closedTraffic = TLSTraffic()
    private var earlierTraffic = TLSTraffic()
    var errors = ErrorTally()
    var answers = AnswerTally()
    /// Values until the next that is looked at whole, itself included.
    var untilWhole = 0
    /// Of the reply that was looked for last.
    var shape = ReplyShape.unknown
    let heads = ReplyHeads()
    private(set) var failure: LoadFailure.Reason?
    private(set) var hasFailed = false

    /// Has `streams` for its own: they are closed where this throws.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions, _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress, _ source: consuming Source,
        _ streams: [Stream]
    ) throws(LoadFailure.Reason) -> LoadWorker {
        let requests = options.pipeline * source.unit
        let count = streams.count
        let epoll: Epoll
        do throws(SystemCallError) {
            epoll = try Epoll(capacity: min(max(count, 1), 1024))
        } catch {
            for stream in streams { stream.close() }
            throw .system(error)
        }
        let connections = UnsafeMutablePointer<LoadConnection>.allocate(capacity: max(count, 1))
        let first = Int(place.part(of: UInt64(options.connections)).lowerBound)
        for index in 0..<count {
            (connections + index).initialize(
                to: LoadConnection(streams[index], requests: requests))
            connections[index].batch.client = WorkerPlace(
                index: first + index, count: options.connections)
        }
        do throws(SystemCallError) {
            for index in 0..<count {
                try epoll.add(streams[index].descriptor, .edges, token: UInt64(index))
            }
        } catch {
            for index in 0..<count { connections[index].deallocate() }
            connections.deallocate()
            throw .system(error)
        }
        return LoadWorker(
            address, options, place, shared, progress, source, epoll, connections, count)
    }

    private init(
        _ address: SocketAddress, _ options: LoadOptions, _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress,
        _ source: consuming Source, _ epoll: consuming Epoll,
        _ connections: UnsafeMutablePointer<LoadConnection>, _ connectionCount: Int
    ) {
        self.address = address
        self.options = options
        self.place = place
        self.shared = shared
        self.epoll = epoll
        self.connections = connections
        self.connectionCount = connectionCount
        unit = source.unit
        pipeline = options.pipeline * unit
        self.progress = progress
        labels = source.commands
        tellsMisses = source.wantsMisses
        showsReplies = source.wantsReplies
        let rules = source.answerRules
        self.rules = rules.isEmpty ? nil : .allocate(capacity: rules.count)
        self.rules?.initialize(from: rules, count: rules.count)
        let waits = source.waits
        self.waits = waits.contains { $0 != nil } ? .allocate(capacity: waits.count) : nil
        self.waits?.initialize(from: waits, count: waits.count)
        wholeInterval = source.checksWhole ? 1 : AnswerTally.wholeInterval
        untilWhole = wholeInterval
        self.source = source
        // what is shorter than a word is compared as one
        buffer = .allocate(capacity: LoopLimits.bufferBytes + ReplyShape.word)
        counters = .make(labels.count)
    }

    /// Closes the connections and gives back what the worker allocated; its owner calls it once,
    /// last. Not a deinit: Swift 6.3.1 skips the one of a generic `~Copyable` value that is
    /// destroyed through a pointer, and destroys the fields alone.
    func close() {
        for index in 0..<connectionCount { connections[index].deallocate() }
        connections.deallocate()
        counters.deinitialize(count: labels.count).deallocate()
        buffer.deallocate()
        rules?.deallocate()
        waits?.deallocate()
        heads.deallocate()
        if let openLoop { openLoop.deinitialize(count: 1).deallocate() }
    }

    // MARK: a burst

    /// Runs one burst to its end or to a failure. `tick` is called about every 5 ms.
    mutating func run(_ limit: BurstLimit, _ pace: Pace?, _ tick: (UInt64) -> Void) {
        reset()
        switch limit {
        case .requests(let total):
            // Whole units: what belongs together is sent together.
            let units = (total + UInt64(unit) - 1) / UInt64(unit)
            budget = place.part(of: units).count * unit
        case .duration: budget = .max
        }
        isPaced = pace != nil
        if let pace { preparePaced(pace) }
        let account = ThreadAccount(of: limit)
        startedAt = Clock.monotonicNanoseconds()
        if case .duration(let nanoseconds) = limit { deadline = startedAt &+ nanoseconds }
        if let pace { startSchedule(pace, limit) }
        now = startedAt
        lastByteAt = now
        if isPaced {
            pacedLoop(tick)
        } else {
            for index in 0..<connectionCount where budget > 0 && !hasFailed {
                refill(connections + index)
            }
            loop(tick)
        }
        publish()
        (cpu, queued) = account.sinceThen
    }

    private mutating func reset() {
        counters.reset(labels.count)
        errors.reset()
        answers = AnswerTally()
        (replies, latencySum, bytesSent, bytesReceived) = (0, 0, 0, 0)
        pushes = 0
        stalls = StallTally()
        deadline = .max
        (outstanding, handshaking, handshakes) = (0, 0, nil)
        closedTraffic = TLSTraffic()
        earlierTraffic = openTraffic
    }

    /// What went over the connections that are open, where they are encrypted.
    private var openTraffic: TLSTraffic {
        var sum = TLSTraffic()
        guard options.tls != nil else { return sum }
        for index in 0..<connectionCount {
            if let traffic = connections[index].stream.encryptedTraffic { sum += traffic }
        }
        return sum
    }

    private mutating func loop(_ tick: (UInt64) -> Void) {
        var housekeeping = now &+ LoopLimits.housekeepingNanoseconds
        while (outstanding > 0 || handshaking > 0) && !hasFailed {
            let count: Int
            do throws(SystemCallError) {
                // The time-out only bounds how late a stall or Ctrl-C is seen.
                count = try epoll.wait(milliseconds: 50)
            } catch {
                fail(.system(error))
                return
            }
            now = Clock.monotonicNanoseconds()
            if now >= deadline { budget = 0 }
            let silence = now &- lastByteAt
            if silence > LoopLimits.stallNanoseconds && count > 0 { stalls.note(silence) }
            var index = 0
            while index < count {
                let event = epoll.event(at: index)
                handle(event)
                index &+= 1
            }
            if now >= housekeeping || count == 0 {
                housekeeping = now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(now)
            }
        }
    }

    mutating func keepHouse() {
        publish()
        if now &- lastByteAt > options.stallNanoseconds {
            fail(.stalled(seconds: Nanoseconds(options.stallNanoseconds).seconds))
        }
        guard shared.shouldStop || Interruption.requested else { return }
        if budget > 0 {
            budget = 0
            lastByteAt = now  // grants the drain its time
        }
        if now &- lastByteAt > LoopLimits.drainNanoseconds { fail(.interrupted) }
    }

    private func publish() {
        progress.store(operations: replies, latencySum: latencySum)
    }

    mutating func fail(_ reason: LoadFailure.Reason) {
        guard !hasFailed else { return }
        failure = reason
        hasFailed = true
        shared.stop()
    }

    // MARK: results

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
        if options.tls != nil {
            var traffic = openTraffic
            traffic += closedTraffic
            sample.encryptedTraffic = traffic.since(earlierTraffic)
            sample.handshakes = handshakes
        }
        sample.clientCPUNanoseconds = cpu
        sample.clientQueuedNanoseconds = queued
        sample.stalledNanoseconds = stalls.sum
        sample.longestStallNanoseconds = stalls.longest
        sample.workers = 1
        if isPaced {
            sample.pacing = pacingSample()
            openLoop.pointee.fill(&sample.commands)
        }
        return sample
    }
}
