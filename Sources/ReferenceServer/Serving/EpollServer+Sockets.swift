// Reading and writing of one connection: partial writes, slow readers, half-closed peers, ends.
import Glibc
import Keyspaces
import LinuxSystem
import RESP

extension EpollServer where K: ~Copyable {
    // MARK: Input

    /// Reads once, parses, and executes when the batch is full.
    @inline(__always)
    mutating func receive(_ connection: ConnectionPointer) {
        // Requests in the batch point into the buffer.
        if connection.pointee.isQueued { return visitLater(connection) }
        // Its turn in the batch that ran last ends here: requests that it sends now may stand
        // behind another's in the next one, which ends the turn, and the buffer, before they are
        // executed.
        if owner == connection {
            flushOwner()
            if connection.pointee.isClosed { return }
        }
        // An I/O thread has one job of a connection at a time: the replies go first.
        if connection.pointee.isToWrite { return visitLater(connection) }
        if connection.pointee.isAway {
            connection.pointee.becameReadable = true
            return
        }
        if connection.pointee.closesAfterReply || connection.pointee.inputEnded
            || connection.pointee.isPostponed || connection.pointee.isChoked
        {
            if connection.pointee.isChoked { receiveChoked(connection) }
            return
        }
        guard prepareInput(connection) else { return closeConnection(connection) }
        let room = min(
            connection.pointee.inputCapacity &- connection.pointee.inputEnd, Self.readLimit)
        let target = connection.pointee.input.unsafelyUnwrapped + connection.pointee.inputEnd
        if io.active > 0 && !engine.pause.isActive && io.push(.read, connection, target, room) {
            return
        }
        switch LinuxSystem.receive(connection.pointee.descriptor, into: target, room) {
        case .bytes(let count) where count > 0:
            connection.pointee.inputEnd &+= count
            engine.statistics.reads &+= 1
            engine.statistics.bytesRead &+= UInt64(truncatingIfNeeded: count)
            if count == room || connection.pointee.isEndAnnounced { visitLater(connection) }
            drain(connection)
        case .bytes: endInput(connection)
        case .wouldBlock: releaseInput(connection)
        case .failed: closeConnection(connection)
        }
    }

    /// Makes room to read into: a pooled buffer, the old one moved down, or a larger one.
    /// - Returns: false when the peer sent more than any request may take.
    @inline(__always)
    mutating func prepareInput(_ connection: ConnectionPointer) -> Bool {
        guard let input = connection.pointee.input else {
            connection.pointee.input = pool.take()
            connection.pointee.inputCapacity = BufferPool.size
            connection.pointee.inputStart = 0
            connection.pointee.inputEnd = 0
            return true
        }
        return makeRoom(connection, input)
    }

    @inline(never)
    private func makeRoom(
        _ connection: ConnectionPointer, _ input: UnsafeMutableRawPointer
    ) -> Bool {
        let start = connection.pointee.inputStart
        let left = connection.pointee.inputEnd - start
        if start > 0 {
            memmove(input, input + start, left)
            connection.pointee.inputStart = 0
            connection.pointee.inputEnd = left
        }
        // Doubling follows the bytes that came; a length prefix alone never makes it grow.
        if left == connection.pointee.inputCapacity {
            guard left < Self.inputLimit else { return false }
            connection.pointee.inputCapacity = left * 2
            connection.pointee.input = BufferPool.grow(input, to: left * 2)
        }
        return true
    }

    /// Gives the input buffer back when everything in it was executed.
    @inline(__always)
    mutating func releaseInput(_ connection: ConnectionPointer) {
        guard let input = connection.pointee.input,
            connection.pointee.inputStart == connection.pointee.inputEnd
        else { return }
        connection.pointee.input = nil
        pool.giveBack(input, capacity: connection.pointee.inputCapacity)
    }

    /// The peer sends no more: what it asked for is answered, then the connection ends. A request
    /// that was not finished is dropped.
    mutating func endInput(_ connection: ConnectionPointer) {
        connection.pointee.inputEnded = true
        if connection.pointee.hasUnsent {
            connection.pointee.closesAfterReply = true
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
        if !connection.pointee.isClosed && !connection.pointee.hasUnsent {
            switch sendReply(to: connection.pointee.descriptor) {
            case .bytes(let count):
                sent = count
                engine.statistics.writes &+= 1
                engine.statistics.bytesWritten &+= UInt64(truncatingIfNeeded: count)
            case .wouldBlock: break
            case .failed: closeConnection(connection)
            }
        }
        if sent < engine.reply.length && !connection.pointee.isClosed {
            keepUnsent(connection, from: sent)
        }
        engine.reply.removeAll()
    }

    @inline(__always)
    private func sendReply(to descriptor: CInt) -> IOResult {
        if engine.reply.endsWithReference { return send(descriptor, engine.reply.pieces) }
        let bytes = engine.reply.bytes
        return send(descriptor, bytes.baseAddress.unsafelyUnwrapped, bytes.count)
    }

    @inline(never)
    mutating func keepUnsent(_ connection: ConnectionPointer, from sent: Int) {
        let start = connection.pointee.unsentStart
        let kept = connection.pointee.unsentEnd - start
        let needed = kept + engine.reply.length - sent
        let limit = engine.configuration.outputLimit
        guard limit == 0 || needed <= limit else { return closeConnection(connection) }
        if let unsent = connection.pointee.unsent, start > 0 {
            memmove(unsent, unsent + start, kept)
        }
        if needed > connection.pointee.unsentCapacity {
            let capacity = max(needed, connection.pointee.unsentCapacity * 2)
            guard let grown = realloc(connection.pointee.unsent, capacity) else {
                return closeConnection(connection)
            }
            connection.pointee.unsent = grown
            connection.pointee.unsentCapacity = capacity
        }
        engine.reply.copy(from: sent, to: connection.pointee.unsent! + kept)
        connection.pointee.unsentStart = 0
        connection.pointee.unsentEnd = needed
        choke(connection, waiting: needed)
    }

    /// Sends what an earlier write left over.
    @inline(never)
    mutating func sendUnsent(_ connection: ConnectionPointer) {
        if connection.pointee.isAway || connection.pointee.isToWrite { return }
        while let unsent = connection.pointee.unsent, connection.pointee.hasUnsent {
            let start = connection.pointee.unsentStart
            let count = connection.pointee.unsentEnd - start
            switch send(connection.pointee.descriptor, unsent + start, count) {
            case .bytes(let sent):
                connection.pointee.unsentStart += sent
                connection.pointee.lastUsedAt = engine.nowNanoseconds
                engine.statistics.writes &+= 1
                engine.statistics.bytesWritten &+= UInt64(sent)
            case .wouldBlock: return
            case .failed: return closeConnection(connection)
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
