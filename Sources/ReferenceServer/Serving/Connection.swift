// One client: its stream, its input, what could not be sent yet, where it stands, and its
// session. A plain struct behind a pointer: nothing in it is counted by reference, and an event
// finds it by address.
//
// The phases of its state say who may touch what (ConnectionState.swift). The session is the
// engine's; of the rest the engine parses the input, and gives orders.
import RESP
import Transport

public struct Connection {
    let stream: Stream
    public let id: UInt64
    /// Monotonic ns.
    let createdAt: UInt64
    var lastUsedAt: UInt64

    var state = ConnectionState()
    var input = ConnectionInput()
    /// How the request stream broke.
    private(set) var failure: RequestError?
    /// Requests that were parsed before it was choked, in the protocol's own spelling.
    var held = HeldRequests()

    /// Replies that the socket did not take.
    var unsent: UnsafeMutableRawPointer?
    var unsentStart = 0
    var unsentEnd = 0
    var unsentCapacity = 0

    /// 2 or 3.
    var version: UInt8 = 2
    /// What SELECT chose.
    var database: UInt8 = 0
    /// The number of the event loop that serves it.
    var thread: UInt8 = 0
    /// Gave the password, where one is asked for.
    var isAuthenticated = false
    /// CLIENT REPLY.
    var replies = Replies.all
    /// False after CLIENT NO-TOUCH ON.
    var recordsUse = true
    /// The command executed last, for CLIENT LIST: a row of the table, or a mark of `Request`.
    var lastRow = Request.unknownCommand
    /// After CLIENT NO-EVICT ON. Nothing follows from it: clients are never evicted here.
    var isNeverEvicted = false
    var name = ShortText()
    var libraryName = ShortText()
    var libraryVersion = ShortText()

    /// Retained: the struct itself is a plain value.
    private var sessionReference: Unmanaged<ClientSession>?

    /// With `sharded:N`: replies that other threads owe it. Made when the first one does.
    var pending: UnsafeMutablePointer<PendingReplies>?

    /// All connections, for CLIENT LIST.
    var next: UnsafeMutablePointer<Connection>?
    var previous: UnsafeMutablePointer<Connection>?
    /// The next of those to be visited again.
    var nextInQueue: UnsafeMutablePointer<Connection>?
    /// The next of those whose replies go to I/O threads.
    var nextToWrite: UnsafeMutablePointer<Connection>?

    /// Which commands are answered.
    enum Replies: UInt8 {
        case all, none
        /// Not the one that runs.
        case skips
        /// Neither the one that runs, CLIENT REPLY SKIP, nor the next.
        case skipsNext
    }

    init(_ stream: Stream, id: UInt64, nowNanoseconds: UInt64) {
        self.stream = stream
        self.id = id
        createdAt = nowNanoseconds
        lastUsedAt = nowNanoseconds
    }

    var descriptor: CInt { stream.descriptor }

    var hasUnsent: Bool { unsentEnd > unsentStart }

    /// Replies to what it sent are still to come from other threads, or stand behind such.
    @inline(__always)
    var awaitsReplies: Bool {
        guard let pending else { return false }
        return !pending.pointee.isEmpty
    }

    /// Requests of it that other threads have.
    var requestsElsewhere: Int {
        guard let pending else { return 0 }
        return pending.pointee.outstanding
    }

    /// Those of them that several threads execute.
    var crossings: Int {
        guard let pending else { return 0 }
        return pending.pointee.crossings
    }
}

// MARK: What most connections do without

extension Connection {
    /// A transaction, subscriptions, tracking.
    var session: ClientSession? { sessionReference?.takeUnretainedValue() }

    mutating func begin(_ session: ClientSession) {
        sessionReference = Unmanaged.passRetained(session)
    }

    mutating func endSession() {
        sessionReference?.release()
        sessionReference = nil
    }
}

// MARK: What the engine does to it while it parses

extension Connection {
    /// Puts the request that was parsed last back into the input, where it began at `start`.
    /// - Parameter isQueued: whether others of it are in the batch.
    mutating func putBack(to start: Int, isQueued: Bool) {
        assert(start < input.start)
        input.start = start
        if !isQueued { state.unqueue() }
    }

    /// Ends the stream of requests: nothing behind the fault can be told apart.
    mutating func breakOff(_ error: RequestError) {
        failure = error
        input.start = input.end
    }
}

/// Text that a client set, on the C heap so that a connection stays a plain value.
struct ShortText {
    private var base: UnsafeMutableRawPointer?
    private var count = 0

    var string: String {
        String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }

    var isEmpty: Bool { count == 0 }

    mutating func set(_ bytes: UnsafeRawBufferPointer) {
        clear()
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 1)
        copy.copyMemory(from: source, byteCount: bytes.count)
        base = copy
        count = bytes.count
    }

    mutating func clear() {
        base?.deallocate()
        base = nil
        count = 0
    }
}
