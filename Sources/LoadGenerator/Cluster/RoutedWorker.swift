// The load loop on a cluster: one thread's clients, each with a connection to every node.
//
//     source ─► slot of the key ─► queue of the node that serves it ─► `pipeline` of them are there
//     ─► a free client sends them on one of its connections to that node ─► answered: it is free
//
// So a client sends a pipeline to one node at a time, as valkey-benchmark's do, and keys come in
// the shares in which the source draws them, whichever node is slow. What a node says does not
// belong to it takes the detour that the node names (RoutedWorker+Redirects), and its latency is
// from the first sending on. Nodes come and go during a burst (RoutedWorker+Nodes); a request of a
// broken connection is sent again where that cannot be told from once.
//
// Sibling of LoadWorker, which stays as fast as it is without any of this: they share connections,
// schedules, counters and checks of replies. It is not generic: see ErasedSource.
//
// A node that is away, or silent, holds up what is for it alone (RoutedWorker+Away).
//
// Invariants: between bursts nothing is outstanding; `outstanding` is what is sent and not
// answered for good, detours and waits included; `queued` is what lies in the nodes' queues;
// budget + queued + outstanding + replies = requests of the burst.
import LinuxSystem
import Quantities
import RESP
import Statistics
import SystemPackage
import Transport

/// What a worker knows of a command.
struct CommandTraits {
    var position = KeyPosition.none
    var effect = CommandEffect.once
    var isSet = false
    var isKnown = false
}

struct RoutedWorker: ~Copyable {
    let options: LoadOptions
    let cluster: ClusterLoad
    /// Requests of a whole batch: the pipeline depth times `unit`.
    let pipeline: Int
    let unit: Int
    /// Of this worker.
    let clients: Int
    private let shared: BurstControl
    private let progress: WorkerProgress
    let place: WorkerPlace

    var epoll: Epoll
    let source: ErasedSource
    let labels: [CommandLabel]
    /// By command, as `labels` is: what its first request has told. A label need not be a command's
    /// name.
    var traits: [CommandTraits]
    /// Inside a transaction a request that comes later is another one.
    var followsRedirects = true
    let rules: [AnswerRule]
    let wholeInterval: Int
    let heads = ReplyHeads()
    let buffer: UnsafeMutablePointer<UInt8>
    let counters: UnsafeMutablePointer<CommandCounters>
    /// What the source has drawn last.
    var staging: RequestBatch

    var nodes: [UnsafeMutablePointer<RoutedNode>] = []
    var connections: [UnsafeMutablePointer<RoutedConnection>] = []
    /// By slot, the node that serves it; −1 where nobody does.
    let slots: UnsafeMutablePointer<Int>
    /// Where keyless requests, and reads of replicas, go next.
    var turn = 0
    /// Nodes with urgent requests, perhaps.
    var hasUrgent = false
    /// Nodes that are away.
    var hasAway = false
    /// Requests that wait before they are sent again.
    var delayed: [DelayedRequest] = []
    var refresh = MapRefresh()

    // of the burst that runs
    var budget = 0
    var queued = 0
    var outstanding = 0
    var freeClients = 0
    /// Nothing is drawn or sent for the first time any more.
    var isDraining = false
    var now: UInt64 = 0
    var lastByteAt: UInt64 = 0
    var deadline: UInt64 = .max
    private(set) var startedAt: UInt64 = 0
    var isPaced = false
    var followsSource = false
    /// There since the first paced burst.
    var openLoop: UnsafeMutablePointer<OpenLoop>!
    var replies: UInt64 = 0
    var latencySum: UInt64 = 0
    var bytesSent: UInt64 = 0
    var bytesReceived: UInt64 = 0
    var pushes: UInt64 = 0
    var stalls = StallTally()
    private var cpu: UInt64 = 0
    private var queuedForCPU: UInt64?
    var errors = ErrorTally()
    var answers = AnswerTally()
    var untilWhole = 0
    var met = ClusterSample()
    private(set) var failure: LoadFailure.Reason?
    private(set) var hasFailed = false

    /// Events of one wait.
    private static var eventCapacity: Int { 1_024 }

    /// Opens this worker's share of the clients on all nodes.
    static func open(
        _ cluster: ClusterLoad, _ options: LoadOptions, _ map: [SlotRange], _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress, _ source: ErasedSource
    ) throws(LoadFailure.Reason) -> RoutedWorker {
        let epoll: Epoll
        do throws(SystemCallError) {
            epoll = try Epoll(capacity: eventCapacity)
        } catch {
            throw .system(error)
        }
        var worker = RoutedWorker(cluster, options, place, shared, progress, source, epoll)
        do throws(LoadFailure.Reason) {
            try worker.openAll(map)
        } catch {
            worker.close()
            throw error
        }
        return worker
    }

    private init(
        _ cluster: ClusterLoad, _ options: LoadOptions, _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress, _ source: ErasedSource,
        _ epoll: consuming Epoll
    ) {
        self.cluster = cluster
        self.options = options
        self.place = place
        self.shared = shared
        self.epoll = epoll
        self.source = source
        unit = source.unit
        pipeline = options.pipeline * unit
        clients = place.part(of: UInt64(options.connections)).count
        self.progress = progress
        labels = source.commands
        traits = labels.map { _ in CommandTraits() }
        rules = source.answerRules
        wholeInterval = source.checksWhole ? 1 : AnswerTally.wholeInterval
        untilWhole = wholeInterval
        // what is shorter than a word is compared as one
        buffer = .allocate(capacity: LoopLimits.bufferBytes + ReplyShape.word)
        counters = .make(labels.count)
        staging = RequestBatch(requests: pipeline)
        slots = .allocate(capacity: HashSlot.count)
        slots.initialize(repeating: -1, count: HashSlot.count)
    }

    /// Closes the connections and gives back what the worker allocated; its owner calls it once,
    /// last (see `LoadWorker.close`).
    func close() {
        for connection in connections {
            connection.pointee.deallocate()
            connection.deinitialize(count: 1).deallocate()
        }
        for node in nodes {
            node.pointee.deallocate()
            node.deinitialize(count: 1).deallocate()
        }
        refresh.stream?.close()
        staging.deallocate()
        slots.deallocate()
        counters.deinitialize(count: labels.count).deallocate()
        buffer.deallocate()
        heads.deallocate()
        if let openLoop { openLoop.deinitialize(count: 1).deallocate() }
    }

    // MARK: a burst

    /// Runs one burst to its end or to a failure. `tick` is called about every 5 ms.
    mutating func run(_ limit: BurstLimit, _ pace: Pace?, _ tick: (UInt64) -> Void) {
        reset()
        switch limit {
        case .requests(let total):
            // Whole units; those that an earlier burst drew and did not send are of this one.
            let units = (total + UInt64(unit) - 1) / UInt64(unit)
            let left = place.part(of: units).count * unit - queued
            budget = max(0, (left + unit - 1) / unit * unit)
        case .duration: budget = .max
        }
        isPaced = pace != nil
        if let pace { preparePaced(pace) }
        let account = ThreadAccount(of: limit)
        startedAt = Clock.monotonicNanoseconds()
        if case .duration(let nanoseconds) = limit { deadline = startedAt &+ nanoseconds }
        if let pace, let end = openLoop.pointee.start(pace, limit, at: startedAt) {
            deadline = end
        }
        now = startedAt
        lastByteAt = now
        if isPaced { pacedLoop(tick) } else { loop(tick) }
        noteAway()
        publish()
        (cpu, queuedForCPU) = account.sinceThen
    }

    private mutating func reset() {
        counters.reset(labels.count)
        for node in nodes { node.pointee.reset() }
        errors.reset()
        answers = AnswerTally()
        met = ClusterSample()
        if cluster.notesWrites { met.written = WrittenKeys() }
        (replies, latencySum, bytesSent, bytesReceived) = (0, 0, 0, 0)
        (stalls, pushes) = (StallTally(), 0)
        deadline = .max
        (outstanding, isDraining, freeClients) = (0, false, clients)
    }

    private mutating func loop(_ tick: (UInt64) -> Void) {
        var housekeeping = now &+ LoopLimits.housekeepingNanoseconds
        drawAndSend()
        while !hasFailed && (outstanding > 0 || (!isDraining && (budget > 0 || queued > 0))) {
            let count = waitForEvents(milliseconds: delayed.isEmpty ? 50 : 1)
            guard count >= 0 else { return }
            if now >= deadline { isDraining = true }
            let silence = now &- lastByteAt
            if silence > LoopLimits.stallNanoseconds && count > 0 { stalls.note(silence) }
            handleEvents(count)
            drawAndSend()
            if now >= housekeeping || count == 0 {
                housekeeping = now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(now)
            }
        }
    }

    /// - Returns: the events that there are; −1 after a failure.
    private mutating func waitForEvents(milliseconds: Int) -> Int {
        do throws(SystemCallError) {
            // The time-out only bounds how late a stall or Ctrl-C is seen.
            let count = try epoll.wait(milliseconds: milliseconds)
            now = Clock.monotonicNanoseconds()
            return count
        } catch {
            fail(.system(error))
            return -1
        }
    }

    mutating func handleEvents(_ count: Int) {
        var index = 0
        while index < count && !hasFailed {
            handle(epoll.event(at: index))
            index &+= 1
        }
        if !delayed.isEmpty { releaseDelayed() }
        if hasUrgent { sendUrgent() }
    }

    /// Looks, without waiting, for what the nodes do to connections that ask them nothing.
    mutating func watchIdle() {
        let count = waitForEvents(milliseconds: 0)
        if count > 0 { handleEvents(count) }
        tendNodes()
    }

    mutating func keepHouse() {
        publish()
        tendNodes()
        if hasUrgent { sendUrgent() }
        // A node that is away has a patience of its own.
        if !hasAway && now &- lastByteAt > options.stallNanoseconds { failStalled() }
        guard shared.shouldStop || Interruption.requested else { return }
        if !isDraining {
            isDraining = true
            lastByteAt = now  // grants the drain its time
        }
        budget = 0
        if now &- lastByteAt > LoopLimits.drainNanoseconds { fail(.interrupted) }
    }

    private func publish() {
        progress.store(operations: replies, latencySum: latencySum)
        progress.store(waiting: hasAway ? waiting : 0)
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
        sample.clientCPUNanoseconds = cpu
        sample.clientQueuedNanoseconds = queuedForCPU
        sample.stalledNanoseconds = stalls.sum
        sample.longestStallNanoseconds = stalls.longest
        sample.workers = 1
        var cluster = met
        cluster.nodes = nodes.map { $0.pointee.sample }
        sample.cluster = cluster
        if isPaced {
            sample.pacing = pacingSample()
            openLoop.pointee.fill(&sample.commands)
        }
        return sample
    }
}
