// Reading and writing of one connection: partial writes, slow readers, half-closed peers, ends.
import Glibc
import Keyspaces
import RESP
import Transport

extension EventServer where K: ~Copyable, P: ~Copyable {
    // MARK: Input

    /// Reads once, parses, and executes when the batch is full.
    @inline(__always)
    mutating func receive(_ connection: ConnectionPointer) {
        // Its turn in the batch that ran last ends here: requests that it sends now may stand
        // behind another's in the next one, which ends the turn, and the buffer, before they are
        // executed.
        if owner == connection && !connection.pointee.state.isQueued { passTurn(to: nil) }
        guard connection.pointee.state.isIdle else { return receiveLater(connection) }
        guard connection.pointee.state.takesRequests else {
            if connection.pointee.state.isBlocked { return receiveBlocked(connection) }
            if connection.pointee.state.isChoked { receiveChoked(connection) }
            return
        }
        guard prepareInput(connection) else { return closeConnection(connection) }
        let room = min(
            connection.pointee.input.capacity &- connection.pointee.input.end, Self.readLimit)
        let target = connection.pointee.input.base.unsafelyUnwrapped + connection.pointee.input.end
        if io.active > 0 && !engine.pause.isActive && io.push(.read, connection, target, room) {
            return
        }
        switch connection.pointee.stream.receive(into: target, room) {
        case .bytes(let count):
            connection.pointee.input.end &+= count
            engine.statistics.reads &+= 1
            engine.statistics.bytesRead &+= UInt64(truncatingIfNeeded: count)
            if count == room || connection.pointee.state.isEndAnnounced { visitLater(connection) }
            drain(connection)
        case .closed: endInput(connection)
        case .wouldBlock: releaseInput(connection)
        case .failed: closeConnection(connection)
        }
    }

    /// Reads when that is possible again.
    @inline(never)
    private mutating func receiveLater(_ connection: ConnectionPointer) {
        switch connection.pointee.state.phase {
        // Requests in the batch point into the buffer. An I/O thread has one job of a connection
        // at a time: the replies go first.
        case .queued, .gathered, .queuedAndGathered: visitLater(connection)
        case .away: connection.pointee.state.note(.readable)
        case .idle, .closed: break
        }
    }

    /// Makes room to read into: a pooled buffer, the old one moved down, or a larger one.
    /// - Returns: false when the peer sent more than any request may take.
    @inline(__always)
    mutating func prepareInput(_ connection: ConnectionPointer) -> Bool {
        guard let input = connection.pointee.input.base else {
            connection.pointee.input.base = pool.take()
            connection.pointee.input.capacity = BufferPool.size
            connection.pointee.input.start = 0
            connection.pointee.input.end = 0
            return true
        }
        return makeRoom(connection, input)
    }

    @inline(never)
    private func makeRoom(
        _ connection: ConnectionPointer, _ input: UnsafeMutableRawPointer
    ) -> Bool {
        let start = connection.pointee.input.start
        let left = connection.pointee.input.end - start
        if start > 0 {
            memmove(input, input + start, left)
            connection.pointee.input.start = 0
            connection.pointee.input.end = left
        }
        // Doubling follows the bytes that came; a length prefix alone never makes it grow.
        if left == connection.pointee.input.capacity {
            guard left < Self.inputLimit else { return false }
            connection.pointee.input.capacity = left * 2
            connection.pointee.input.base = BufferPool.grow(input, to: left * 2)
        }
        return true
    }

    /// Gives the input buffer back when everything in it was executed.
    @inline(__always)
    mutating func releaseInput(_ connection: ConnectionPointer) {
        guard let input = connection.pointee.input.base,
            connection.pointee.input.start == connection.pointee.input.end
        else { return }
        connection.pointee.input.base = nil
        pool.giveBack(input, capacity: connection.pointee.input.capacity)
    }

    /// The peer sends no more: what it asked for is answered, then the connection ends. A request
    /// that was not finished is dropped.
    mutating func endInput(_ connection: ConnectionPointer) {
        if connection.pointee.hasUnsent || connection.pointee.awaitsReplies {
            connection.pointee.state.closeAfterReply()
        } else {
            closeConnection(connection)
        }
    }

    // MARK: Output

    /// Sends the gathered replies; what the socket does not take is kept.
    @inline(__always)
    mutating func sendReply(_ connection: ConnectionPointer) {
        if io.active > 0 { return keepForThread(connection) }
        var sent = 0
        if !connection.pointee.state.isClosed && !connection.pointee.hasUnsent {
            switch sendReply(to: connection.pointee.stream) {
            case .bytes(let count):
                sent = count
                engine.statistics.writes &+= 1
                engine.statistics.bytesWritten &+= UInt64(truncatingIfNeeded: count)
            case .wouldBlock: break
            case .closed, .failed: closeConnection(connection)
            }
        }
        if sent < engine.reply.length && !connection.pointee.state.isClosed {
            keepUnsent(connection, from: sent)
        }
        engine.reply.removeAll()
    }

    @inline(__always)
    private func sendReply(to stream: Stream) -> StreamResult {
        if engine.reply.endsWithReference { return stream.send(engine.reply.pieces) }
        let bytes = engine.reply.bytes
        return stream.send(bytes.baseAddress.unsafelyUnwrapped, bytes.count)
    }

    @inline(never)
    mutating func keepUnsent(_ connection: ConnectionPointer, from sent: Int) {
        guard let target = makeUnsentRoom(connection, engine.reply.length - sent) else { return }
        engine.reply.copy(from: sent, to: target)
    }

    /// Room behind what waits to be sent for `count` bytes, which wait from now on; nil when the
    /// connection was closed for it.
    mutating func makeUnsentRoom(
        _ connection: ConnectionPointer, _ count: Int
    ) -> UnsafeMutableRawPointer? {
        let start = connection.pointee.unsentStart
        let kept = connection.pointee.unsentEnd - start
        let needed = kept + count
        let limit = engine.configuration.outputLimit
        guard limit == 0 || needed <= limit else {
            closeConnection(connection)
            return nil
        }
        if let unsent = connection.pointee.unsent, start > 0 {
            memmove(unsent, unsent + start, kept)
        }
        if needed > connection.pointee.unsentCapacity {
            let capacity = max(needed, connection.pointee.unsentCapacity * 2)
            guard let grown = realloc(connection.pointee.unsent, capacity) else {
                closeConnection(connection)
                return nil
            }
            connection.pointee.unsent = grown
            connection.pointee.unsentCapacity = capacity
        }
        connection.pointee.unsentStart = 0
        connection.pointee.unsentEnd = needed
        choke(connection, waiting: needed)
        return connection.pointee.unsent.map { $0 + kept }
    }

    /// Sends what an earlier write left over.
    @inline(never)
    mutating func sendUnsent(_ connection: ConnectionPointer) {
        guard connection.pointee.state.isOutputFree else { return }
        while let unsent = connection.pointee.unsent, connection.pointee.hasUnsent {
            let start = connection.pointee.unsentStart
            let count = connection.pointee.unsentEnd - start
            switch connection.pointee.stream.send(unsent + start, count) {
            case .bytes(let sent):
                connection.pointee.unsentStart += sent
                connection.pointee.lastUsedAt = engine.nowNanoseconds
                engine.statistics.writes &+= 1
                engine.statistics.bytesWritten &+= UInt64(sent)
            case .wouldBlock: return
            case .closed, .failed: return closeConnection(connection)
            }
        }
        finishSending(connection)
    }

    /// Everything was sent.
    func forgetUnsent(_ connection: ConnectionPointer) {
        free(connection.pointee.unsent)
        connection.pointee.unsent = nil
        connection.pointee.unsentStart = 0
        connection.pointee.unsentEnd = 0
        connection.pointee.unsentCapacity = 0
    }
}
