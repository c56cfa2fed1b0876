// One connection of a worker: a plain struct behind a pointer, so that the loop pays neither
// reference counts nor exclusivity checks.
import LinuxSystem
import RESP
import SystemPackage
import Transport

/// How a connection ended.
enum LinkEnd {
    case closed
    case broken(Errno)
}

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

    /// Sends what the socket has not taken yet of a batch's `length` bytes.
    /// - Parameter total: what the socket takes now is added to it.
    /// - Returns: nil where all of it is sent, or the edge of writability will come.
    @inline(__always)
    mutating func send(
        _ bytes: UnsafePointer<UInt8>, _ length: Int, _ total: inout UInt64
    ) -> LinkEnd? {
        while sent < length {
            let before = sent
            switch stream.send(bytes + before, length &- before) {
            case .bytes(let count):
                sent = before &+ count
                total &+= UInt64(truncatingIfNeeded: count)
            case .wouldBlock: return nil
            case .closed: return .closed
            case .failed(let errno): return .broken(errno)
            }
        }
        return nil
    }

    /// Receives `LoopLimits.receiveBytes` at most, behind the line that was kept: that goes to the
    /// start of `buffer`. Mutating, so that no connection is copied for it.
    @inline(__always)
    mutating func receive(into buffer: UnsafeMutablePointer<UInt8>) -> StreamResult {
        if carryCount > 0 { buffer.update(from: carry, count: carryCount) }
        return stream.receive(into: buffer + carryCount, LoopLimits.receiveBytes)
    }

    /// The error reply that the scanner has just found.
    func errorText(in buffer: UnsafeMutablePointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        let text = scanner.errorText
        return UnsafeBufferPointer(start: buffer + text.lowerBound, count: text.count)
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
