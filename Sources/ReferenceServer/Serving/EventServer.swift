// The event loop over edges of readiness (Poller): one thread that accepts, reads, executes and
// writes.
//
// A wake-up: read every ready connection once and parse into the engine's batch; whenever the batch
// is full, and at the end, prefetch and execute it. The requests of one connection are adjacent in
// it, so their replies gather in one buffer, which is sent when the next connection's turn comes.
// A batch spans connections: with one request each (pipeline 1) the cache misses of different
// clients overlap.
//
// Fairness: a connection is read once per wake-up, at most `readLimit` bytes; one that has more is
// visited again in the next, which then does not block.
//
// Invariants: a connection's input buffer neither moves nor goes back to the pool while the batch
// refers to it (it is queued); a closed connection's memory lives until the end of the wake-up,
// because later events of it may name it.
import Glibc
import Keyspaces
import LinuxSystem
import RESP

/// Specialised for a table and for what it waits with.
public struct EventServer<K: Keyspace & ~Copyable, P: Poller & ~Copyable>: ~Copyable {
    typealias ConnectionPointer = UnsafeMutablePointer<Connection>

    /// Where the engine is: with `global-lock:N` several event loops have one.
    let place: UnsafeMutablePointer<Engine<K>>
    /// The number of this event loop. The first one has the listeners, and the engine's memory.
    let thread: UInt8
    /// What must be held while the engine is touched; nil where nobody else does.
    let globalLock: GlobalLock?
    /// What this thread has for requests to the others, with `sharded:N`; else nil.
    let desk: UnsafeMutablePointer<ShardDesk>?
    private let ownsEngine: Bool
    var poller: P
    var pool = BufferPool()
    private let configuration: ServerConfiguration
    let listeners: [CInt]
    /// The one of them whose connections speak TLS; −1 for none.
    let encryptedListener: CInt
    /// Whose replies `engine.reply` holds.
    var owner: ConnectionPointer?
    /// Connections to be visited again without an event.
    var again: ConnectionPointer?
    /// Closed connections whose memory goes at the end of the wake-up.
    var closed: ConnectionPointer?
    var background: Background
    var io: IOThreads
    /// Connections whose replies go to I/O threads at the end of the wake-up.
    var toWrite: ConnectionPointer?
    var closedSinceTrim = 0
    /// Held so that a connection can be taken, and refused, when descriptors have run out.
    var spareDescriptor: CInt

    /// Bytes that one read takes at most: a large value comes in few reads, others get their turn.
    static var readLimit: Int { 1024 * 1024 }
    /// Input that makes no request: Redis's `client-query-buffer-limit`.
    static var inputLimit: Int { 1024 * 1024 * 1024 }
    /// How many clients may have gone before their memory is given back to the system at a tick:
    /// trimming walks the heap.
    private static var trimmedAfter: Int { 100 }

    /// More wait for the next wake-up, so that what was read for these is answered soon.
    private static var eventsPerWait: Int { 1_024 }

    /// Tokens that are no connections' addresses.
    private static var listenerTokens: UInt64 { 16 }
    /// The bell that I/O threads ring.
    private static var completionToken: UInt64 { 15 }
    /// The bell of `ServerControl`.
    static var stopToken: UInt64 { 14 }
    /// The bell of this event loop, which others ring.
    static var summonsToken: UInt64 { 13 }

    var engine: Engine<K> {
        @inline(__always) unsafeAddress { UnsafePointer(place) }
        @inline(__always) nonmutating unsafeMutableAddress { place }
    }

    /// Listens as `configuration` says.
    /// - Parameters:
    ///   - globalLock: of the threads that are to serve beside this one, with the same engine.
    ///   - shards: of those that have engines of their own.
    /// - Throws: EADDRINUSE, EACCES …
    init(
        _ keyspace: consuming K, _ configuration: ServerConfiguration,
        _ globalLock: GlobalLock? = nil, shards: Shards? = nil
    ) throws(SystemCallError) {
        let poller = try P(capacity: Self.eventsPerWait)
        let listeners = try Self.listen(configuration, poller)
        var bound = configuration
        bound.port = Socket.localPort(listeners[0])
        var encryptedListener: CInt = -1
        if bound.encrypted != nil, let last = listeners.last {
            encryptedListener = last
            bound.encrypted?.port = Socket.localPort(last)
        }
        if !bound.fitDescriptors() {
            ServerLog.warn(
                "the limit of open files leaves room for \(bound.maxClients) clients, not"
                    + " \(configuration.maxClients): raise it with ulimit -n")
        }
        let engine = Engine(keyspace, bound, pollerName: P.name)
        let io = try Self.startIO(configuration, engine.commands.names)
        try poller.add(
            io.completions.pointee.bell.descriptor, .reading, token: Self.completionToken)
        self.configuration = bound
        self.listeners = listeners
        self.encryptedListener = encryptedListener
        self.poller = poller
        self.globalLock = globalLock
        self.io = io
        thread = 0
        if let shards { desk = ShardDesk.make(shards, thread: 0) } else { desk = nil }
        ownsEngine = true
        background = Background()
        spareDescriptor = Socket.spareDescriptor()
        place = .allocate(capacity: 1)
        place.initialize(to: engine)
        if let shards { place.pointee.takeShard(0, of: shards.count) }
    }

    /// The event loop of a further shard, with an engine of its own.
    /// - Parameter background: of the first one, so that all have one time where it stands still.
    init(
        _ shards: Shards, _ number: Int, _ configuration: ServerConfiguration,
        _ background: Background
    ) throws(SystemCallError) {
        let poller = try P(capacity: Self.eventsPerWait)
        var options = configuration.keyspace
        options.table = configuration.table
        options.sampleSeed &+= UInt64(number)
        let engine = Engine(K(options), configuration, pollerName: P.name)
        let io = try IOThreads.start(0, engine.commands.names)
        self.poller = poller
        self.io = io
        self.configuration = configuration
        listeners = []
        encryptedListener = -1
        globalLock = nil
        desk = ShardDesk.make(shards, thread: number)
        ownsEngine = true
        thread = UInt8(number)
        self.background = background
        spareDescriptor = -1
        place = .allocate(capacity: 1)
        place.initialize(to: engine)
        place.pointee.takeShard(number, of: shards.count)
    }

    /// One more event loop over an engine.
    /// - Parameter leader: the server that has it, and is there for longer.
    init(_ leader: SharedEngine<K>, thread: UInt8) throws(SystemCallError) {
        let poller = try P(capacity: Self.eventsPerWait)
        let io = try IOThreads.unthreaded()
        self.poller = poller
        self.io = io
        configuration = leader.configuration
        listeners = []
        encryptedListener = -1
        globalLock = leader.lock
        desk = nil
        ownsEngine = false
        self.thread = thread
        background = leader.background
        spareDescriptor = -1
        place = leader.place
    }

    private static func startIO(
        _ configuration: ServerConfiguration, _ names: CommandNames
    ) throws(SystemCallError) -> IOThreads {
        if case .globalLock = configuration.threads { return try IOThreads.unthreaded() }
        return try IOThreads.start(configuration.ioThreads, names)
    }

    /// What other event loops over the same engine begin with.
    func share(_ lock: GlobalLock) -> SharedEngine<K> {
        SharedEngine(
            place: place, lock: lock, configuration: configuration, background: background)
    }

    private static func listen(
        _ configuration: ServerConfiguration, _ poller: borrowing P
    ) throws(SystemCallError) -> [CInt] {
        var addresses = [SocketAddress.tcp(host: configuration.host, port: configuration.port)]
        if let path = configuration.unixSocket { addresses.append(.unix(path: path)) }
        if let encrypted = configuration.encrypted {
            addresses.append(.tcp(host: configuration.host, port: encrypted.port))
        }
        var listeners: [CInt] = []
        do throws(SystemCallError) {
            for (index, address) in addresses.enumerated() {
                let listener = try Socket.listen(on: address)
                listeners.append(listener)
                try poller.add(listener, .reading, token: UInt64(index))
            }
        } catch {
            for listener in listeners { close(listener) }
            throw error
        }
        return listeners
    }

    deinit {
        for listener in listeners { close(listener) }
        if thread == 0 {
            close(spareDescriptor)
            if let path = configuration.unixSocket { unlink(path) }
        }
        if let desk {
            desk.deinitialize(count: 1)
            desk.deallocate()
        }
        if ownsEngine {
            place.deinitialize(count: 1)
            place.deallocate()
        }
    }

    /// The ports it listens on.
    public var ports: ServerPorts {
        ServerPorts(plain: configuration.port, encrypted: configuration.encrypted?.port)
    }

    /// Serves until SHUTDOWN, a signal or `control` ends it.
    public mutating func run(_ control: ServerControl) throws(SystemCallError) {
        try poller.add(control.bell.descriptor, .reading, token: Self.stopToken)
        background.start(hz: configuration.hz)
        readClock()
        while !engine.isStopping && !control.isStopRequested {
            let settled = engine.keyspace.isSettled || !background.ticks
            let timeout = again != nil || !settled ? 0 : millisecondsToWait
            let count = try poller.wait(milliseconds: timeout)
            if io.count > 0 {
                io.unpark()
                io.adjust(events: count)
                engine.activeIOThreads = io.active
                engine.refersToValues = io.active == 0
            }
            readClock()
            if engine.pause.isNoticed { followPause() }
            if engine.waits.isOverdue(engine.nowNanoseconds) { engine.endOverdueWaits() }
            let visits = again
            again = nil
            reapJobs()
            visitAgain(visits)
            for index in 0..<count { handle(poller.event(at: index)) }
            if engine.batchCount > 0 { executeBatch() }
            passTurn(to: nil)
            if engine.hasMail { deliverMail() }
            handOverReplies()
            if engine.summoned != 0 { closeKilled() }
            freeClosed()
            runBackground(isIdle: count == 0 && visits == nil && !settled)
        }
        io.stop()
        reapJobs()
        if engine.batchCount > 0 { executeBatch() }
        passTurn(to: nil)
        closeAll()
    }

    /// Until the next tick, or the end of a pause or of a client's wait; with jobs under way, only
    /// if none of them is done soon.
    var millisecondsToWait: Int {
        if io.inFlight > 0 && !io.park() { return 0 }
        let now = engine.nowNanoseconds
        var wait = background.millisecondsLeft(now)
        if engine.pause.isActive { wait = min(wait, engine.pause.millisecondsLeft(now)) }
        if let left = engine.waits.millisecondsLeft(now) { wait = min(wait, left) }
        return wait
    }

    /// One reading of the clock serves the whole wake-up.
    @inline(__always)
    mutating func readClock() {
        let nowNanoseconds = Clock.monotonicNanoseconds()
        engine.setTime(
            monotonicNanoseconds: nowNanoseconds,
            unixMilliseconds: background.unixMilliseconds(nowNanoseconds))
    }

    @inline(__always)
    mutating func runBackground(isIdle: Bool) {
        if background.isDue(engine.nowNanoseconds) || background.hz != engine.configuration.hz {
            background.tick(engine.nowNanoseconds, hz: engine.configuration.hz)
            if ownsEngine { engine.tick(budgetMicroseconds: Background.budgetMicroseconds) }
            if engine.hasMail { deliverMail() }
            closeIdle()
            pool.shrink()
            io.shrink()
            if closedSinceTrim > Self.trimmedAfter {
                closedSinceTrim = 0
                Heap.trim()
            }
        } else if isIdle {
            // Nobody waits: the rehash goes on until it is done, a slice per look at the sockets.
            _ = engine.keyspace.maintain(budgetMicroseconds: Background.budgetMicroseconds)
        }
    }

    // MARK: Events

    mutating func visitAgain(_ first: ConnectionPointer?) {
        var cursor = first
        while let connection = cursor {
            cursor = connection.pointee.nextInQueue
            connection.pointee.nextInQueue = nil
            connection.pointee.state.unlist()
            if !connection.pointee.state.isClosed { receive(connection) }
        }
    }

    @inline(__always)
    mutating func handle(_ event: ReadyEvent) {
        if event.token < Self.listenerTokens {
            if event.token == Self.completionToken { return io.completions.pointee.bell.clear() }
            if event.token == Self.stopToken { return }
            if event.token == Self.summonsToken { return clearBell() }
            return accept(listeners[Int(event.token)])
        }
        let connection = ConnectionPointer(bitPattern: UInt(event.token)).unsafelyUnwrapped
        if connection.pointee.state.isClosed { return }
        if connection.pointee.state.isAway { return note(event, connection) }
        if event.isWritable && connection.pointee.hasUnsent {
            sendUnsent(connection)
            if connection.pointee.state.isClosed { return }
        }
        if event.isReadable {
            if event.endsInput { connection.pointee.state.announceEnd() }
            receive(connection)
        } else if connection.pointee.stream.receivesWhenWritable {
            receive(connection)
        }
    }

    /// Puts `connection` on the list of those to be visited in the next wake-up.
    @inline(__always)
    mutating func visitLater(_ connection: ConnectionPointer) {
        if connection.pointee.state.isListed { return }
        connection.pointee.state.list()
        connection.pointee.nextInQueue = again
        again = connection
    }

    // MARK: The batch

    /// Parses what `connection` has and executes whenever the batch is full.
    @inline(__always)
    mutating func drain(_ connection: ConnectionPointer) {
        if connection.pointee.state.isHeldUp { return }
        while !engine.enqueue(connection) {
            executeBatch()
            if connection.pointee.state.isHeldUp { return }
        }
        // An input of which nothing is left for the batch can be given back now.
        if connection.pointee.state.isInputFree { releaseInput(connection) }
    }

    @inline(__always)
    mutating func executeBatch() {
        if let desk, !engine.isBatchOwn { return executeBatch(desk) }
        engine.prefetch()
        var index = 0
        while index < engine.batchCount {
            let connection = engine.connection(ofRequest: index)
            passTurn(to: connection)
            index = engine.executeRun(from: index, replyLimit: Engine<K>.replyLimit)
            if engine.reply.count >= Engine<K>.replyLimit || engine.reply.endsWithReference {
                sendReply(connection)
            }
            if connection.pointee.state.isHeldUp { index = hold(connection, from: index) }
        }
        // The last one's turn may go on in the next batch; the others' are over.
        owner?.pointee.state.unqueue()
        engine.removeBatch()
    }

    /// The next replies in `engine.reply` will be those of `next`, or nobody's yet. Here, and
    /// nowhere else, the turn of another ends: its replies are sent or kept, its input goes back,
    /// and it is closed when that was to follow them.
    @inline(__always)
    mutating func passTurn(to next: ConnectionPointer?) {
        guard owner != next else { return }
        let last = owner
        owner = next
        guard let connection = last else { return }
        connection.pointee.state.unqueue()
        if engine.reply.count > 0 { sendReply(connection) }
        if connection.pointee.state.isClosed { return }
        releaseInput(connection)
        let isAnswered = !connection.pointee.hasUnsent && !connection.pointee.awaitsReplies
        if connection.pointee.state.closesAfterReply && isAnswered {
            closeConnection(connection)
        }
    }
}
