// Which clients read which keys, and who asked for what: client-side caching's memory.
//
// Keys are told apart by their names alone, whatever the database, as in real servers. Clients are
// remembered by their ids: one that stopped tracking is found to be none when the key changes.

struct TrackingTable {
    /// Who read a key.
    struct Readers {
        var clients: Set<UInt64> = []
        /// The database that it was read from last.
        var database = 0
        /// It was there.
        var wasThere = false
    }

    /// The sessions that track, by their connections' ids.
    private(set) var clients: [UInt64: ClientSession] = [:]
    /// Those of them that follow prefixes.
    private(set) var followers: [ClientSession] = []
    private var readers: [[UInt8]: Readers] = [:]
    /// Keys to be looked at for whether they are still there.
    private var sweep: [[UInt8]] = []
    /// Entries that had expired or were evicted when the last sweep began.
    private var gone = 0

    /// As `tracking-table-max-keys` of real servers: of more, some are invalidated.
    private static let maxKeys = 1_000_000
    /// Keys that a tick looks at: some 2 ms.
    private static let sweptKeys = 20_000

    var isInUse: Bool { !clients.isEmpty }
    var keyCount: Int { readers.count }
    var prefixCount: Int { followers.reduce(0) { $0 + ($1.tracking?.prefixes?.count ?? 0) } }

    mutating func add(_ session: ClientSession) {
        clients[session.connection.pointee.id] = session
        guard session.tracking?.prefixes != nil else { return }
        if !followers.contains(where: { $0 === session }) { followers.append(session) }
    }

    mutating func remove(_ session: ClientSession) {
        clients[session.connection.pointee.id] = nil
        followers.removeAll { $0 === session }
        // Nobody is left to be told of what was read.
        if clients.isEmpty { forgetKeys() }
    }

    mutating func remember(_ key: [UInt8], readBy id: UInt64, database: Int, wasThere: Bool) {
        readers[key, default: Readers()].clients.insert(id)
        readers[key]?.database = database
        readers[key]?.wasThere = wasThere
    }

    /// Those who read `key`, of which nothing is known from now on.
    mutating func takeReaders(of key: [UInt8]) -> [ClientSession] {
        guard let entry = readers.removeValue(forKey: key) else { return [] }
        return entry.clients.compactMap { clients[$0] }
    }

    mutating func forgetKeys() {
        readers = [:]
        sweep = []
    }

    // MARK: What nobody says: keys that expire or are evicted

    /// Keys to be looked at now, because entries went since the last time; and where they were.
    /// - Parameter gone: entries that expired or were evicted, since the start.
    mutating func keysToLookAt(gone: Int) -> [DatabaseKey] {
        if sweep.isEmpty && gone != self.gone {
            self.gone = gone
            sweep = readers.filter { $0.value.wasThere }.map(\.key)
        }
        var keys: [DatabaseKey] = []
        while keys.count < Self.sweptKeys, let key = sweep.popLast() {
            guard let entry = readers[key] else { continue }
            keys.append(DatabaseKey(database: entry.database, bytes: key))
        }
        return keys
    }

    /// Keys of which there are too many.
    var surplus: [[UInt8]] {
        readers.count > Self.maxKeys
            ? readers.keys.prefix(readers.count - Self.maxKeys).map { $0 } : []
    }
}
