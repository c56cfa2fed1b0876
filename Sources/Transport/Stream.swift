// A stream of bytes to a peer over a connected, non-blocking socket. What carries the bytes is a
// case of one type, after valkey's ConnectionType: today they go as they are, and the one-case
// switches below are no code. Encryption would be a second case, and nothing else for those who
// send and receive.
//
// A stream is a value that names its descriptor; who opened it closes it, once. Inlinable: a call
// across modules would cost a request of pipeline 1 a hundredth.
import Glibc
import LinuxSystem

public enum Stream: Sendable {
    case plain(descriptor: CInt)

    /// For a poller, and for what the kernel knows of the socket.
    @inlinable @inline(__always)
    public var descriptor: CInt {
        switch self {
        case .plain(let descriptor): descriptor
        }
    }

    /// Takes what has come, at most `count` bytes.
    /// - Allocations: none.
    @inlinable @inline(__always)
    public func receive(into buffer: UnsafeMutableRawPointer, _ count: Int) -> StreamResult {
        switch self {
        case .plain(let descriptor):
            switch LinuxSystem.receive(descriptor, into: buffer, count) {
            case .bytes(0): .closed
            case .bytes(let count): .bytes(count)
            case .wouldBlock: .wouldBlock
            case .failed(let errno): .failed(errno)
            }
        }
    }

    /// Gives at most `count` bytes away, and fewer where the socket takes no more now.
    /// - Allocations: none.
    @inlinable @inline(__always)
    public func send(_ bytes: UnsafeRawPointer, _ count: Int) -> StreamResult {
        switch self {
        case .plain(let descriptor): StreamResult(sent: LinuxSystem.send(descriptor, bytes, count))
        }
    }

    /// Several stretches of memory as one.
    public func send<let count: Int>(
        _ pieces: InlineArray<count, UnsafeRawBufferPointer>
    ) -> StreamResult {
        switch self {
        case .plain(let descriptor): StreamResult(sent: LinuxSystem.send(descriptor, pieces))
        }
    }

    /// Tells the peer that nothing more comes, where the carrier has a word for it; before the
    /// descriptor is closed, which is how a plain stream says it.
    @inlinable @inline(__always)
    public func shutdown() {
        switch self {
        case .plain: break
        }
    }

    /// Ends the stream and closes the descriptor, which no poller has.
    public func close() {
        shutdown()
        Glibc.close(descriptor)
    }
}
