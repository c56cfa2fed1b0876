// How connections end: closed by their peer, by themselves, by others, for being idle, with the
// server. The memory stays until the wake-up's events are through, which may name it.
import Glibc
import Keyspaces
import LinuxSystem
import Quantities
import Transport

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Closes the socket and forgets the session; the memory goes at the end of the wake-up. One
    /// that an I/O thread has is closed when it comes back.
    @inline(never)
    mutating func closeConnection(_ connection: ConnectionPointer) {
        guard !connection.pointee.state.isClosed, connection.pointee.state.close() else { return }
        closedSinceTrim += 1
        connection.pointee.stream.shutdown()
        poller.close(connection.pointee.descriptor)
        engine.endSession(connection)
        engine.clients.remove(connection)
        if let desk { desk.pointee.shards.removeClient() }
        connection.pointee.previous = closed
        closed = connection
    }

    /// Ends connections that CLIENT KILL chose; their replies so far are sent.
    @inline(never)
    mutating func closeKilled() {
        engine.summoned &= ~ownBits
        var cursor = engine.clients.first
        while let connection = cursor {
            cursor = connection.pointee.next
            if connection.pointee.state.isKilled && isOwn(connection) {
                closeConnection(connection)
            }
        }
    }

    /// Ends connections that sent nothing for longer than the settings allow.
    mutating func closeIdle() {
        let seconds = engine.configuration.idleTimeout
        guard seconds > 0 else { return }
        var cursor = engine.clients.first
        while let connection = cursor {
            cursor = connection.pointee.next
            let last = connection.pointee.lastUsedAt
            let state = connection.pointee.state
            if state.isPostponed || state.isBlocked || !isOwn(connection) { continue }
            let now = engine.nowNanoseconds
            // Whole seconds, which no setting makes too many for the type.
            if last < now && (now - last) / Nanoseconds.perWholeSecond >= UInt64(seconds) {
                closeConnection(connection)
            }
        }
    }

    mutating func freeClosed() {
        guard closed != nil else { return }
        freeAllClosed(isEnding: false)
    }

    /// - Parameter isEnding: nothing comes from other threads any more.
    @inline(never)
    private mutating func freeAllClosed(isEnding: Bool) {
        var cursor = closed
        closed = nil
        while let connection = cursor {
            cursor = connection.pointee.previous
            let isAwaited = connection.pointee.requestsElsewhere > 0 && !isEnding
            if connection.pointee.state.isListed || isAwaited {
                // Still on the list of later visits: it is taken off there first; or in parcels
                // that come back. The list of those to be written is empty by now.
                connection.pointee.previous = closed
                closed = connection
                continue
            }
            // Requests that were in the batch when it was closed may have begun another.
            engine.endSession(connection)
            if let input = connection.pointee.input.base {
                pool.giveBack(input, capacity: connection.pointee.input.capacity)
            }
            free(connection.pointee.unsent)
            if let pending = connection.pointee.pending {
                pending.deinitialize(count: 1)
                pending.deallocate()
            }
            connection.pointee.held.clear()
            connection.pointee.name.clear()
            connection.pointee.libraryName.clear()
            connection.pointee.libraryVersion.clear()
            connection.deallocate()
        }
    }

    mutating func closeAll() {
        while let connection = toWrite {
            toWrite = connection.pointee.nextToWrite
            connection.pointee.state.handOver()
        }
        engine.clients.visit { connection in
            guard isOwn(connection) else { return }
            sendUnsent(connection)
            closeConnection(connection)
        }
        visitAgain(again)
        again = nil
        freeAllClosed(isEnding: true)
    }
}
