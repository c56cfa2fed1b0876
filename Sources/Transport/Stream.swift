// A stream of bytes to a peer over a connected, non-blocking socket. What carries the bytes is a
// case of one type, after valkey's ConnectionType: they go as they are, or through TLS. A plain
// stream pays one branch for it, which is always foreseen.
//
// A stream is a value that names its descriptor; who opened it closes it, once. Inlinable: a call
// across modules would cost a request of pipeline 1 a hundredth.
//
// Of both it holds that fewer bytes received than asked for have emptied the socket, and that what
// was not sent is sent again before anything else is.
import Glibc
import LinuxSystem

public enum Stream: Sendable {
    case plain(descriptor: CInt)
    /// By a TLSContext.
    case encrypted(TLSSession)

    /// For a poller, and for what the kernel knows of the socket.
    @inlinable @inline(__always)
    public var descriptor: CInt {
        switch self {
        case .plain(let descriptor): descriptor
        case .encrypted(let session): session.descriptor
        }
    }

    /// Takes what has come, at most `count` bytes.
    /// - Allocations: none of a plain stream.
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
        case .encrypted(let session): session.receive(into: buffer, count)
        }
    }

    /// Gives at most `count` bytes away, and fewer where the socket takes no more now.
    /// - Allocations: none of a plain stream.
    @inlinable @inline(__always)
    public func send(_ bytes: UnsafeRawPointer, _ count: Int) -> StreamResult {
        switch self {
        case .plain(let descriptor): StreamResult(sent: LinuxSystem.send(descriptor, bytes, count))
        case .encrypted(let session): session.send(bytes, count)
        }
    }

    /// Several stretches of memory as one.
    public func send<let count: Int>(
        _ pieces: InlineArray<count, UnsafeRawBufferPointer>
    ) -> StreamResult {
        switch self {
        case .plain(let descriptor): StreamResult(sent: LinuxSystem.send(descriptor, pieces))
        case .encrypted(let session): Self.sendPieces(pieces, through: session)
        }
    }

    /// What one record holds: pieces that fit one are copied into it, for a record of each would
    /// cost more.
    private static let recordBytes = 16 << 10

    private static func sendPieces<let count: Int>(
        _ pieces: InlineArray<count, UnsafeRawBufferPointer>, through session: TLSSession
    ) -> StreamResult {
        var total = 0
        for index in pieces.indices { total += pieces[index].count }
        if total <= recordBytes { return sendJoined(session, pieces, total) }
        var sent = 0
        for index in pieces.indices {
            guard let bytes = pieces[index].baseAddress, pieces[index].count > 0 else { continue }
            let result = session.send(bytes, pieces[index].count)
            // What went before counts; the next try finds what was in the way.
            guard case .bytes(let moved) = result else { return sent > 0 ? .bytes(sent) : result }
            sent += moved
            if moved < pieces[index].count { break }
        }
        return .bytes(sent)
    }

    private static func sendJoined<let count: Int>(
        _ session: TLSSession, _ pieces: InlineArray<count, UnsafeRawBufferPointer>, _ total: Int
    ) -> StreamResult {
        withUnsafeTemporaryAllocation(byteCount: max(total, 1), alignment: 1) {
            room -> StreamResult in
            var end = 0
            for index in pieces.indices {
                guard let bytes = pieces[index].baseAddress else { continue }
                memcpy(room.baseAddress! + end, bytes, pieces[index].count)
                end += pieces[index].count
            }
            return session.send(room.baseAddress!, total)
        }
    }

    /// Tells the peer that nothing more comes, where the carrier has a word for it, and frees what
    /// it kept; before the descriptor is closed, which is how a plain stream says it. Nothing but
    /// the descriptor may be asked of the stream from then on.
    @inlinable @inline(__always)
    public func shutdown() {
        switch self {
        case .plain: break
        case .encrypted(let session): session.end()
        }
    }

    /// Ends the stream and closes the descriptor, which no poller has.
    public func close() {
        shutdown()
        Glibc.close(descriptor)
    }
}
