// The executing thread's part of `threads=io:N`: jobs out, jobs back.
//
// Replies of a wake-up gather in a connection's `unsent` and are handed over at its end, one write
// job per connection, before its next read can be; a connection that an I/O thread has is left
// alone, and what happens to it meanwhile is noted for its return.
import Keyspaces
import LinuxSystem
import RESP

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// What an event said about a connection that an I/O thread has.
    func note(_ event: ReadyEvent, _ connection: ConnectionPointer) {
        if event.isWritable { connection.pointee.state.note(.writable) }
        if event.isReadable {
            if event.endsInput { connection.pointee.state.announceEnd() }
            connection.pointee.state.note(.readable)
        }
    }

    /// Keeps the replies for the end of the wake-up.
    mutating func keepForThread(_ connection: ConnectionPointer) {
        if !connection.pointee.state.isClosed {
            let wasWaiting = connection.pointee.hasUnsent
            keepUnsent(connection, from: 0)
            let state = connection.pointee.state
            // What waits for a slow reader already is sent when the socket becomes writable.
            if !wasWaiting && !state.isClosed && !state.isGathered {
                connection.pointee.state.gather()
                connection.pointee.nextToWrite = toWrite
                toWrite = connection
            }
        }
        engine.reply.removeAll()
    }

    /// Gives the gathered replies to the I/O threads, and shows them all jobs of this wake-up.
    @inline(__always)
    mutating func handOverReplies() {
        guard io.count > 0 else { return }
        while let connection = toWrite {
            toWrite = connection.pointee.nextToWrite
            connection.pointee.nextToWrite = nil
            connection.pointee.state.handOver()
            if connection.pointee.state.isClosed || !connection.pointee.hasUnsent { continue }
            let start = connection.pointee.unsentStart
            let bytes = connection.pointee.unsent.unsafelyUnwrapped + start
            if !io.push(.write, connection, bytes, connection.pointee.unsentEnd &- start) {
                sendUnsent(connection)
            }
        }
        io.publish()
    }

    /// Takes back what the I/O threads have done.
    @inline(__always)
    mutating func reapJobs() {
        guard io.inFlight > 0 else { return }
        while let (job, notice) = io.reap() {
            switch job.kind {
            case .read: reapRead(job, notice)
            case .write: reapWrite(job, notice)
            }
        }
    }

    private mutating func reapRead(_ job: Job, _ notice: ConnectionState.Notice) {
        var notice = notice
        let connection = job.connection
        let prepared = job.prepared.unsafelyUnwrapped
        defer { io.giveBack(prepared) }
        connection.pointee.input = job.input
        if notice.contains(.close) { return closeConnection(connection) }
        switch job.result {
        case 0: endInput(connection)
        case Job.wouldBlock: releaseInput(connection)
        case Job.failed: closeConnection(connection)
        default:
            engine.statistics.reads &+= 1
            engine.statistics.bytesRead &+= UInt64(job.result)
            if job.result == job.count || connection.pointee.state.isEndAnnounced {
                notice.insert(.readable)
            }
            enqueue(connection, prepared)
        }
        if connection.pointee.state.isClosed { return }
        revisit(connection, notice)
    }

    /// Batches what was parsed, then parses what was not.
    private mutating func enqueue(
        _ connection: ConnectionPointer, _ prepared: UnsafeMutablePointer<PreparedRequests>
    ) {
        var index = engine.enqueue(connection, prepared, from: 0)
        while index < prepared.pointee.count
            || (prepared.pointee.failure != nil && connection.pointee.failure == nil)
        {
            executeBatch()
            if connection.pointee.state.isHeldUp {
                return prepared.pointee.hold(connection, from: index)
            }
            index = engine.enqueue(connection, prepared, from: index)
        }
        if prepared.pointee.count == PreparedRequests.capacity {
            drain(connection)
        } else if connection.pointee.state.isInputFree {
            releaseInput(connection)
        }
    }

    private mutating func reapWrite(_ job: Job, _ notice: ConnectionState.Notice) {
        let connection = job.connection
        if job.moved > 0 {
            engine.statistics.writes &+= 1
            engine.statistics.bytesWritten &+= UInt64(job.moved)
        }
        connection.pointee.unsentStart += job.moved
        if notice.contains(.close) || job.result == Job.failed {
            return closeConnection(connection)
        }
        if !connection.pointee.hasUnsent {
            finishSending(connection)
            if connection.pointee.state.isClosed { return }
        }
        revisit(connection, notice)
    }

    /// Does what was noted while the connection was away.
    private mutating func revisit(
        _ connection: ConnectionPointer, _ notice: ConnectionState.Notice
    ) {
        if notice.contains(.writable) {
            if connection.pointee.hasUnsent { sendUnsent(connection) }
            if connection.pointee.state.isClosed { return }
        }
        if connection.pointee.state.isPostponed && !engine.pause.isActive {
            resume(connection)
            if connection.pointee.state.isClosed { return }
        }
        let isHeldUp =
            notice.contains(.writable) && connection.pointee.stream.receivesWhenWritable
        if notice.contains(.readable) || isHeldUp { visitLater(connection) }
    }
}
