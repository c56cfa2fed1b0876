// What a connection has beside requests and replies: a transaction, keys that it watches or waits
// for, channels that it listens to, keys that it is told about when they change, and the messages
// of these that wait for it. Most connections have none of it and no session; one that has is
// looked at before each of its requests (`Engine.isAdmitted`).
//
// Only the executing thread touches sessions, also while an I/O thread has the connection: what is
// to be sent gathers in `mail` until it is back.
import RESP

/// A key of one of the databases.
struct DatabaseKey: Hashable {
    let database: Int
    let bytes: [UInt8]
}

final class ClientSession {
    typealias Name = [UInt8]

    let connection: UnsafeMutablePointer<Connection>
    /// From MULTI to EXEC or DISCARD.
    var transaction: Transaction?
    /// EXEC is at work.
    var isExecuting = false
    /// What WATCH named, and whether it was there.
    var watched: [DatabaseKey: Bool] = [:]
    /// A watched key was changed.
    var isDirty = false
    /// In the order in which they were asked for.
    var channels: [Name] = []
    var patterns: [Name] = []
    var shardChannels: [Name] = []
    /// CLIENT TRACKING ON.
    var tracking: Tracking?
    /// Its last command waits for a key (`WaitTable`).
    var wait: Wait?
    /// Messages that were not taken yet, as they are sent.
    var mail: [UInt8] = []
    /// It is on the list of those that have mail.
    var isMailed = false

    init(_ connection: UnsafeMutablePointer<Connection>) { self.connection = connection }

    /// Nothing is left that makes it differ from a connection without a session.
    var isEmpty: Bool {
        let hasTransaction = transaction != nil || isExecuting || !watched.isEmpty || isDirty
        return !hasTransaction && !isSubscribed && tracking == nil && wait == nil && !isMailed
    }

    /// Channels and patterns, which are counted together.
    var subscriptions: Int { channels.count + patterns.count }

    var isSubscribed: Bool { subscriptions + shardChannels.count > 0 }
}

/// How a client is told of changes.
struct Tracking {
    enum Choice { case all, whatItNames, allButWhatItNames }

    /// Told of every key with one of these beginnings, whatever it read; nil: of what it read.
    var prefixes: [[UInt8]]?
    /// OPTIN and OPTOUT.
    var choice = Choice.all
    /// CLIENT CACHING was the last command.
    var isNamed = false
    /// Not told of its own changes.
    var leavesOutOwn = false
    /// Of prefixes: keys that were changed since the last message, once each.
    var changed: [[UInt8]] = []
    var changedSet: Set<[UInt8]> = []

    /// Whether what is read now is remembered.
    var remembers: Bool {
        guard prefixes == nil else { return false }
        return switch choice {
        case .all: true
        case .whatItNames: isNamed
        case .allButWhatItNames: !isNamed
        }
    }

    mutating func note(_ key: [UInt8]) {
        if changedSet.insert(key).inserted { changed.append(key) }
    }

    /// The keys that were noted, which are forgotten.
    mutating func takeChanged() -> [[UInt8]] {
        defer {
            changed = []
            changedSet = []
        }
        return changed
    }
}

/// The requests between MULTI and EXEC, in the protocol's spelling.
struct Transaction {
    private(set) var requests = HeldRequests()
    private(set) var count = 0
    /// One of them was refused: EXEC will refuse all.
    var isBroken = false
    /// One of them is refused when memory is full.
    private(set) var needsRoom = false
    /// The hash slot of their keys; nil without any.
    private(set) var slot: Int?
    /// Their keys lie in more than one.
    private(set) var crossesSlots = false

    mutating func add(
        _ arguments: borrowing ArgumentVector, _ first: Int, _ argumentCount: Int,
        needsRoom: Bool, slot: Int?
    ) {
        requests.append(arguments, first, argumentCount)
        count += 1
        self.needsRoom = self.needsRoom || needsRoom
        guard let slot else { return }
        crossesSlots = crossesSlots || (self.slot ?? slot) != slot
        self.slot = slot
    }

    mutating func clear() { requests.clear() }
}
