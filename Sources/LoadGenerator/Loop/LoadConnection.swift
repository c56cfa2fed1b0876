// One connection of a worker: a plain struct behind a pointer, so that the loop pays neither
// reference counts nor exclusivity checks.
import LinuxSystem
import Quantities
import RESP
import Transport

struct LoadConnection {
    private(set) var stream: Stream
    private var isOpen = true
    var scanner = ReplyScanner()
    /// Of a reply that is looked into piece by piece.
    var check = ReplyCheck()
    var batch: RequestBatch
    /// Bytes of `batch` that the socket has taken.
    var sent = 0
    /// Requests of `batch`, and how many of them are answered.
    var requests = 0
    var answered = 0
    /// When the first byte of `batch` was handed to the socket.
    var sentAt: UInt64 = 0
    /// When the first bytes of its replies were read; 0 before that.
    var firstReplyAt: UInt64 = 0
    /// The start of a line that is not whole yet; normally none.
    var carry: UnsafeMutablePointer<UInt8>
    var carryCount = 0
    private var carryCapacity: Int

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

    /// Connects and has the set-up commands answered.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions, requests: Int
    ) throws(LoadFailure.Reason) -> LoadConnection {
        LoadConnection(try connect(address, options), requests: requests)
    }

    /// Replaces the connection, which `epoll` has, by a new one to the same server, which it has
    /// not.
    mutating func reopen(
        _ address: SocketAddress, _ options: LoadOptions, _ epoll: borrowing Epoll
    ) throws(LoadFailure.Reason) {
        stream.shutdown()
        epoll.close(stream.descriptor)
        isOpen = false
        stream = try Self.connect(address, options)
        isOpen = true
        scanner = ReplyScanner()
        carryCount = 0
    }

    private static func connect(
        _ address: SocketAddress, _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> Stream {
        let stream: Stream
        do throws(SystemCallError) {
            stream = .plain(descriptor: try Socket.connect(to: address))
        } catch {
            throw .connect(error)
        }
        do throws(LoadFailure.Reason) {
            for command in options.prelude { try ask(stream, command, options) }
        } catch {
            stream.close()
            throw error
        }
        return stream
    }

    /// Sends one command and waits for its reply, which must not be an error.
    private static func ask(
        _ stream: Stream, _ command: [String], _ options: LoadOptions
    ) throws(LoadFailure.Reason) {
        let request = RequestEncoder.encode(command)
        // A set-up command fits any socket buffer.
        guard case .bytes(request.count) = stream.send(request, request.count) else {
            throw .closed
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let limit = Nanoseconds(options.stallNanoseconds)
            guard Socket.waitReadable(stream.descriptor, milliseconds: limit.milliseconds) else {
                throw .stalled(seconds: limit.seconds)
            }
            let result = chunk.withUnsafeMutableBytes {
                stream.receive(into: $0.baseAddress!, $0.count)
            }
            switch result {
            case .closed: throw .closed
            case .bytes(let count): received += chunk.prefix(count)
            case .wouldBlock: continue
            case .failed(let errno): throw .broken(errno)
            }
            let reply: RESPValue?
            do throws(MalformedReply) {
                reply = try ReplyDecoder.answer(in: received)
            } catch {
                throw .malformed(error)
            }
            guard let reply else { continue }
            if case .error(let text) = reply { throw .refused(text) }
            return
        }
    }
}
