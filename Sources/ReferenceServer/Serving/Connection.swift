// One client: its descriptor, its input buffer, what could not be sent yet, and its session. A
// plain struct behind a pointer: nothing in it is counted by reference, and an event finds it by
// address.
//
//      input   ┌ consumed ┬──── not parsed ────┬─── room ───┐
//              0        start                 end        capacity
//
// The input buffer is borrowed from the pool while there is something in it: an idle connection
// holds none. Requests of the running batch point into it, so it must not move or go back to the
// pool while `isQueued`.
import RESP

public struct Connection {
    public let descriptor: CInt
    public let id: UInt64
    /// Monotonic ns.
    let createdAt: UInt64
    var lastUsedAt: UInt64

    var parser = RequestParser()
    var input: UnsafeMutableRawPointer?
    var inputStart = 0
    var inputEnd = 0
    var inputCapacity = 0

    /// Replies that the socket did not take.
    var unsent: UnsafeMutableRawPointer?
    var unsentStart = 0
    var unsentEnd = 0
    var unsentCapacity = 0

    /// 2 or 3.
    var version: UInt8 = 2
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
    /// Its replies wait in such numbers that nothing of it is executed until they are sent.
    var isChoked = false
    /// Requests of it that were parsed before that, in the protocol's own spelling.
    var held = HeldRequests()
    /// A pause holds its input back: nothing of it is read or parsed.
    var isPostponed = false
    /// CLIENT KILL chose it.
    var isKilled = false
    /// An I/O thread has it: nothing else of it may be touched but these marks.
    var isAway = false
    /// What happened meanwhile, to be done when it comes back.
    var becameReadable = false
    var becameWritable = false
    var isToClose = false
    /// Its replies wait for the end of the wake-up.
    var isToWrite = false
    var nextToWrite: UnsafeMutablePointer<Connection>?
    /// Requests of it are in the batch.
    var isQueued = false
    /// More input may wait in the socket without another event.
    var hasMoreInput = false
    /// The end of the stream was announced; it is read up to it, because no further event comes.
    var isEndAnnounced = false
    /// The end was read.
    var inputEnded = false
    /// To be closed once what is written is sent; nothing more is executed.
    var closesAfterReply = false
    /// Closed; the memory goes when the wake-up's events are through.
    var isClosed = false
    var failure: RequestError?

    var name = ShortText()
    var libraryName = ShortText()
    var libraryVersion = ShortText()

    /// All connections, for CLIENT LIST.
    var next: UnsafeMutablePointer<Connection>?
    var previous: UnsafeMutablePointer<Connection>?
    /// The next of those to be visited again, or of those to be freed.
    var nextInQueue: UnsafeMutablePointer<Connection>?

    /// Which commands are answered.
    enum Replies: UInt8 {
        case all, none
        /// Not the one that runs.
        case skips
        /// Neither the one that runs, CLIENT REPLY SKIP, nor the next.
        case skipsNext
    }

    init(descriptor: CInt, id: UInt64, nowNanoseconds: UInt64) {
        self.descriptor = descriptor
        self.id = id
        createdAt = nowNanoseconds
        lastUsedAt = nowNanoseconds
    }

    var hasUnsent: Bool { unsentEnd > unsentStart }
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
