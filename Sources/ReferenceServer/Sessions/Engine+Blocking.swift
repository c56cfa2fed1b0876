// Clients that wait for a key to hold something (BLPOP and its kin): how they begin to, and what
// ends it.
//
//     command ─ nothing there ─► waits ─┬─ a command, or EXEC, changed the key ─► executed again
//                                       ├─ its time is over ────────────────────► null
//                                       ├─ CLIENT UNBLOCK ──────────────────────► null or an error
//                                       └─ the connection ends ─────────────────► nothing
//
// A command that waits is executed again as it stands once one of its keys holds what it wants, and
// before any other request: so it looks at its keys in their order, and nobody gets what it waited
// for. Who came first is served first, per key; a key that has become something of another type
// serves nobody. With `sharded:N` these commands are refused by name: their keys, and their client,
// are several threads'.
//
// Replies follow Redis 7.2 and Valkey, blocked.c.
import Keyspaces
import Quantities
import RESP

extension Engine where K: ~Copyable {
    /// When a wait ends.
    enum WaitEnd {
        case never
        /// Monotonic ns.
        case at(UInt64)
    }

    /// The end that the argument at `index`, seconds, asks for; nil after an error reply.
    mutating func parseTimeout(_ request: Request, _ index: Int) -> WaitEnd? {
        guard let seconds = longFloat(argument(request, index).bytes) else {
            fail(request, "ERR timeout is not a float or out of range")
            return nil
        }
        let milliseconds = (seconds * 1_000).rounded(.up)
        guard milliseconds >= 0 else {
            fail(request, "ERR timeout is negative")
            return nil
        }
        // As a Unix time in ms it has to fit 64 bits.
        guard let count = Int64(exactly: milliseconds), count <= Int64.max - keyspace.now else {
            fail(request, "ERR timeout is out of range")
            return nil
        }
        guard count > 0 else { return .never }
        return .at(nowNanoseconds + Nanoseconds(milliseconds: Int(count)).count)
    }

    /// Has the client wait until one of the keys at `positions` holds a `type`.
    /// - Returns: false where it may not wait: the command answers at once that there is nothing.
    mutating func beginWait(
        _ request: Request, for positions: Range<Int>, _ type: ValueType, until end: WaitEnd
    ) -> Bool {
        let connection = request.connection
        let isInTransaction = connection.pointee.session?.isExecuting ?? false
        guard canBlock, !isServing, !isInTransaction, !connection.pointee.state.isClosed else {
            return false
        }
        var keys: [DatabaseKey] = []
        for position in positions {
            let key = DatabaseKey(
                database: databases.active, bytes: Array(argument(request, position).bytes))
            if !keys.contains(key) { keys.append(key) }
        }
        var held = HeldRequests()
        held.append(arguments, request.firstArgument, request.argumentCount)
        var time: UInt64?
        if case .at(let nanoseconds) = end { time = nanoseconds }
        let session = session(connection)
        waits.add(
            session,
            Wait(
                request: held, keys: keys, type: type, end: time,
                isRead: connection.pointee.replies == .all))
        connection.pointee.state.block()
        return true
    }

    // MARK: Served

    /// After a request: those who wait for a key that it changed get what is there now.
    @inline(never)
    mutating func serveWaits(after request: Request) {
        let isInTransaction = request.connection.pointee.session?.isExecuting ?? false
        guard !isServing, !isInTransaction, !reply.endsWithReference else { return }
        let (active, runner, version) = (databases.active, executing, reply.version)
        let (recordsUse, referred) = (keyspace.recordsUse, refersToValues)
        isServing = true
        // What is there now may not be there when the reply is sent.
        refersToValues = false
        while waits.hasChanges {
            for key in waits.takeChanges() { serve(key) }
        }
        isServing = false
        refersToValues = referred
        activate(active)
        keyspace.recordsUse = recordsUse
        reply.version = version
        executing = runner
    }

    /// Who is served may change other keys (BLMOVE), whose turn comes then.
    private mutating func serve(_ key: DatabaseKey) {
        for session in waits.queue(for: key) {
            activate(key.database)
            let type = key.bytes.withUnsafeBytes { keyspace.type(of: keyspace.key($0)) }
            if type == nil { return }
            if session.wait?.type == type { executeAgain(session) }
        }
    }

    private mutating func executeAgain(_ session: ClientSession) {
        guard let wait = waits.remove(session) else { return }
        var held = wait.request
        let connection = session.connection
        reply.version = connection.pointee.version
        keyspace.recordsUse = connection.pointee.recordsUse
        executing = connection
        let (mark, first) = (reply.count, arguments.count)
        var parser = RequestParser()
        if let base = held.base,
            case .request = parser.next(base, held.count, into: &arguments)
        {
            // It counts as one call, which it was when it began to wait.
            let request = request(from: first, of: connection)
            dispatch(request, commands.rows[request.row].handler)
        }
        arguments.truncate(to: first)
        answer(session, isRead: wait.isRead, from: mark)
        held.clear()
    }

    /// Takes what was written from `mark` on as the reply to what the session's client waited with.
    private mutating func answer(_ session: ClientSession, isRead: Bool, from mark: Int) {
        let bytes = isRead ? Array(reply.bytes[mark...]) : []
        reply.truncate(to: mark)
        mail(bytes, to: session)
    }

    // MARK: Not served

    /// Ends waits whose time is over.
    @inline(never)
    mutating func endOverdueWaits() {
        while let session = waits.overdue(nowNanoseconds) { endWait(session, withError: false) }
    }

    private mutating func endWait(_ session: ClientSession, withError: Bool) {
        guard let wait = waits.remove(session) else { return }
        var held = wait.request
        held.clear()
        let (mark, version) = (reply.count, reply.version)
        reply.version = session.connection.pointee.version
        if withError {
            fail("UNBLOCKED client unblocked via CLIENT UNBLOCK")
        } else {
            reply.nullArray()
        }
        answer(session, isRead: wait.isRead, from: mark)
        reply.version = version
    }

    /// The session's client is gone, or going.
    mutating func forgetWait(_ session: ClientSession) {
        guard let wait = waits.remove(session) else { return }
        var held = wait.request
        held.clear()
    }

    /// `CLIENT UNBLOCK id [TIMEOUT | ERROR]`
    mutating func clientUnblock(_ request: Request) {
        var withError = false
        if request.argumentCount > 3 {
            let reason = argument(request, 3)
            withError = reason.isWord("error")
            guard withError || reason.isWord("timeout") else {
                return fail(request, "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
            }
        }
        guard let id = argument(request, 2).integer else { return notAnInteger(request) }
        guard id > 0, let session = waits[UInt64(id)] else { return reply.integer(0) }
        endWait(session, withError: withError)
        reply.integer(1)
    }
}
