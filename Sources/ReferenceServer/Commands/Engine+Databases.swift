// SELECT, MOVE, SWAPDB and the flushes, and sums over all databases.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// Makes `keyspace` that of `database`.
    @inline(__always)
    mutating func activate(_ database: Int) {
        if database != databases.active { exchange(for: database) }
    }

    @inline(never)
    private mutating func exchange(for database: Int) {
        // What the active one looked up ahead, it forgets.
        keyspace.endBatch()
        let (now, recordsUse) = (keyspace.now, keyspace.recordsUse)
        databases.exchange(&keyspace, for: database, databaseOptions)
        keyspace.now = now
        keyspace.recordsUse = recordsUse
        setGates()
    }

    /// What another database is made by.
    private var databaseOptions: KeyspaceOptions {
        var options = configuration.keyspace
        options.table = configuration.table
        return options
    }

    /// The figure that `value` is of a keyspace, summed over all databases.
    func total(_ value: (borrowing K) -> Int) -> Int {
        var sum = value(keyspace)
        for (_, other) in databases.others { sum += value(other.pointee) }
        return sum
    }

    /// Bytes of all databases.
    var memoryOfAll: MemoryReport {
        let (active, others) = (keyspace.memory, databases.memory)
        return MemoryReport(
            requested: active.requested + others.requested,
            allocated: active.allocated + others.allocated,
            allocations: active.allocations + others.allocations)
    }

    /// The same, counted anew.
    func recountAll() -> MemoryReport {
        var sum = keyspace.recount()
        for (_, other) in databases.others {
            let report = other.pointee.recount()
            sum.requested += report.requested
            sum.allocated += report.allocated
            sum.allocations += report.allocations
        }
        return sum
    }

    /// What is wrong with any of them.
    func violationsOfAll() -> [String] {
        databases.others.reduce(keyspace.invariantViolations()) {
            $0 + $1.keyspace.pointee.invariantViolations()
        }
    }

    mutating func selectDatabase(_ request: Request) {
        guard let database = databaseNumber(request, 1) else { return }
        if database != 0 && configuration.keyspace.cluster {
            return fail(request, "ERR SELECT is not allowed in cluster mode")
        }
        guard (0..<configuration.databases).contains(Int(database)) else {
            return fail(request, "ERR DB index is out of range")
        }
        request.connection.pointee.database = UInt8(database)
        activate(Int(database))
        reply.ok()
    }

    mutating func move(_ request: Request) {
        if configuration.keyspace.cluster {
            return fail(request, "ERR MOVE is not allowed in cluster mode")
        }
        guard let database = databaseNumber(request, 2) else { return }
        guard (0..<configuration.databases).contains(Int(database)) else {
            return fail(request, "ERR DB index is out of range")
        }
        guard Int(database) != databases.active else {
            return fail(request, "ERR source and destination objects are the same")
        }
        let saved = savedEntry(request.key)
        count(saved != nil)
        guard let entry = saved else { return reply.integer(0) }
        let isMoved = store(entry, as: request.key, inDatabase: Int(database), replaces: false)
        if isMoved {
            _ = keyspace.remove(request.key)
            noteChange(of: request.key)
        }
        reply.integer(isMoved ? 1 : 0)
    }

    mutating func swapDatabases(_ request: Request) {
        if configuration.keyspace.cluster {
            return fail(request, "ERR SWAPDB is not allowed in cluster mode")
        }
        guard let one = argument(request, 1).integer, Int32(exactly: one) != nil else {
            return fail(request, "ERR invalid first DB index")
        }
        guard let other = argument(request, 2).integer, Int32(exactly: other) != nil else {
            return fail(request, "ERR invalid second DB index")
        }
        let all = 0..<Int64(configuration.databases)
        guard all.contains(one), all.contains(other) else {
            return fail(request, "ERR DB index is out of range")
        }
        if one != other {
            if !watchers.isEmpty {
                markWatchers(ofDatabase: Int(one), orIn: Int(other))
                markWatchers(ofDatabase: Int(other), orIn: Int(one))
            }
            let (now, recordsUse) = (keyspace.now, keyspace.recordsUse)
            keyspace.endBatch()
            databases.swap(Int(one), Int(other), &keyspace, databaseOptions)
            keyspace.now = now
            keyspace.recordsUse = recordsUse
            setGates()
            for database in [one, other] {
                for key in waits.keys(ofDatabase: Int(database)) { waits.note(key) }
            }
        }
        reply.ok()
    }

    /// FLUSHDB and FLUSHALL.
    mutating func flush(_ request: Request, everything: Bool) {
        if request.argumentCount > 2
            || (request.argumentCount == 2 && !argument(request, 1).isWord("async")
                && !argument(request, 1).isWord("sync"))
        {
            return syntaxError(request)
        }
        if !watchers.isEmpty {
            let flushed = everything ? Array(0..<configuration.databases) : [databases.active]
            for database in flushed { markWatchers(ofDatabase: database) }
        }
        if tracking.isInUse { invalidateAll() }
        keyspace.removeAll()
        if everything { databases.removeAll() }
        reply.ok()
    }

    // MARK: Entries that go from one database to another

    /// What an entry is, apart from its key and its database.
    struct SavedEntry {
        enum Value {
            case string([UInt8], ValueForm)
            /// Where it lies: valid until its key is written.
            case collection(CollectionObject)
        }

        let value: Value
        let expiry: Expiry
    }

    /// The value of `key`, its expiry, and whether it has an allocation of its own.
    mutating func savedEntry(_ key: Key) -> SavedEntry? {
        let value: SavedEntry.Value
        switch keyspace.findCollection(key) {
        case .missing:
            return nil
        case .collection(let collection): value = .collection(collection)
        case .string:
            guard let view = keyspace.peek(key) else { return nil }
            let form: ValueForm =
                switch keyspace.encoding(of: key) {
                case .separate: .separate
                case .embedded: .text
                case .integer, .none: .compact
                }
            value = .string(copied(view), form)
        }
        return SavedEntry(value: value, expiry: keyspace.expiry(of: key) ?? .never)
    }

    /// Gives `key` of a database the value and expiry of `entry`.
    /// - Returns: false where the key is taken already.
    mutating func store(
        _ entry: SavedEntry, as key: Key, inDatabase database: Int, replaces: Bool
    ) -> Bool {
        let active = databases.active
        activate(database)
        defer { activate(active) }
        if !replaces && isThere(key) { return false }
        switch entry.value {
        case .string(let bytes, let form):
            bytes.withUnsafeBytes { keyspace.set(key, $0, expiry: entry.expiry, form: form) }
        case .collection(let collection):
            // Of whichever database: a copy only reads it.
            let copy = keyspace.withCollections { $0.copy(of: collection) }
            keyspace.put(copy, at: key, expiry: entry.expiry)
        }
        noteChange(of: key)
        return true
    }
}
