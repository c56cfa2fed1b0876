// MULTI, EXEC, DISCARD, WATCH and UNWATCH.
//
// Between MULTI and EXEC requests are written down in the protocol's spelling (`HeldRequests`), for
// the buffer that they came in goes back; EXEC parses them again, one after the other, behind the
// arguments of the batch. What is wrong with a request in itself is said when it is queued, and
// breaks the transaction off.
//
// A watched key counts as changed when a command says so (`noteChange`), or when it was there at
// WATCH and is not at EXEC: nothing says that a key expired or was evicted.
//
// Replies and texts follow Redis 7 and Valkey, multi.c.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func multi(_ request: Request) {
        let session = session(request.connection)
        guard session.transaction == nil else {
            return fail(request, "ERR MULTI calls can not be nested")
        }
        session.transaction = Transaction()
        reply.ok()
    }

    mutating func discard(_ request: Request) {
        guard let session = request.connection.pointee.session, session.transaction != nil else {
            return fail(request, "ERR DISCARD without MULTI")
        }
        discardTransaction(session)
        settle(session)
        reply.ok()
    }

    mutating func exec(_ request: Request) {
        guard let session = request.connection.pointee.session,
            let transaction = session.transaction
        else { return fail(request, "ERR EXEC without MULTI") }
        defer {
            discardTransaction(session)
            session.tracking?.isNamed = false
            settle(session)
        }
        if transaction.isBroken {
            return fail(
                request, "EXECABORT Transaction discarded because of previous errors.")
        }
        if configuration.keyspace.cluster && transaction.crossesSlots {
            return fail(request, "CROSSSLOT Keys in request don't hash to the same slot")
        }
        if configuration.maxMemory > 0 && transaction.needsRoom && !hasRoom {
            return fail(
                request,
                "EXECABORT Transaction discarded because of: \(Self.noRoom)")
        }
        if session.isDirty || hasLostKey(session) { return reply.nullArray() }
        unwatchAll(session)
        // What it executes is no longer queued; the bytes stay until the end.
        session.transaction = nil
        session.isExecuting = true
        run(transaction, request.connection)
        session.isExecuting = false
        session.transaction = transaction
    }

    private mutating func run(
        _ transaction: Transaction, _ connection: UnsafeMutablePointer<Connection>
    ) {
        reply.array(transaction.count)
        guard let base = transaction.requests.base else { return }
        let referred = refersToValues
        // Nothing may be written behind a value that is referred to.
        refersToValues = false
        let first = arguments.count
        var parser = RequestParser()
        var position = 0
        while case .request(let length) = parser.next(
            base + position, transaction.requests.count - position, into: &arguments)
        {
            position += length
            execute(from: first, connection)
            arguments.truncate(to: first)
        }
        refersToValues = referred
    }

    /// Executes the request whose arguments are those from `first` on.
    private mutating func execute(
        from first: Int, _ connection: UnsafeMutablePointer<Connection>
    ) {
        let request = request(from: first, of: connection)
        commands.rows[request.row].calls &+= 1
        statistics.commands &+= 1
        if let session = connection.pointee.session, session.tracking != nil {
            remember(request, session)
        }
        dispatch(request, commands.rows[request.row].handler)
    }

    /// A request that was put off, of a command that there is, whose arguments are those from
    /// `first` on.
    func request(
        from first: Int, of connection: UnsafeMutablePointer<Connection>
    ) -> Request {
        let count = arguments.count - first
        let name = arguments[first]
        let row = commands.row(UnsafeRawPointer(name.base), name.count)
        let position = commands.rows[row].firstKey
        let key =
            position > 0 && position < count
            ? keyspace.key(arguments[first + position].bytes)
            : Key(bytes: Bytes(start: nil, count: 0), hash: 0)
        return Request(
            connection: connection, firstArgument: first, argumentCount: count, row: row, key: key)
    }

    // MARK: Queueing

    mutating func queue(_ request: Request, _ session: ClientSession) {
        let command = Command.all[request.row]
        if command.flags.contains(.noMulti) {
            _ = rejected(request, "ERR Command not allowed inside a transaction")
            return
        }
        if let fault = subcommandFault(request) {
            _ = rejected(request, fault)
            return
        }
        let positions = command.keyPositions(request.argumentCount) { argument(request, $0) }
        let slot = positions?.first.map { HashSlot.slot(of: argument(request, $0).bytes) }
        session.transaction?.add(
            arguments, request.firstArgument, request.argumentCount,
            needsRoom: command.flags.contains(.denyoom), slot: slot)
        reply.raw("+QUEUED\r\n")
    }

    /// A request of `connection` was refused before it could be queued.
    mutating func breakTransaction(_ connection: UnsafeMutablePointer<Connection>) {
        connection.pointee.session?.transaction?.isBroken = true
    }

    /// Ends the transaction and forgets the watched keys.
    mutating func discardTransaction(_ session: ClientSession) {
        session.transaction?.clear()
        session.transaction = nil
        unwatchAll(session)
    }

    // MARK: WATCH

    mutating func watch(_ request: Request) {
        let session = session(request.connection)
        guard session.transaction == nil else {
            return fail(request, "ERR WATCH inside MULTI is not allowed")
        }
        if !session.isDirty {
            for index in 1..<request.argumentCount { watch(key(request, index), session) }
        }
        reply.ok()
    }

    private mutating func watch(_ key: Key, _ session: ClientSession) {
        let watched = DatabaseKey(database: databases.active, bytes: Array(key.bytes))
        guard session.watched[watched] == nil else { return }
        session.watched[watched] = keyspace.type(of: key) != nil
        watchers[watched, default: []].append(session)
    }

    mutating func unwatch(_ request: Request) {
        if let session = request.connection.pointee.session {
            unwatchAll(session)
            settle(session)
        }
        reply.ok()
    }

    private mutating func unwatchAll(_ session: ClientSession) {
        for key in session.watched.keys {
            watchers[key]?.removeAll { $0 === session }
            if watchers[key]?.isEmpty == true { watchers[key] = nil }
        }
        session.watched = [:]
        session.isDirty = false
    }

    mutating func markWatchers(of key: DatabaseKey) {
        for session in watchers[key] ?? [] { session.isDirty = true }
    }

    /// The keys of `database` that are there, or in `other`, are going to be others or none.
    mutating func markWatchers(ofDatabase database: Int, orIn other: Int? = nil) {
        let active = databases.active
        for key in Array(watchers.keys) where key.database == database {
            var isMeant = isThere(key)
            if !isMeant, let other {
                isMeant = isThere(DatabaseKey(database: other, bytes: key.bytes))
            }
            if isMeant { markWatchers(of: key) }
        }
        activate(active)
    }

    private mutating func isThere(_ key: DatabaseKey) -> Bool {
        activate(key.database)
        return key.bytes.withUnsafeBytes { keyspace.type(of: keyspace.key($0)) != nil }
    }

    /// A key that was there when it was watched is not there any more.
    private mutating func hasLostKey(_ session: ClientSession) -> Bool {
        let active = databases.active
        defer { activate(active) }
        for (key, wasThere) in session.watched where wasThere {
            let isLost = !isThere(key)
            if isLost { return true }
        }
        return false
    }
}
