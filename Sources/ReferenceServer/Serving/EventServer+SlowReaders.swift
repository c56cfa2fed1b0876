// Slow readers: a client that asks for more than it reads is served as fast as it reads, and costs
// no more memory than a bounded number of replies and the requests that it sent.
//
//     requests → batch → replies ─┬→ socket
//        ▲                        └→ unsent ── chokeLimit: nothing more is executed ──┐
//        └────────────────────────── all of it sent: what was held is taken up ◁──────┘
//
// What of the connection is in the batch already is written down as requests again and put in front
// of its input later (`HeldRequests`): replies of 512 MiB each would otherwise follow. Its input is
// read on meanwhile, as far as any request may be long: a client that sends all its requests before
// it reads the first reply would wait for ever otherwise.
//
// Where a limit is set for what may wait, real servers' way holds: whoever passes it is cut off.
import Glibc
import Keyspaces
import RESP
import Transport

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Twice what a pipeline of 64 replies of 64 KiB takes: who reads at all stays below it.
    private static var chokeLimit: Int { 8 * 1024 * 1024 }

    /// Notes that `bytes` of replies wait for `connection`.
    func choke(_ connection: ConnectionPointer, waiting bytes: Int) {
        let limit = engine.configuration.outputLimit
        // A limit that no memory reaches bounds nothing.
        if bytes >= Self.chokeLimit && (limit == 0 || limit > Self.inputLimit) {
            connection.pointee.state.choke()
        }
    }

    /// Takes what `connection` has in the batch from `index` on out of it.
    /// - Returns: the position after it.
    mutating func hold(_ connection: ConnectionPointer, from index: Int) -> Int {
        var index = index
        while index < engine.batchCount && engine.connection(ofRequest: index) == connection {
            engine.hold(requestAt: index)
            index += 1
        }
        return index
    }

    /// Everything that waited was sent.
    mutating func finishSending(_ connection: ConnectionPointer) {
        forgetUnsent(connection)
        if connection.pointee.awaitsReplies { return }
        if connection.pointee.state.closesAfterReply { return closeConnection(connection) }
        if connection.pointee.state.isChoked { visitLater(connection) }
    }

    /// Reads, and parses nothing, while replies wait; takes everything up once they are sent.
    @inline(never)
    mutating func receiveChoked(_ connection: ConnectionPointer) {
        // Other threads answer soon, and it is visited then; until then the socket keeps its bytes.
        if connection.pointee.awaitsReplies { return }
        guard connection.pointee.hasUnsent else { return unchoke(connection) }
        if connection.pointee.failure == nil { readAhead(connection) }
    }

    /// Reads what is not to be parsed yet, as far as any request may be long.
    mutating func readAhead(_ connection: ConnectionPointer) {
        let waiting = connection.pointee.input.end - connection.pointee.input.start
        if waiting >= Self.inputLimit { return }
        guard prepareInput(connection) else { return }
        let room = min(
            connection.pointee.input.capacity - connection.pointee.input.end, Self.readLimit)
        let target = connection.pointee.input.base.unsafelyUnwrapped + connection.pointee.input.end
        switch connection.pointee.stream.receive(into: target, room) {
        case .bytes(let count):
            connection.pointee.input.end += count
            engine.statistics.reads &+= 1
            engine.statistics.bytesRead &+= UInt64(count)
            let state = connection.pointee.state
            // Who waits may be gone, and no further event says so.
            if count == room || (state.isBlocked && state.isEndAnnounced) {
                visitLater(connection)
            }
        // The end is read again once what came before it was answered; who waits for a key has
        // nothing to be answered.
        case .closed: if connection.pointee.state.isBlocked { closeConnection(connection) }
        case .wouldBlock: releaseInput(connection)
        case .failed: closeConnection(connection)
        }
    }

    private mutating func unchoke(_ connection: ConnectionPointer) {
        connection.pointee.state.unchoke()
        takeUp(connection)
    }

    /// Parses and executes what was held up, and goes on reading.
    mutating func takeUp(_ connection: ConnectionPointer) {
        restoreHeld(connection)
        drain(connection)
        if let failure = connection.pointee.failure, !connection.pointee.state.isHeldUp {
            if !engine.hasRoomInBatch { executeBatch() }
            if !connection.pointee.state.isHeldUp { engine.append(connection, failed: failure) }
        }
        if !connection.pointee.state.isClosed { visitLater(connection) }
    }

    /// Puts the held requests in front of the input.
    private mutating func restoreHeld(_ connection: ConnectionPointer) {
        let held = connection.pointee.held
        guard held.count > 0 else { return }
        let start = connection.pointee.input.start
        let left = connection.pointee.input.end - start
        let capacity = max(held.count + left, BufferPool.size)
        let joined = BufferPool.grow(held.base, to: capacity)
        if let input = connection.pointee.input.base {
            memcpy(joined + held.count, input + start, left)
            pool.giveBack(input, capacity: connection.pointee.input.capacity)
        }
        connection.pointee.held.release()
        connection.pointee.input.parser = RequestParser()
        connection.pointee.input.base = joined
        connection.pointee.input.start = 0
        connection.pointee.input.end = held.count + left
        connection.pointee.input.capacity = capacity
    }
}

extension Engine where K: ~Copyable {
    /// Writes down the request at `index` of the batch, to be parsed again. A broken stream has
    /// none: its connection keeps the failure.
    mutating func hold(requestAt index: Int) {
        let request = request(at: index)
        guard request.row != Request.protocolError else { return }
        request.connection.pointee.held.append(
            arguments, request.firstArgument, request.argumentCount)
    }
}

extension PreparedRequests {
    /// Writes down the requests from `index` on, to be parsed again.
    func hold(_ connection: UnsafeMutablePointer<Connection>, from index: Int) {
        for index in index..<max(index, count) {
            let entry = self[index]
            connection.pointee.held.append(arguments, entry.firstArgument, entry.argumentCount)
        }
        if let failure { connection.pointee.breakOff(failure) }
    }
}
