// One connection of a worker: a plain struct behind a pointer, so that the loop pays neither
// reference counts nor exclusivity checks.
import LinuxSystem
import RESP
import Transport

struct LoadConnection {
    private(set) var stream: Stream
    private var isOpen = true
    var scanner = ReplyScanner()
    /// Of a reply that is looked into piece by piece.
    var check = ReplyCheck()
    /// Of a write that is waited for.
    var waited = WaitedReply()
    var batch: RequestBatch
    /// Bytes of `batch` that the socket has taken; `handshaking` before it takes any.
    var sent = 0
    /// Requests of `batch`, and how many of them are answered.
    var requests = 0
    var answered = 0
    /// When the first byte of `batch` was handed to the socket, or a handshake began.
    var sentAt: UInt64 = 0
    /// When the first bytes of its replies were read; 0 before that.
    var firstReplyAt: UInt64 = 0
    /// The start of a line that is not whole yet; normally none.
    var carry: UnsafeMutablePointer<UInt8>
    var carryCount = 0
    private var carryCapacity: Int

    /// Below the length of any batch, so that the loop looks for it only where bytes are left.
    private static let handshaking = -1
    var isHandshaking: Bool { sent < 0 }

    /// Holds every length line and most error lines; longer ones make it grow.
    private static let carryStart = 256

    init(_ stream: Stream, requests: Int) {
        self.stream = stream
        batch = RequestBatch(requests: requests)
        carryCapacity = Self.carryStart
        carry = .allocate(capacity: carryCapacity)
    }

    func deallocate() {
        if isOpen { stream.close() }
        batch.deallocate()
        carry.deallocate()
    }

    mutating func keep(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        if count > carryCapacity {
            carry.deallocate()
            carryCapacity = count * 2
            carry = .allocate(capacity: carryCapacity)
        }
        carry.update(from: bytes, count: count)
        carryCount = count
    }

    /// Replaces the connection, which `epoll` has, by a new one to the same server, which it has
    /// not. An encrypted one has its handshake still to come, and the set-up commands behind it.
    mutating func reopen(
        _ address: SocketAddress, _ options: LoadOptions, _ epoll: borrowing Epoll
    ) throws(LoadFailure.Reason) {
        stream.shutdown()
        epoll.close(stream.descriptor)
        isOpen = false
        stream = .plain(descriptor: -1)  // what the old one kept is gone
        stream = try StreamOpening.begin(address, options)
        isOpen = true
        scanner = ReplyScanner()
        waited = WaitedReply()
        carryCount = 0
        if stream.isEncrypted {
            sent = Self.handshaking
            sentAt = Clock.monotonicNanoseconds()
        } else {
            try StreamOpening.setUp(stream, options)
        }
    }
}
