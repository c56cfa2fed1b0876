// What is asked of a request before it is executed: a password, room in memory, keys of one slot,
// another database, and what a session has to say. Servers without any of these skip all of it
// (`hasGates`).
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// To be called whenever one of the settings changes.
    mutating func setGates() {
        asksForMore =
            configuration.password != nil || configuration.maxMemory > 0
            || configuration.keyspace.cluster || databases.areInUse || sessionCount > 0
        hasGates = asksForMore || shard.isShared
    }

    /// False after an error reply.
    @inline(never)
    mutating func isAdmitted(_ request: Request) -> Bool {
        let row = commands.rows[request.row]
        activate(Int(request.connection.pointee.database))
        if configuration.password != nil && !request.connection.pointee.isAuthenticated
            && !row.needsNoPassword
        {
            return rejected(request, "NOAUTH Authentication required.")
        }
        if configuration.keyspace.cluster && row.hasManyKeys && !hasOneSlot(request) {
            return rejected(request, "CROSSSLOT Keys in request don't hash to the same slot")
        }
        if !peers.isEmpty, let slot = keySlot(request, row),
            let owner = peers.owner(ofSlot: slot)
        {
            return rejected(request, "MOVED \(slot) \(owner.host):\(owner.port)")
        }
        if configuration.maxMemory > 0 && row.deniesOutOfMemory && !hasRoom {
            return rejected(request, Self.noRoom)
        }
        return sessionCount == 0 || isAdmittedBySession(request)
    }

    static var noRoom: String { "OOM command not allowed when used memory > 'maxmemory'." }

    /// Evicts if that is needed and the policy allows it. The limit is for used_memory, which has
    /// a constant besides the keyspaces. The active one is asked first, unless the others have
    /// more.
    var hasRoom: Bool {
        mutating get {
            let others = ServerStatistics.serverBytes + bytesElsewhere
            guard usedMemory + bytesElsewhere > configuration.maxMemory else { return true }
            let limit = max(configuration.maxMemory - others, 0)
            let own = keyspace.memory.allocated
            if databases.memory.allocated > own,
                databases.makeRoom(limitBytes: max(limit - own, 0))
            {
                return true
            }
            if keyspace.makeRoom(limitBytes: max(limit - databases.memory.allocated, 0)) {
                return true
            }
            return databases.makeRoom(limitBytes: max(limit - keyspace.memory.allocated, 0))
        }
    }

    mutating func rejected(_ request: Request, _ message: String) -> Bool {
        commands.rows[request.row].rejected &+= 1
        breakTransaction(request.connection)
        fail(message)
        return false
    }

    /// The slot of the first key; nil of a request without keys.
    private func keySlot(_ request: Request, _ row: CommandIndex.Row) -> Int? {
        if row.firstKey > 0 && row.firstKey < request.argumentCount { return request.key.slot }
        // Their keys stand behind a subcommand, where the table has no place for them.
        guard row.handler == .key(.object) || row.handler == .server(.memory),
            request.argumentCount > 2
        else { return nil }
        return HashSlot.slot(of: argument(request, 2).bytes)
    }

    private func hasOneSlot(_ request: Request) -> Bool {
        let positions = Command.all[request.row].keyPositions(request.argumentCount) {
            argument(request, $0)
        }
        guard let first = positions?.first else { return true }
        let slot = HashSlot.slot(of: argument(request, first).bytes)
        for position in positions?.dropFirst() ?? []
        where HashSlot.slot(of: argument(request, position).bytes) != slot {
            return false
        }
        return true
    }

    // MARK: AUTH

    mutating func auth(_ request: Request) {
        guard request.argumentCount <= 3 else { return syntaxError(request) }
        let isNamed = request.argumentCount == 3
        if configuration.password == nil && !isNamed {
            return fail(
                request,
                "ERR AUTH <password> called without any password configured for the default user."
                    + " Are you sure your configuration is correct?")
        }
        let name = isNamed ? argument(request, 1) : nil
        guard authenticate(request, name, argument(request, request.argumentCount - 1)) else {
            return
        }
        reply.ok()
    }

    /// False after an error reply. There is one user, `default`.
    mutating func authenticate(
        _ request: Request, _ name: Argument?, _ password: Argument
    ) -> Bool {
        let isUser = name.map { $0.string == "default" } ?? true
        let isRight = configuration.password.map { equal($0, password) } ?? true
        guard isUser && isRight else {
            fail(request, "WRONGPASS invalid username-password pair or user is disabled.")
            return false
        }
        request.connection.pointee.isAuthenticated = true
        return true
    }

    /// Takes as long for every password of the same length.
    private func equal(_ expected: String, _ given: Argument) -> Bool {
        let expected = Array(expected.utf8)
        guard expected.count == given.count else { return false }
        var difference: UInt8 = 0
        for (a, b) in zip(expected, given.bytes) { difference |= a ^ b }
        return difference == 0
    }
}
