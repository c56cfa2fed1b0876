// The databases that SELECT chooses from. One of them, the active one, is the engine's `keyspace`;
// the others are parked here, each made when it is first chosen. So a server that only has database
// 0 has one keyspace, where it always was, and nothing is asked on its way.
//
//     keyspace            parked[1] parked[2] … parked[15]       active == 0
//         └──── exchange ────┘                                   active == 1: 0 is parked
//
// A keyspace moves by its value, some hundred bytes, and only when the next request is of another
// database than the last one. All have the same hash, so a key's is good for each.
import Keyspaces

struct Databases<K: Keyspace & ~Copyable>: ~Copyable {
    /// Empty until a second database is chosen; nil where there is none yet, and for the active.
    private var parked: [UnsafeMutablePointer<K>?] = []
    private(set) var active = 0
    /// Of those that are parked, as they were parked or last maintained.
    private(set) var memory = MemoryReport()

    deinit {
        for case let keyspace? in parked {
            keyspace.deinitialize(count: 1)
            keyspace.deallocate()
        }
    }

    /// Another database than 0 was chosen some time.
    var areInUse: Bool { !parked.isEmpty }

    /// Those that are parked, with their numbers.
    var others: [(number: Int, keyspace: UnsafeMutablePointer<K>)] {
        var others: [(number: Int, keyspace: UnsafeMutablePointer<K>)] = []
        for (number, keyspace) in parked.enumerated() {
            if let keyspace { others.append((number: number, keyspace: keyspace)) }
        }
        return others
    }

    /// Makes `database` the active one.
    mutating func exchange(_ keyspace: inout K, for database: Int, _ options: KeyspaceOptions) {
        let place = take(database, options)
        Swift.swap(&keyspace, &place.pointee)
        parked[active] = place
        active = database
        recount()
    }

    /// Exchanges the contents of two databases.
    mutating func swap(
        _ one: Int, _ other: Int, _ keyspace: inout K, _ options: KeyspaceOptions
    ) {
        guard one != other else { return }
        if one == active || other == active {
            let inactive = one == active ? other : one
            let place = take(inactive, options)
            Swift.swap(&keyspace, &place.pointee)
            parked[inactive] = place
        } else {
            let (first, second) = (take(one, options), take(other, options))
            parked[one] = second
            parked[other] = first
        }
        recount()
    }

    /// The keyspace of a database that is not active, made if there is none; it is out of the list.
    private mutating func take(
        _ database: Int, _ options: KeyspaceOptions
    ) -> UnsafeMutablePointer<K> {
        if parked.isEmpty {
            parked = [UnsafeMutablePointer<K>?](
                repeating: nil, count: ServerConfiguration.databaseCount)
        }
        if let keyspace = parked[database] {
            parked[database] = nil
            return keyspace
        }
        let keyspace = UnsafeMutablePointer<K>.allocate(capacity: 1)
        keyspace.initialize(to: K(options))
        return keyspace
    }

    /// Sums what the parked ones take.
    mutating func recount() {
        memory = MemoryReport()
        for (_, keyspace) in others {
            let report = keyspace.pointee.memory
            memory.requested += report.requested
            memory.allocated += report.allocated
            memory.allocations += report.allocations
        }
    }

    mutating func removeAll() {
        for (_, keyspace) in others { keyspace.pointee.removeAll() }
        recount()
    }

    /// Evicts from one after the other until all of them take `limitBytes`.
    mutating func makeRoom(limitBytes: Int) -> Bool {
        for (_, keyspace) in others {
            let rest = memory.allocated - keyspace.pointee.memory.allocated
            let hasRoom = keyspace.pointee.makeRoom(limitBytes: max(limitBytes - rest, 0))
            recount()
            if hasRoom { return memory.allocated <= limitBytes }
        }
        return false
    }

    /// Finishes resizes.
    mutating func settle() {
        for (_, keyspace) in others {
            while keyspace.pointee.maintain(budgetMicroseconds: Background.budgetMicroseconds) {}
        }
        recount()
    }

    /// Background work, for at most `budgetMicroseconds` each.
    mutating func maintain(budgetMicroseconds: Int, now: Int64) {
        guard areInUse else { return }
        for (_, keyspace) in others {
            keyspace.pointee.now = now
            _ = keyspace.pointee.maintain(budgetMicroseconds: budgetMicroseconds)
        }
        recount()
    }
}
