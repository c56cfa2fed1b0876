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
        while !hasFailed && connection.pointee.isOpen {
            let carried = connection.pointee.link.carryCount
            if carried > 0 { buffer.update(from: connection.pointee.link.carry, count: carried) }
            let room = LoopLimits.receiveBytes
            switch connection.pointee.link.stream.receive(into: buffer + carried, room) {
            case .bytes(let count):
                lastByteAt = now
                nodes[connection.pointee.node].pointee.lastByteAt = now
                if hasAway { comeBack(connection.pointee.node) }
                bytesReceived &+= UInt64(truncatingIfNeeded: count)
                parse(connection, carried &+ count)
                // A short read has emptied the socket (epoll(7), question 9), unless its end is
                // waiting behind the bytes.
                if count < room && !toEnd { return }
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
                pushes &+= 1
                connection.pointee.link.check = ReplyCheck()
            case .reply(let kind):
                guard answered < connection.pointee.batch.count else {
                    fail(.unexpectedReply)
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
                if request.intendedAt > 0 && isPaced {
                    openLoop.pointee.latency[Int(request.command)].record(
                        now > request.intendedAt ? now &- request.intendedAt : 1)
                }
                if kind == .null || kind == .error { note(connection, request, kind) }
            case .needMore:
                if !rules.isEmpty && position > begin { checkPart(connection, begin, position) }
                break scanning
            case .malformed(let reason):
                fail(.malformed(reason))
                break scanning
            }
        }
        record(run, readAt, node)
        connection.pointee.link.carryCount = 0
        if position < count && !hasFailed {
            connection.pointee.link.keep(buffer + position, count &- position)
        }
        if connection.pointee.answered == connection.pointee.batch.count { finish(connection) }
    }

    /// Keeps the key of a SET that was acknowledged.
    @inline(never)
    private mutating func noteWrite(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ request: RoutedRequest
    ) {
        guard traits[Int(request.command)].isSet else { return }
        let bytes = UnsafePointer(connection.pointee.batch.bytes + request.offset)
        if let key = RequestFrame.argument(1, of: bytes) { met.written?.note(key) }
    }

    /// What the latencies of this wake-up end with.
    private func moment(_ connection: UnsafeMutablePointer<RoutedConnection>) -> UInt64 {
        guard options.latencyMode == .batch else { return now }
        if connection.pointee.link.firstReplyAt == 0 { connection.pointee.link.firstReplyAt = now }
        return connection.pointee.link.firstReplyAt
    }

    /// A batch is answered: its client and its connection are free.
    private mutating func finish(_ connection: UnsafeMutablePointer<RoutedConnection>) {
        guard connection.pointee.batch.count > 0, !hasFailed else { return }
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
        outstanding &-= Int(truncatingIfNeeded: run.count)
        replies &+= run.count
        latencySum &+= latency &* run.count
        counters[run.command].operations &+= run.count
        counters[run.command].latency.record(latency, count: run.count)
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
            counters[command].nulls &+= 1
            if source.wantsMisses && labels[command].nullIsMiss { source.missed(request.ticket) }
            return
        }
        let text = connection.pointee.link.scanner.errorText
        counters[command].errors &+= 1
        errors.add(UnsafeBufferPointer(start: buffer + text.lowerBound, count: text.count))
        if options.errorPolicy == .stop { fail(.errorReply(errors.result()[0].firstText)) }
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
        if rule.content == .value, untilWhole > 1, !connection.pointee.link.check.isUnderWay,
            let value = request.expected.value
        {
            let shape = heads.shape(ofSize: request.expected.size)
            if end &- begin == shape.count && shape.fits(buffer + begin, value) {
                untilWhole &-= 1
                answers.checked &+= 1
                return
            }
        }
        checkClosely(connection, request, rule, kind, begin, end)
    }

    /// The bytes that there are of a reply which is not complete.
    private mutating func checkPart(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ begin: Int, _ end: Int
    ) {
        let answered = connection.pointee.answered
        guard answered < connection.pointee.batch.count else { return }
        let request = connection.pointee.batch.requests[answered]
        let rule = rules[Int(request.command)]
        guard rule.looksInside, !request.isAsking else { return }
        if !connection.pointee.link.check.isUnderWay {
            connection.pointee.link.check.isWhole = untilWhole <= 1
        }
        connection.pointee.link.check.feed(
            buffer + begin, end &- begin, rule.content,
            source.answer(to: request.ticket, request.expected), request.ticket, source)
    }

    private mutating func checkClosely(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ request: RoutedRequest,
        _ rule: AnswerRule, _ kind: ReplyKind, _ begin: Int, _ end: Int
    ) {
        defer { connection.pointee.link.check = ReplyCheck() }
        guard kind != .error else { return }
        let expected = source.answer(to: request.ticket, request.expected)
        guard rule.allows(kind) else {
            answers.checked &+= 1
            answers.wrong &+= 1
            if answers.firstWrong == nil {
                answers.firstWrong = example(request, rule, expected, begin, end)
            }
            return
        }
        if rule.content == .values || (rule.content == .value && kind == .bytes) {
            untilWhole &-= 1
        }
        let isDue = untilWhole <= 0
        if isDue { untilWhole = wholeInterval }
        if !connection.pointee.link.check.isUnderWay {
            connection.pointee.link.check.isWhole = isDue
        }
        connection.pointee.link.check.feed(
            buffer + begin, end &- begin, rule.content, expected, request.ticket, source)
        let check = connection.pointee.link.check
        if check.compared > 0 || check.lost > 0 { answers.checked &+= 1 }
        if check.compared > 0 && check.isWhole { answers.whole &+= 1 }
        if check.isWrong {
            answers.wrong &+= 1
            if answers.firstWrong == nil {
                answers.firstWrong = example(request, rule, expected, begin, end)
            }
        }
        if check.lost > 0 {
            answers.lost &+= check.lost
            if answers.firstLost == nil {
                answers.firstLost = example(request, rule, expected, begin, end)
            }
        }
    }

    private func example(
        _ request: RoutedRequest, _ rule: AnswerRule, _ expected: ExpectedReply, _ begin: Int,
        _ end: Int
    ) -> AnswerTally.Example {
        AnswerTally.Example(
            command: labels[Int(request.command)].name, key: source.key(of: request.ticket),
            expected: rule.looksInside ? expected.described : rule.described,
            got: AnswerTally.shown(buffer + begin, end &- begin), atNanoseconds: now)
    }
}
