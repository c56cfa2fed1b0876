// CLIENT PAUSE, as an event loop follows it, and which connections are its own.
import Keyspaces

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Once the pause is over, what it held back is taken up, and read further. A connection whose
    /// replies an I/O thread sends waits for its return: executing would move them.
    @inline(never)
    mutating func followPause() {
        if engine.pause.isOver(engine.nowNanoseconds) { engine.pause.end() }
        guard !engine.pause.isActive, engine.pause.held & ownBits != 0 else { return }
        engine.pause.held &= ~ownBits
        engine.clients.visit { connection in
            let state = connection.pointee.state
            if state.isPostponed && !state.isAway && isOwn(connection) { resume(connection) }
        }
    }

    /// This event loop among others; all of them where there is one.
    var ownBits: UInt64 { globalLock == nil ? .max : 1 &<< UInt64(thread) }

    /// Whether this event loop serves `connection`.
    @inline(__always)
    func isOwn(_ connection: ConnectionPointer) -> Bool { connection.pointee.thread == thread }

    mutating func resume(_ connection: ConnectionPointer) {
        connection.pointee.state.resume()
        drain(connection)
        if !connection.pointee.state.isClosed { visitLater(connection) }
    }
}
