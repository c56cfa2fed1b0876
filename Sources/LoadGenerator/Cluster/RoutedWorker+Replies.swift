// Replies on a node's connection: stepped over, held against what they must be, recorded for their
// command and their node; those that name another node are taken there.
import LinuxSystem
import RESP
import SystemPackage
import Transport

extension RoutedWorker {
    mutating func handle(_ event: ReadyEvent) {
        if event.token == MapRefresh.token { return readMap() }
        let connection = connections[Int(truncatingIfNeeded: event.token)]
        guard connection.pointee.isOpen else { return }
        if event.isWritable { flush(connection) }
        if event.isReadable {
            read(connection, toEnd: event.endsInput)
        } else if connection.pointee.link.stream.receivesWhenWritable {
            read(connection, toEnd: false)
        }
    }

    private mutating func read(
        _ connection: UnsafeMutablePointer<RoutedConnection>, toEnd: Bool
    ) {
        while !burst.hasFailed && connection.pointee.isOpen {
            let carried = connection.pointee.link.carryCount
            switch connection.pointee.link.receive(into: buffer) {
            case .bytes(let count):
                burst.noteReceived(count)
                nodes[connection.pointee.node].pointee.lastByteAt = burst.now
                if hasAway { comeBack(connection.pointee.node) }
                parse(connection, carried &+ count)
                // A short read has emptied the socket (epoll(7), question 9), unless its end is
                // waiting behind the bytes.
                if count < LoopLimits.receiveBytes && !toEnd { return }
            case .closed: return lose(connection, .closed)
            case .wouldBlock: return
            case .failed(let errno): return lose(connection, .broken(errno))
            }
        }
    }

    /// Replies of one wake-up to one command that were sent together: one latency.
    private struct Run {
        var command = 0
        var sentAt: UInt64 = 0
        var count: UInt64 = 0
    }

    /// Steps over the replies in the first `count` bytes of the buffer.
    private mutating func parse(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ count: Int
    ) {
        var position = 0
        var run = Run()
        let node = nodes[connection.pointee.node]
        let readAt = moment(connection)
        scanning: while position < count {
            let begin = position
            let answered = connection.pointee.answered
            switch connection.pointee.link.scanner.scan(buffer, count, &position) {
            case .reply(.push):
                burst.pushes &+= 1
                connection.pointee.link.check = ReplyCheck()
            case .reply(let kind):
                guard answered < connection.pointee.batch.count else {
                    burst.fail(.unexpectedReply)
                    break scanning
                }
                connection.pointee.answered = answered &+ 1
                node.pointee.outstanding &-= 1
                let request = connection.pointee.batch.requests[answered]
                if request.isAsking { continue scanning }
                if kind == .error && takesDetour(connection, answered) { continue scanning }
                if cluster.notesWrites && kind == .status { noteWrite(connection, request) }
                if !rules.isEmpty { check(connection, request, kind, begin, position) }
                if Int(request.command) != run.command || request.sentAt != run.sentAt {
                    record(run, readAt, node)
                    run = Run(command: Int(request.command), sentAt: request.sentAt)
                }
                run.count &+= 1
                if request.intendedAt > 0 && burst.isPaced {
                    burst.openLoop.pointee.latency[Int(request.command)].record(
                        burst.now > request.intendedAt ? burst.now &- request.intendedAt : 1)
                }
                if kind == .null || kind == .error { note(connection, request, kind) }
            case .needMore:
                if !rules.isEmpty && position > begin { checkPart(connection, begin, position) }
                break scanning
            case .malformed(let reason):
                burst.fail(.malformed(reason))
                break scanning
            }
        }
        record(run, readAt, node)
        connection.pointee.link.carryCount = 0
        if position < count && !burst.hasFailed {
            connection.pointee.link.keep(buffer + position, count &- position)
        }
        if connection.pointee.answered == connection.pointee.batch.count { finish(connection) }
    }

    /// Keeps the key of a SET that was acknowledged.
    @inline(never)
    private mutating func noteWrite(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ request: RoutedRequest
    ) {
        guard learnt[Int(request.command)].isSet else { return }
        let bytes = UnsafePointer(connection.pointee.batch.bytes + request.offset)
        if let key = RequestFrame.argument(1, of: bytes) { met.written?.note(key) }
    }

    /// What the latencies of this wake-up end with.
    private func moment(_ connection: UnsafeMutablePointer<RoutedConnection>) -> UInt64 {
        guard options.latencyMode == .batch else { return burst.now }
        if connection.pointee.link.firstReplyAt == 0 {
            connection.pointee.link.firstReplyAt = burst.now
        }
        return connection.pointee.link.firstReplyAt
    }

    /// A batch is answered: its client and its connection are free.
    private mutating func finish(_ connection: UnsafeMutablePointer<RoutedConnection>) {
        guard connection.pointee.batch.count > 0, !burst.hasFailed else { return }
        connection.pointee.batch.removeAll()
        connection.pointee.answered = 0
        freeClient(connection)
        nodes[connection.pointee.node].pointee.idle.append(connection.pointee.token)
    }

    private mutating func record(
        _ run: Run, _ readAt: UInt64, _ node: UnsafeMutablePointer<RoutedNode>
    ) {
        guard run.count > 0 else { return }
        let latency = readAt > run.sentAt ? readAt &- run.sentAt : 1
        burst.record(run.command, latency, count: run.count)
        node.pointee.operations &+= run.count
        node.pointee.latency.record(latency, count: run.count)
    }

    @inline(never)
    private mutating func note(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ request: RoutedRequest,
        _ kind: ReplyKind
    ) {
        let command = Int(request.command)
        if kind == .null {
            burst.counters[command].nulls &+= 1
            guard source.wantsMisses && burst.labels[command].nullIsMiss else { return }
            source.missed(request.ticket)
        } else {
            burst.noteError(command, connection.pointee.link.errorText(in: buffer))
        }
    }

    // MARK: what replies must be

    /// The reply to `request`, or the last part of it.
    private mutating func check(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ request: RoutedRequest,
        _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        let rule = rules[Int(request.command)]
        if rule.content == .any && rule.allows(kind) { return }
        // Nearly all: a string that is there whole and has its value's ends.
        if rule.content == .value, burst.untilWhole > 1, !connection.pointee.link.check.isUnderWay,
            let value = request.expected.value
        {
            let shape = heads.shape(ofSize: request.expected.size)
            if end &- begin == shape.count && shape.fits(buffer + begin, value) {
                burst.untilWhole &-= 1
                burst.answers.checked &+= 1
                return
            }
        }
        let reply = checked(request, rule, begin, end)
        burst.checkClosely(reply, kind, &connection.pointee.link.check, source)
    }

    /// The bytes that there are of a reply which is not complete.
    private mutating func checkPart(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ begin: Int, _ end: Int
    ) {
        let answered = connection.pointee.answered
        guard answered < connection.pointee.batch.count else { return }
        let request = connection.pointee.batch.requests[answered]
        guard !request.isAsking else { return }
        let reply = checked(request, rules[Int(request.command)], begin, end)
        burst.checkPart(reply, &connection.pointee.link.check, source)
    }

    private func checked(
        _ request: RoutedRequest, _ rule: AnswerRule, _ begin: Int, _ end: Int
    ) -> CheckedReply {
        CheckedReply(
            command: Int(request.command), rule: rule, ticket: request.ticket,
            expected: request.expected, bytes: buffer + begin, count: end &- begin)
    }
}
