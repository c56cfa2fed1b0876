// Clients that wait for a key (BLPOP and its kin): an event loop reads what they send meanwhile, so
// that it notices when they go, and takes it up once they have their reply.
//
//     requests → batch → the one that waits ─ block ─►  held: the rest of the batch, and the input
//        ▲                                                           │
//        └────── unblock, in the wake-up after the reply ◄───────────┘
//
// The reply is made by the engine (Engine+Blocking.swift) and comes as mail: the connection may be
// another thread's, or away with one.
import Keyspaces

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Reads, and parses nothing, while the connection waits; a peer that is gone waits no more.
    @inline(never)
    mutating func receiveBlocked(_ connection: ConnectionPointer) {
        if connection.pointee.session?.wait == nil { return letGo(connection) }
        readAhead(connection)
        // Nothing behind a fault can be told apart: it is read to see the end of the stream.
        if connection.pointee.failure != nil && !connection.pointee.state.isClosed {
            connection.pointee.input.start = connection.pointee.input.end
        }
    }

    /// The command that waited has its reply.
    private mutating func letGo(_ connection: ConnectionPointer) {
        // The wake-up ends it.
        if connection.pointee.state.isKilled { return }
        connection.pointee.state.unblock()
        // Messages may have choked it meanwhile; it is looked at again, if nothing waits any more.
        if connection.pointee.state.isChoked { return visitLater(connection) }
        takeUp(connection)
    }
}
