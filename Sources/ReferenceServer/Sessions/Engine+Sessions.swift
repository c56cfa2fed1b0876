// The coming and going of sessions, what is asked of a connection that has one before each request,
// and the messages that wait for it.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// The session of `connection`, made if there is none.
    mutating func session(_ connection: UnsafeMutablePointer<Connection>) -> ClientSession {
        if let session = connection.pointee.session { return session }
        let session = ClientSession(connection)
        connection.pointee.begin(session)
        sessionCount += 1
        setGates()
        return session
    }

    /// Ends the session if nothing is left of it.
    mutating func settle(_ session: ClientSession) {
        guard session.isEmpty, session.connection.pointee.session === session else { return }
        session.connection.pointee.endSession()
        sessionCount -= 1
        setGates()
    }

    /// Forgets all that the connection asked for: it is reset, or closed.
    mutating func endSession(_ connection: UnsafeMutablePointer<Connection>) {
        guard let session = connection.pointee.session else { return }
        forgetWait(session)
        discardTransaction(session)
        unsubscribeAll(session)
        stopTracking(session)
        session.mail = []
        session.isMailed = false
        mailed.removeAll { $0 === session }
        settle(session)
    }

    // MARK: Before a request

    /// False when the request was queued, or refused.
    mutating func isAdmittedBySession(_ request: Request) -> Bool {
        executing = request.connection
        let handler = commands.rows[request.row].handler
        if let session = request.connection.pointee.session {
            takeMail(session)
            if request.connection.pointee.version == 2 && session.isSubscribed
                && !handler.isForSubscribers
            {
                let name = Command.all[request.row].name
                return rejected(
                    request,
                    "ERR Can't execute '\(name)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING /"
                        + " QUIT / RESET are allowed in this context")
            }
            if session.transaction != nil && !handler.controlsTransactions {
                queue(request, session)
                return false
            }
            if session.tracking != nil {
                remember(request, session)
                // It holds for one command, a transaction being one.
                if handler != .connection(.client) && handler != .transaction(.exec) {
                    session.tracking?.isNamed = false
                }
            }
        }
        // SET without options does not look for those who want to know; it fails no more from here.
        if handler == .string(.set) && request.argumentCount == 3 { noteChange(of: request.key) }
        return true
    }

    /// A command changed `key`: those who watch, cache or wait for it are told.
    @inline(__always)
    mutating func noteChange(of key: Key) {
        if hasGates { tellChange(of: key) }
    }

    @inline(never)
    private mutating func tellChange(of key: Key) {
        if !watchers.isEmpty || !waits.isEmpty {
            let changed = DatabaseKey(database: databases.active, bytes: Array(key.bytes))
            markWatchers(of: changed)
            waits.note(changed)
        }
        if tracking.isInUse {
            invalidate(Array(key.bytes), by: executing?.pointee.session)
        }
    }

    // MARK: Messages

    /// Lets `bytes` be sent to the session's connection: after the reply to what it sent last.
    mutating func mail(_ bytes: [UInt8], to session: ClientSession) {
        session.mail += bytes
        announceMail(session)
    }

    mutating func announceMail(_ session: ClientSession) {
        guard !session.isMailed else { return }
        session.isMailed = true
        mailed.append(session)
    }

    /// Some session has messages.
    public var hasMail: Bool { !mailed.isEmpty }

    /// Those of an event loop that have messages, which are taken off the list.
    mutating func takeMailed(of thread: UInt8) -> [ClientSession] {
        var sessions: [ClientSession] = []
        var others: [ClientSession] = []
        for session in mailed {
            if session.connection.pointee.thread == thread {
                session.isMailed = false
                sessions.append(session)
            } else {
                others.append(session)
            }
        }
        mailed = others
        return sessions
    }

    /// Event loops whose connections have messages, a bit each.
    var mailedThreads: UInt64 {
        mailed.reduce(0) { $0 | 1 &<< UInt64($1.connection.pointee.thread) }
    }

    /// What waits for the session, once.
    mutating func letters(_ session: ClientSession) -> [UInt8] {
        if session.tracking?.changed.isEmpty == false, let keys = session.tracking?.takeChanged() {
            PushEncoder.appendInvalidation(of: keys, to: &session.mail)
        }
        let letters = session.mail
        session.mail = []
        return letters
    }

    /// Messages go before the reply that comes next, in the order of what happened.
    private mutating func takeMail(_ session: ClientSession) {
        guard session.isMailed, session.connection.pointee.replies == .all else { return }
        mailed.removeAll { $0 === session }
        session.isMailed = false
        let letters = letters(session)
        letters.withUnsafeBytes { reply.raw($0) }
        settle(session)
    }
}

extension Handler {
    /// Allowed in RESP2 while there are subscriptions.
    fileprivate var isForSubscribers: Bool {
        switch self {
        case .message(.subscribe), .message(.unsubscribe), .message(.psubscribe),
            .message(.punsubscribe), .message(.ssubscribe), .message(.sunsubscribe),
            .connection(.ping), .connection(.quit), .connection(.reset):
            true
        default: false
        }
    }

    /// Executed at once, also between MULTI and EXEC.
    fileprivate var controlsTransactions: Bool {
        switch self {
        case .transaction(.multi), .transaction(.exec), .transaction(.discard),
            .transaction(.watch), .connection(.quit), .connection(.reset):
            true
        default: false
        }
    }
}
