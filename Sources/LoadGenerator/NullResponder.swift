// A server that does nothing: it answers every so many bytes with the same reply. What a load
// generator reaches against it is the generator's own ceiling and floor.
//
// It runs on a thread of this process, so it takes a CPU from the generator on a machine with one.
import Glibc
import LinuxSystem
import Synchronization
import Transport

public final class NullResponder: @unchecked Sendable {
    public let address: SocketAddress
    private let listener: CInt
    private let stopping = Atomic<Bool>(false)
    /// Written in `init`, taken by `stop`, by the owner's thread alone.
    private let thread: UnsafeMutablePointer<Worker>

    /// Replies kept ready to be sent at once.
    private static let readyReplies = 4096
    private static let receiveBytes = 256 << 10
    /// More wait for the next look.
    private static let eventsPerWait = 1024

    /// - Parameters:
    ///   - requestBytes: size of every request.
    ///   - reply: what each is answered with.
    public init(requestBytes: Int, reply: [UInt8]) throws(SystemCallError) {
        precondition(requestBytes > 0 && !reply.isEmpty)
        listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        address = .tcp(host: "127.0.0.1", port: Socket.localPort(listener))
        thread = .allocate(capacity: 1)
        thread.initialize(to: try Worker { [self] in try? serve(requestBytes, reply) })
    }

    /// Ends the thread, which takes up to 50 ms. Must be called, once.
    public func stop() {
        stopping.store(true, ordering: .relaxed)
        thread.move().join()
        thread.deallocate()
    }

    private func serve(_ requestBytes: Int, _ reply: [UInt8]) throws(SystemCallError) {
        var epoll = try Epoll(capacity: Self.eventsPerWait)
        try epoll.add(listener, .reading, token: UInt64.max)
        let buffer = UnsafeMutableRawPointer.allocate(
            byteCount: Self.receiveBytes, alignment: 64)
        let ready = [UInt8]((0..<Self.readyReplies).flatMap { _ in reply })
        var rests: [CInt: Int] = [:]
        defer {
            for fd in rests.keys { close(fd) }
            close(listener)
            buffer.deallocate()
        }
        while !stopping.load(ordering: .relaxed) {
            let count = try epoll.wait(milliseconds: 50)
            for index in 0..<count {
                let event = epoll.event(at: index)
                if event.token == .max {
                    while let fd = Socket.accept(from: listener) {
                        try epoll.add(fd, .edges, token: UInt64(fd))
                        rests[fd] = 0
                    }
                } else if !answer(
                    CInt(event.token), requestBytes, reply.count, ready, buffer, &rests)
                {
                    epoll.close(CInt(event.token))
                    rests[CInt(event.token)] = nil
                }
            }
        }
    }

    /// False when the connection is over.
    private func answer(
        _ fd: CInt, _ requestBytes: Int, _ replyBytes: Int, _ ready: [UInt8],
        _ buffer: UnsafeMutableRawPointer, _ rests: inout [CInt: Int]
    ) -> Bool {
        guard var rest = rests[fd] else { return true }
        let stream = Stream.plain(descriptor: fd)
        while true {
            switch stream.receive(into: buffer, Self.receiveBytes) {
            case .closed, .failed: return false
            case .wouldBlock: return true
            case .bytes(let count):
                rest += count
                var replies = rest / requestBytes
                rest -= replies * requestBytes
                rests[fd] = rest
                while replies > 0 {
                    let part = min(replies, Self.readyReplies)
                    guard sendAll(stream, ready, part * replyBytes) else { return false }
                    replies -= part
                }
                if count < Self.receiveBytes { return true }
            }
        }
    }

    private func sendAll(_ stream: Stream, _ bytes: [UInt8], _ count: Int) -> Bool {
        var sent = 0
        while sent < count {
            switch bytes.withUnsafeBytes({ stream.send($0.baseAddress! + sent, count - sent) }) {
            case .bytes(let more): sent += more
            case .wouldBlock: _ = Socket.waitWritable(stream.descriptor, milliseconds: 50)
            case .closed, .failed: return false
            }
            if stopping.load(ordering: .relaxed) { return false }
        }
        return true
    }
}
