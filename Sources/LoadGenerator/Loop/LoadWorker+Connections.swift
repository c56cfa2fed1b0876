// What a worker does on one connection: send a batch, read and step over its replies, record them.
import LinuxSystem
import RESP
import SystemPackage
import Transport

extension LoadWorker where Source: ~Copyable {
    @inline(__always)
    mutating func handle(_ event: ReadyEvent) {
        let connection = connections + Int(truncatingIfNeeded: event.token)
        if connection.pointee.sent < connection.pointee.batch.length {
            if connection.pointee.isHandshaking {
                if shakeHands(connection) { refill(connection) }
                return
            }
            if event.isWritable { flush(connection) }
        }
        if event.isReadable {
            read(connection, toEnd: event.endsInput)
        } else if connection.pointee.stream.receivesWhenWritable {
            read(connection, toEnd: false)
        }
    }

    /// Looks, without waiting, for what a server does to connections that ask it nothing.
    mutating func watchIdle() {
        do throws(SystemCallError) {
            let count = try epoll.wait(milliseconds: 0)
            burst.now = Clock.monotonicNanoseconds()
            for index in 0..<count where !burst.hasFailed { handle(epoll.event(at: index)) }
        } catch {
            burst.fail(.system(error))
        }
    }

    /// Sends the next batch, if there is one to send.
    @inline(__always)
    mutating func refill(_ connection: UnsafeMutablePointer<LoadConnection>) {
        if burst.isPaced {
            burst.openLoop.pointee.release(connection - connections)
            return
        }
        let wanted = min(burst.pipeline, burst.budget)
        guard wanted > 0 else { return }
        let count = source.ready(wanted)
        guard count > 0 else { return }
        burst.budget &-= count
        burst.outstanding &+= count
        start(connection, count)
    }

    /// Sends a batch of `count` requests, which are counted as outstanding already.
    @inline(__always)
    mutating func start(_ connection: UnsafeMutablePointer<LoadConnection>, _ count: Int) {
        source.fill(&connection.pointee.batch, count)
        connection.pointee.requests = count
        connection.pointee.answered = 0
        connection.pointee.sent = 0
        connection.pointee.sentAt = Clock.monotonicNanoseconds()
        connection.pointee.firstReplyAt = 0
        flush(connection)
    }

    /// A connection for every batch (`-k 0`).
    @inline(never)
    private mutating func reconnect(_ connection: UnsafeMutablePointer<LoadConnection>) {
        if let traffic = connection.pointee.stream.encryptedTraffic { closedTraffic += traffic }
        do throws(LoadFailure.Reason) {
            try connection.pointee.reopen(address, options, epoll)
            do throws(SystemCallError) {
                try epoll.add(
                    connection.pointee.stream.descriptor, .edges,
                    token: UInt64(connection - connections))
            } catch {
                burst.fail(.system(error))
            }
        } catch {
            burst.fail(error)
        }
        if connection.pointee.isHandshaking && !burst.hasFailed {
            handshaking &+= 1
            _ = shakeHands(connection)
        }
    }

    /// Goes on with the handshake of a new connection. It counts by itself and in no latency: what
    /// waits for it is sent, and timed, behind it.
    /// - Returns: whether the connection is ready for requests.
    @inline(never)
    private mutating func shakeHands(_ connection: UnsafeMutablePointer<LoadConnection>) -> Bool {
        let stream = connection.pointee.stream
        do throws(LoadFailure.Reason) {
            guard try StreamOpening.step(stream) else { return false }
            if handshakes == nil { handshakes = HandshakeSample() }
            handshakes?.add(
                from: connection.pointee.sentAt, to: Clock.monotonicNanoseconds(),
                isResumed: stream.isResumed)
            burst.lastByteAt = burst.now
            handshaking &-= 1
            connection.pointee.sent = connection.pointee.batch.length
            try StreamOpening.setUp(stream, options)
            return true
        } catch {
            burst.fail(error)
            return false
        }
    }

    @inline(__always)
    private mutating func flush(_ connection: UnsafeMutablePointer<LoadConnection>) {
        let bytes = UnsafePointer(connection.pointee.batch.bytes)
        let length = connection.pointee.batch.length
        switch connection.pointee.send(bytes, length, &burst.bytesSent) {
        case nil: return
        case .closed?: burst.fail(.closed)
        case .broken(let errno)?: lost(connection, errno)
        }
    }

    @inline(__always)
    private mutating func read(
        _ connection: UnsafeMutablePointer<LoadConnection>, toEnd: Bool
    ) {
        while !burst.hasFailed {
            let carried = connection.pointee.carryCount
            switch connection.pointee.receive(into: buffer) {
            case .bytes(let count):
                burst.noteReceived(count)
                if showsReplies {
                    source.received(UnsafeRawBufferPointer(start: buffer + carried, count: count))
                }
                parse(connection, carried &+ count)
                // A short read has emptied the socket (epoll(7), question 9), unless its end is
                // waiting behind the bytes.
                if count < LoopLimits.receiveBytes && !toEnd || connection.pointee.isHandshaking {
                    return
                }
            case .closed: burst.fail(.closed)
            case .wouldBlock: return
            case .failed(let errno): lost(connection, errno)
            }
        }
    }

    /// A broken connection. What the server may have said before it hung up is read for the
    /// message ("max number of clients reached").
    @inline(never)
    private mutating func lost(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ errno: Errno
    ) {
        connection.pointee.carryCount = 0
        if case .bytes(let count) = connection.pointee.stream.receive(
            into: buffer, LoopLimits.receiveBytes)
        {
            parse(connection, count)
        }
        burst.fail(StreamOpening.reason(connection.pointee.stream, errno))
    }

    /// Steps over the replies in the first `count` bytes of the buffer.
    @inline(__always)
    private mutating func parse(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ count: Int
    ) {
        var position = 0
        var run = Run(latency: latency(connection))
        scanning: while position < count {
            if let rules {
                let passed = pass(connection, rules, position, count)
                if passed.replies > 0 {
                    position = passed.end
                    let answered = connection.pointee.answered
                    connection.pointee.answered = answered &+ passed.replies
                    note(connection, answered, passed.replies, &run)
                    continue
                }
            }
            let begin = position
            switch connection.pointee.scanner.scan(buffer, count, &position) {
            case .reply(let kind):
                if kind == .push {
                    burst.pushes &+= 1
                    connection.pointee.check = ReplyCheck()
                    continue
                }
                let answered = connection.pointee.answered
                guard answered < connection.pointee.requests else {
                    burst.fail(.unexpectedReply)
                    break scanning
                }
                let command = Int(connection.pointee.batch.commands[answered])
                if let wait = waits?[command] {
                    if step(connection, answered, wait, kind, begin, position) {
                        connection.pointee.answered = answered &+ 1
                        note(connection, answered, 1, &run)
                    }
                    if burst.hasFailed { break scanning }
                    continue
                }
                connection.pointee.answered = answered &+ 1
                if let rules {
                    check(connection, answered, rules[command], kind, begin, position)
                }
                note(connection, answered, 1, &run)
                if kind == .null {
                    burst.counters[command].nulls &+= 1
                    if tellsMisses { tellMiss(connection, answered, command) }
                } else if kind == .error {
                    noteError(connection, command)
                    if burst.hasFailed { break scanning }
                }
            case .needMore:
                if position > begin { stepIntoPart(connection, begin, position) }
                break scanning
            case .malformed(let reason):
                burst.fail(.malformed(reason))
                break scanning
            }
        }
        record(run)
        connection.pointee.carryCount = 0
        if position < count && !burst.hasFailed {
            connection.pointee.keep(buffer + position, count &- position)
        }
        refillIfAnswered(connection)
    }

    @inline(__always)
    private mutating func refillIfAnswered(_ connection: UnsafeMutablePointer<LoadConnection>) {
        if connection.pointee.answered == connection.pointee.requests && !burst.hasFailed
            && connection.pointee.requests > 0
        {
            connection.pointee.requests = 0
            connection.pointee.answered = 0
            if !options.keepsConnections && burst.budget > 0 {
                reconnect(connection)
                if connection.pointee.isHandshaking { return }
            }
            if !burst.hasFailed { refill(connection) }
        }
    }

    @inline(never)
    private mutating func tellMiss(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ position: Int, _ command: Int
    ) {
        guard burst.labels[command].nullIsMiss else { return }
        source.missed(connection.pointee.batch.tickets[position])
    }

    /// Replies of one wake-up to one command: one latency, recorded together.
    private struct Run {
        let latency: UInt64
        var command = 0
        var count: UInt64 = 0
    }

    /// Of the replies that this wake-up reads.
    @inline(__always)
    private func latency(_ connection: UnsafeMutablePointer<LoadConnection>) -> UInt64 {
        var readAt = burst.now
        if options.latencyMode == .batch {
            if connection.pointee.firstReplyAt == 0 { connection.pointee.firstReplyAt = burst.now }
            readAt = connection.pointee.firstReplyAt
        }
        return readAt > connection.pointee.sentAt ? readAt &- connection.pointee.sentAt : 1
    }

    /// Counts `count` replies to one command, from the batch's `answered`-th on.
    @inline(__always)
    private mutating func note(
        _ connection: UnsafeMutablePointer<LoadConnection>, _ answered: Int, _ count: Int,
        _ run: inout Run
    ) {
        let command = Int(connection.pointee.batch.commands[answered])
        if burst.isPaced {
            for index in answered..<answered &+ count { recordIntended(connection, index, command) }
        }
        if command != run.command {
            record(run)
            (run.command, run.count) = (command, 0)
        }
        run.count &+= UInt64(truncatingIfNeeded: count)
    }

    @inline(__always)
    private mutating func record(_ run: Run) {
        guard run.count > 0 else { return }
        burst.record(run.command, run.latency, count: run.count)
    }
}
