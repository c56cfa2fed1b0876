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
// schedules, checks of replies and the account of a burst (Loop/BurstAccount.swift). It is not
// generic: see ErasedSource.
//
// A node that is away, or silent, holds up what is for it alone (RoutedWorker+Away).
//
// Invariants: between bursts nothing is outstanding; `outstanding` is what is sent and not
// answered for good, detours and waits included; `queued` is what lies in the nodes' queues.
import LinuxSystem
import Quantities
import RESP
import Statistics
import SystemPackage
import Transport

/// What a worker has learnt of a command from its first request.
struct LearntCommand {
    var position = KeyPosition.none
    var effect = CommandEffect.once
    var isSet = false
    var isKnown = false
}

struct RoutedWorker: ~Copyable {
    let options: LoadOptions
    let cluster: ClusterLoad
    /// Of this worker.
    let clients: Int

    var epoll: Epoll
    let source: ErasedSource
    /// By command, as the account's labels are. A label need not be a command's name.
    var learnt: [LearntCommand]
    /// Inside a transaction a request that comes later is another one.
    var followsRedirects = true
    let rules: [AnswerRule]
    let heads = ReplyHeads()
    let buffer: UnsafeMutablePointer<UInt8>
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

    var burst: BurstAccount
    /// Requests that are drawn and not sent; an earlier burst's are the next one's.
    var queued = 0
    var freeClients = 0
    /// Nothing is drawn or sent for the first time any more.
    var isDraining = false
    var met = ClusterSample()

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
        self.epoll = epoll
        self.source = source
        clients = place.part(of: UInt64(options.connections)).count
        burst = BurstAccount(
            source.commands, unit: source.unit, checksWhole: source.checksWhole, options, place,
            shared, progress)
        learnt = source.commands.map { _ in LearntCommand() }
        rules = source.answerRules
        // what is shorter than a word is compared as one
        buffer = .allocate(capacity: LoopLimits.bufferBytes + ReplyShape.word)
        staging = RequestBatch(requests: options.pipeline * source.unit)
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
        burst.close()
        buffer.deallocate()
        heads.deallocate()
    }

    // MARK: a burst

    /// Runs one burst to its end or to a failure. `tick` is called about every 5 ms.
    mutating func run(_ limit: BurstLimit, _ pace: Pace?, _ tick: (UInt64) -> Void) {
        reset()
        burst.prepare(limit, pace, connections: 0, drawn: queued)
        let thread = burst.start(limit, pace)
        if burst.isPaced { pacedLoop(tick) } else { loop(tick) }
        noteAway()
        burst.publish(waiting: hasAway ? waiting : 0)
        burst.end(thread)
    }

    private mutating func reset() {
        for node in nodes { node.pointee.reset() }
        met = ClusterSample()
        if cluster.notesWrites { met.written = WrittenKeys() }
        (isDraining, freeClients) = (false, clients)
    }

    private mutating func loop(_ tick: (UInt64) -> Void) {
        var housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
        drawAndSend()
        while !burst.hasFailed && (burst.outstanding > 0 || hasMore) {
            let count = waitForEvents(milliseconds: delayed.isEmpty ? 50 : 1)
            guard count >= 0 else { return }
            if burst.now >= burst.deadline { isDraining = true }
            if count > 0 { burst.noteSilence() }
            handleEvents(count)
            drawAndSend()
            if burst.now >= housekeeping || count == 0 {
                housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(burst.now)
            }
        }
    }

    /// Whether anything is to be sent for the first time.
    private var hasMore: Bool { !isDraining && (burst.budget > 0 || queued > 0) }

    /// - Returns: the events that there are; −1 after a failure.
    private mutating func waitForEvents(milliseconds: Int) -> Int {
        do throws(SystemCallError) {
            // The time-out only bounds how late a stall or Ctrl-C is seen.
            let count = try epoll.wait(milliseconds: milliseconds)
            burst.now = Clock.monotonicNanoseconds()
            return count
        } catch {
            burst.fail(.system(error))
            return -1
        }
    }

    mutating func handleEvents(_ count: Int) {
        var index = 0
        while index < count && !burst.hasFailed {
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
        burst.publish()
        burst.publish(waiting: hasAway ? waiting : 0)
        tendNodes()
        if hasUrgent { sendUrgent() }
        // A node that is away has a patience of its own.
        if !hasAway && burst.now &- burst.lastByteAt > options.stallNanoseconds { failStalled() }
        if burst.drainIfAsked(isDraining: isDraining) { isDraining = true }
    }

    // MARK: results

    /// What the last burst came to.
    func sample() -> LoadSample {
        var sample = burst.sample()
        var cluster = met
        cluster.nodes = nodes.map { $0.pointee.sample }
        sample.cluster = cluster
        return sample
    }
}
