// Who waits for which keys, since when and until when: BLPOP and its kin.
//
//     queues   key ─► [session, session, …]      in the order in which they began to wait
//     ends     [… , (time, id), (time, id)]      those that end; the next one last
//     changed  [key, key, …]                     that somebody waits for, since the last look
//
// Credits: blocked.c and timeout.c of Redis and Valkey.
import Keyspaces
import Quantities

/// What a client waits for.
struct Wait {
    /// The request, in the protocol's spelling: executed again once a key may have what it wants.
    let request: HeldRequests
    /// In the request's order, each once.
    let keys: [DatabaseKey]
    /// What a key must hold.
    let type: ValueType
    /// Monotonic ns; nil: for ever.
    let end: UInt64?
    /// The client wants to know the reply (CLIENT REPLY).
    let isRead: Bool
}

struct WaitTable {
    private struct End: Equatable {
        let time: UInt64
        let id: UInt64

        func isLater(than other: End) -> Bool {
            time != other.time ? time > other.time : id > other.id
        }
    }

    /// By their connections' ids.
    private var sessions: [UInt64: ClientSession] = [:]
    private var queues: [DatabaseKey: [ClientSession]] = [:]
    private var ends: [End] = []
    private var changed: [DatabaseKey] = []
    private var changedSet: Set<DatabaseKey> = []

    /// Clients that wait.
    var count: Int { sessions.count }
    var isEmpty: Bool { sessions.isEmpty }

    /// Whether somebody waits for a key that was changed.
    @inline(__always)
    var hasChanges: Bool { !changed.isEmpty }

    /// Who waits, by the id of the connection.
    subscript(_ id: UInt64) -> ClientSession? { sessions[id] }

    /// Who waits for `key`, the first first.
    func queue(for key: DatabaseKey) -> [ClientSession] { queues[key] ?? [] }

    /// Keys of a database that somebody waits for.
    func keys(ofDatabase database: Int) -> [DatabaseKey] {
        queues.keys.filter { $0.database == database }
    }

    // MARK: Coming and going

    /// `session` waits from now on.
    mutating func add(_ session: ClientSession, _ wait: Wait) {
        let id = session.connection.pointee.id
        session.wait = wait
        sessions[id] = session
        for key in wait.keys { queues[key, default: []].append(session) }
        if let time = wait.end {
            let end = End(time: time, id: id)
            ends.insert(end, at: place(of: end))
        }
    }

    /// `session` waits no more: what it waited for, if it did. The bytes of the request are the
    /// caller's then.
    mutating func remove(_ session: ClientSession) -> Wait? {
        guard let wait = session.wait else { return nil }
        let id = session.connection.pointee.id
        session.wait = nil
        sessions[id] = nil
        for key in wait.keys {
            if let index = queues[key]?.firstIndex(where: { $0 === session }) {
                queues[key]?.remove(at: index)
            }
            if queues[key]?.isEmpty == true { queues[key] = nil }
        }
        if let time = wait.end {
            let end = End(time: time, id: id)
            let index = place(of: end)
            if index < ends.count, ends[index] == end { ends.remove(at: index) }
        }
        return wait
    }

    /// How many ends are later than `end`.
    private func place(of end: End) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle].isLater(than: end) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Ends

    @inline(__always)
    func isOverdue(_ nowNanoseconds: UInt64) -> Bool {
        guard let next = ends.last else { return false }
        return next.time <= nowNanoseconds
    }

    /// Who has waited long enough, the earliest end first; one of them at a time.
    func overdue(_ nowNanoseconds: UInt64) -> ClientSession? {
        guard isOverdue(nowNanoseconds), let next = ends.last else { return nil }
        return sessions[next.id]
    }

    /// Until the next end; nil where there is none. Rounded up, so that a wait for it does not end
    /// just before.
    func millisecondsLeft(_ nowNanoseconds: UInt64) -> Int? {
        guard let next = ends.last else { return nil }
        guard next.time > nowNanoseconds else { return 0 }
        return Nanoseconds(next.time - nowNanoseconds).milliseconds
    }

    // MARK: Changes

    /// `key` is another, or there again.
    mutating func note(_ key: DatabaseKey) {
        guard queues[key] != nil, changedSet.insert(key).inserted else { return }
        changed.append(key)
    }

    /// The keys that were noted, in that order, once.
    mutating func takeChanges() -> [DatabaseKey] {
        defer {
            changed = []
            changedSet = []
        }
        return changed
    }
}
