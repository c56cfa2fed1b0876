// What a server does between bytes in and bytes out: it takes requests off connections' input
// buffers into a batch, prefetches for all of them, executes them and leaves the replies in one
// buffer. It neither reads nor writes a socket; of one it knows the addresses, for CLIENT LIST. An
// event loop (`EventServer`) reads, writes and decides when.
//
//     enqueue(connection)  parse up to `batch` requests ahead, look commands up, hash keys
//     prefetch()           index lines of all keys, then entries of all keys
//     executeRun(from:)    the requests of one connection, replies appended to `reply`
//
// The engine and its keyspace are `~Copyable` values with one owner and are passed inout, so the
// request path has no reference counting, no exclusivity checks and no allocation. Commands are
// functions of extensions, one file per family.
import Glibc
import Keyspaces
import LinuxSystem
import RESP

/// A parsed request of the batch.
struct Request {
    let connection: UnsafeMutablePointer<Connection>
    /// Position of its first argument in the vector.
    let firstArgument: Int
    let argumentCount: Int
    /// Row of the command table, or one of the negative marks.
    let row: Int
    /// The first key, hashed; empty bytes when the command has none.
    let key: Key

    static let unknownCommand = -1
    /// The stream broke here: `connection.failure` says how.
    static let protocolError = -2
}

public struct Engine<K: Keyspace & ~Copyable>: ~Copyable {
    /// Of the database that the connection which is being served has chosen.
    var keyspace: K
    /// Which keys those are, with `sharded:N`; else all.
    var shard = ShardPlace()
    /// Bytes that the other shards take, as far as there is a limit for the sum.
    var bytesElsewhere = 0
    /// The other databases.
    var databases = Databases<K>()
    public var reply = ReplyBuffer()
    var arguments = ArgumentVector()
    let commands: CommandIndex
    /// What the table cannot do.
    let lacks: Set<Capability>
    public internal(set) var configuration: ServerConfiguration
    /// `Poller.name` of what its owner waits with.
    let pollerName: String
    var statistics = ServerStatistics()
    var clients = ClientList()
    /// Other nodes of the cluster.
    var peers = ClusterPeers()
    var injection: Injection
    /// Monotonic ns and Unix ms, read once per wake-up.
    var nowNanoseconds: UInt64 = 0
    /// Something is asked of a request before it is executed: a password, memory, one slot, its
    /// database, its session; or others execute on the same store.
    var hasGates = false
    /// Of these, the former.
    var asksForMore = false
    /// Connections with a session.
    var sessionCount = 0
    /// Whose request runs, while there are sessions.
    var executing: UnsafeMutablePointer<Connection>?
    /// Who watches a key.
    var watchers: [DatabaseKey: [ClientSession]] = [:]
    var tracking = TrackingTable()
    var channels = ChannelTable()
    /// Who waits for keys.
    var waits = WaitTable()
    /// There is an event loop, by which a client that waits can be answered later.
    var canBlock = true
    /// Requests of clients that waited are being executed.
    var isServing = false
    /// Sessions with messages that wait.
    var mailed: [ClientSession] = []
    /// Long values are not copied into the reply. Off while I/O threads send: a value may change
    /// before they do.
    var refersToValues = true
    /// I/O threads that get jobs at present, as INFO tells.
    var activeIOThreads = 0
    /// CLIENT PAUSE.
    var pause = Pause()
    var warnings = WarningLimit()
    /// Event loops that have something to do for what a command decided, a bit each: connections of
    /// theirs are marked by CLIENT KILL, the pause or the settings are others.
    var summoned: UInt64 = 0
    /// SHUTDOWN was executed.
    public internal(set) var isStopping = false

    private let batch: UnsafeMutablePointer<Request>
    private let batchCapacity: Int
    private let prefetches: Bool
    public private(set) var batchCount = 0
    private var batchesUntilTimed = 1

    /// Values from here on are sent from where they lie. That takes a call of its own, and shorter
    /// ones are cheaper to copy: server CPU per GET at pipelines 1 and 16, sent so against copied,
    /// was 1.05 and 1.33 at 16 KiB, 0.93 and 0.91 at 32 KiB, 0.88 and 0.97 at 64 KiB.
    static var referredBytes: Int { 32 * 1024 }
    /// Replies are sent early past this, so that a pipeline of large values does not pile up.
    static var replyLimit: Int { 256 * 1024 }
    /// Requests parsed ahead when prefetching is off: the depth still bounds a turn.
    private static var unprefetchedBatch: Int { 64 }
    /// One batch of this many has its commands' times taken, for `usec` in commandstats: two clock
    /// readings per command would otherwise cost more than most commands.
    private static var timedBatchInterval: Int { 64 }

    public init(_ keyspace: consuming K, _ configuration: ServerConfiguration, pollerName: String) {
        self.configuration = configuration
        lacks = configuration.table.lacks
        commands = CommandIndex(configuration.table.release)
        self.pollerName = pollerName
        injection = Injection(configuration.injection, configuration.keyspace.quantum)
        prefetches = configuration.batch > 1
        batchCapacity = prefetches ? configuration.batch : Self.unprefetchedBatch
        batch = .allocate(capacity: batchCapacity)
        statistics.emptyKeyspaceBytes = keyspace.memory.allocated
        statistics.startedAtNanoseconds = Clock.monotonicNanoseconds()
        self.keyspace = keyspace
        setGates()
    }

    deinit { batch.deallocate() }

    /// Sets the time that decides about expiry until the next call.
    @inline(__always)
    public mutating func setTime(monotonicNanoseconds: UInt64, unixMilliseconds: Int64) {
        nowNanoseconds = monotonicNanoseconds
        keyspace.now = unixMilliseconds
    }

    // MARK: The batch

    /// Parses requests of `connection` into the batch.
    /// - Returns: false when the batch is full and more input may be waiting.
    @inline(__always)
    public mutating func enqueue(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        if pause.isActive { return enqueuePaused(connection) }
        return enqueue(connection, upTo: batchCapacity)
    }

    /// Parses requests until the batch has `limit`.
    /// - Returns: false when it has them and more input may be waiting.
    @inline(__always)
    mutating func enqueue(
        _ connection: UnsafeMutablePointer<Connection>, upTo limit: Int
    ) -> Bool {
        while batchCount < limit {
            let firstArgument = arguments.count
            switch connection.pointee.input.nextRequest(into: &arguments) {
            case .request:
                if arguments.count > firstArgument {
                    append(connection, firstArgument)
                }
            case .incomplete: return true
            case .failed(let error):
                append(connection, failed: error)
                return true
            }
        }
        return false
    }

    /// Takes over requests that an I/O thread parsed, from `index` on, while the batch has room.
    /// - Returns: the position after the last one taken.
    mutating func enqueue(
        _ connection: UnsafeMutablePointer<Connection>,
        _ prepared: UnsafeMutablePointer<PreparedRequests>, from index: Int
    ) -> Int {
        var index = index
        while index < prepared.pointee.count && batchCount < batchCapacity {
            let entry = prepared.pointee[index]
            let firstArgument = arguments.count
            for offset in 0..<entry.argumentCount {
                arguments.append(prepared.pointee.arguments[entry.firstArgument &+ offset])
            }
            append(connection, firstArgument, entry.row)
            index &+= 1
        }
        if index == prepared.pointee.count && batchCount < batchCapacity,
            let failure = prepared.pointee.failure
        {
            append(connection, failed: failure)
        }
        return index
    }

    @inline(__always)
    private mutating func append(
        _ connection: UnsafeMutablePointer<Connection>, _ firstArgument: Int
    ) {
        let name = arguments[firstArgument]
        append(connection, firstArgument, commands.row(UnsafeRawPointer(name.base), name.count))
    }

    @inline(__always)
    private mutating func append(
        _ connection: UnsafeMutablePointer<Connection>, _ firstArgument: Int, _ row: Int
    ) {
        let count = arguments.count &- firstArgument
        var key = Key(bytes: Bytes(start: nil, count: 0), hash: 0)
        if row >= 0 {
            let position = commands.rows[row].firstKey
            if position > 0 && position < count {
                key = keyspace.key(arguments[firstArgument &+ position].bytes)
            }
        }
        connection.pointee.state.queue()
        (batch + batchCount).initialize(
            to: Request(
                connection: connection, firstArgument: firstArgument, argumentCount: count,
                row: row, key: key))
        batchCount &+= 1
    }

    mutating func append(
        _ connection: UnsafeMutablePointer<Connection>, failed error: RequestError
    ) {
        connection.pointee.breakOff(error)
        connection.pointee.state.queue()
        (batch + batchCount).initialize(
            to: Request(
                connection: connection, firstArgument: arguments.count, argumentCount: 0,
                row: Request.protocolError, key: Key(bytes: Bytes(start: nil, count: 0), hash: 0)))
        batchCount &+= 1
    }

    var hasRoomInBatch: Bool { batchCount < batchCapacity }

    /// Whether the request that was parsed last changes the keyspace, or may: what a transaction
    /// does is not known before it is executed.
    var isLastWriting: Bool {
        let row = batch[batchCount - 1].row
        guard row >= 0 else { return false }
        return Command.all[row].flags.contains(.write)
            || Command.all[row].handler == .transaction(.exec)
    }

    /// Takes the request that was parsed last out of the batch.
    mutating func dropLast() {
        batchCount -= 1
        arguments.truncate(to: batch[batchCount].firstArgument)
    }

    /// Asks for the cache lines that the batch will touch, so that their misses overlap.
    @inline(__always)
    public func prefetch() {
        guard prefetches && batchCount > 1 else { return }
        keyspace.prefetch(batch, batchCount)
    }

    /// The same for `count` requests from `start` on.
    func prefetch(from start: Int, _ count: Int) {
        guard prefetches && count > 1 else { return }
        keyspace.prefetch(batch + start, count)
    }

    /// Takes the key of a request that another thread executes out of what is prefetched.
    func forgetKey(ofRequest index: Int) {
        let request = batch[index]
        (batch + index).initialize(
            to: Request(
                connection: request.connection, firstArgument: request.firstArgument,
                argumentCount: request.argumentCount, row: request.row,
                key: Key(bytes: Bytes(start: nil, count: 0), hash: 0)))
    }

    /// `enqueue` whatever the pause: for requests that another thread has let through.
    @inline(never)
    mutating func enqueueUnpaused(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        enqueue(connection, upTo: batchCapacity)
    }

    func request(at index: Int) -> Request { batch[index] }

    /// The connection of the request at `index` of the batch.
    @inline(__always)
    public func connection(ofRequest index: Int) -> UnsafeMutablePointer<Connection> {
        batch[index].connection
    }

    /// Executes requests from `index` on, as long as they are of one connection, none of them waits
    /// for a key, and the replies are not more than a write takes well, nor end with a value that
    /// has to be sent first.
    /// - Returns: the position after the last one executed.
    @inline(__always)
    public mutating func executeRun(from index: Int, replyLimit: Int) -> Int {
        let connection = batch[index].connection
        let isTimed = isBatchTimed
        reply.version = connection.pointee.version
        connection.pointee.lastUsedAt = nowNanoseconds
        keyspace.recordsUse = connection.pointee.recordsUse
        var index = index
        repeat {
            if !connection.pointee.state.closesAfterReply {
                let mark = reply.count
                if isTimed { executeTimed(batch + index) } else { execute(batch + index) }
                if connection.pointee.replies != .all { silence(connection, from: mark) }
            }
            index &+= 1
        } while index < batchCount && batch[index].connection == connection
            && reply.count < replyLimit && !reply.endsWithReference
            && !connection.pointee.state.isBlocked
        connection.pointee.lastRow = batch[index &- 1].row
        return index
    }

    /// CLIENT REPLY OFF and SKIP: takes the reply that begins at `mark` back.
    @inline(never)
    private mutating func silence(
        _ connection: UnsafeMutablePointer<Connection>, from mark: Int
    ) {
        reply.truncate(to: mark)
        switch connection.pointee.replies {
        case .skipsNext: connection.pointee.replies = .skips
        case .skips: connection.pointee.replies = .all
        case .all, .none: break
        }
    }

    /// Forgets the batch, after all of it was executed.
    @inline(__always)
    public mutating func removeBatch() {
        keyspace.endBatch()
        if injection.isActive { injection.settle(entries: keyspace.count) }
        // Both arrays of a growing table are there for less than a tick.
        statistics.peakBytes = max(statistics.peakBytes, usedMemory)
        batchCount = 0
        arguments.removeAll()
        batchesUntilTimed &-= 1
        if batchesUntilTimed < 0 { batchesUntilTimed = Self.timedBatchInterval }
    }

    @inline(__always)
    private var isBatchTimed: Bool { batchesUntilTimed == 0 }

    // MARK: One request

    @inline(never)
    private mutating func executeTimed(_ request: UnsafePointer<Request>) {
        let row = request.pointee.row
        let start = Clock.monotonicNanoseconds()
        execute(request)
        guard row >= 0 else { return }
        commands.rows[row].timedCalls &+= 1
        commands.rows[row].timedNanoseconds &+= Clock.monotonicNanoseconds() &- start
    }

    /// - Parameter request: where it stands in the batch: whoever needs all of its 64 bytes copies
    ///   them, and GET and SET need a few words.
    @inline(__always)
    private mutating func execute(_ request: UnsafePointer<Request>) {
        guard request.pointee.row >= 0 else { return executeOdd(request.pointee) }
        let row = commands.rows + request.pointee.row
        let arity = row.pointee.arity
        let count = request.pointee.argumentCount
        guard arity > 0 ? count == arity : count >= -arity else {
            return rejectArity(request.pointee)
        }
        if hasGates {
            if asksForMore && !isAdmitted(request.pointee) { return }
            if shard.isShared { return executeConcurrently(request, row) }
        }
        perform(request, row, count)
    }

    /// Executes a request that is in order.
    @inline(__always)
    mutating func perform(
        _ request: UnsafePointer<Request>, _ row: UnsafeMutablePointer<CommandIndex.Row>,
        _ count: Int
    ) {
        row.pointee.calls &+= 1
        statistics.commands &+= 1
        if injection.isActive {
            let key = request.pointee.key
            injection.disturb(hash: key.bytes.baseAddress == nil ? nil : key.hash)
        }
        switch row.pointee.hot {
        case .get: get(request.pointee)
        case .set where count == 3:
            set(request.pointee.key, to: arguments[request.pointee.firstArgument &+ 2].bytes)
        case .set, .none: dispatch(request.pointee, row.pointee.handler)
        }
    }

    // MARK: What commands share

    @inline(__always)
    func argument(_ request: Request, _ index: Int) -> Argument {
        arguments[request.firstArgument &+ index]
    }
}
