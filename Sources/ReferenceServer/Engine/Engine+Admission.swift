// What is asked of a request before it is executed: a password, room in memory, keys of one slot.
// Servers without any of these skip all of it (`hasGates`).
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// To be called whenever one of the settings changes.
    mutating func setGates() {
        hasGates =
            configuration.password != nil || configuration.maxMemory > 0
            || configuration.keyspace.cluster
    }

    /// False after an error reply.
    @inline(never)
    mutating func isAdmitted(_ request: Request) -> Bool {
        let row = commands.rows[request.row]
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
            return rejected(
                request, "OOM command not allowed when used memory > 'maxmemory'.")
        }
        return true
    }

    /// Evicts if that is needed and the policy allows it. The limit is for used_memory, which has
    /// a constant besides the keyspace.
    private var hasRoom: Bool {
        mutating get {
            guard usedMemory > configuration.maxMemory else { return true }
            return keyspace.makeRoom(
                limitBytes: max(configuration.maxMemory - ServerStatistics.serverBytes, 0))
        }
    }

    private mutating func rejected(_ request: Request, _ message: String) -> Bool {
        commands.rows[request.row].rejected &+= 1
        fail(message)
        return false
    }

    /// The slot of the first key; nil of a request without keys.
    private func keySlot(_ request: Request, _ row: CommandIndex.Row) -> Int? {
        if row.firstKey > 0 && row.firstKey < request.argumentCount { return request.key.slot }
        // Their keys stand behind a subcommand, where the table has no place for them.
        guard row.handler == .object || row.handler == .memory, request.argumentCount > 2 else {
            return nil
        }
        return HashSlot.slot(of: argument(request, 2).bytes)
    }

    private func hasOneSlot(_ request: Request) -> Bool {
        let keys = Command.all[request.row].keys
        let last = keys.last < 0 ? request.argumentCount + keys.last : keys.last
        for index in stride(from: keys.first, through: last, by: keys.step)
        where index < request.argumentCount {
            let slot = HashSlot.slot(of: argument(request, index).bytes)
            if slot != request.key.slot { return false }
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
