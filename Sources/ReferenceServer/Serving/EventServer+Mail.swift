// Messages that no request asked for: published ones, and of keys that changed. They wait with
// their sessions during the wake-up and are sent at its end, behind the replies; those for a
// connection that an I/O thread has wait until it is back.
import Keyspaces

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// What may wait for a subscriber before it is cut off: `client-output-buffer-limit pubsub` of
    /// real servers. It asks for nothing, and so nothing but this bounds it.
    private static var subscriberLimit: Int { 32 * 1024 * 1024 }

    @inline(never)
    mutating func deliverMail() {
        for session in engine.takeMailed(of: thread) {
            let connection = session.connection
            if connection.pointee.state.isClosed { continue }
            if connection.pointee.state.isAway {
                engine.announceMail(session)
                continue
            }
            let letters = engine.letters(session)
            let isAnswered = connection.pointee.state.isBlocked && session.wait == nil
            engine.settle(session)
            if isAnswered { visitLater(connection) }
            let waiting = connection.pointee.unsentEnd - connection.pointee.unsentStart
            if session.isSubscribed && waiting + letters.count > Self.subscriberLimit {
                closeConnection(connection)
                continue
            }
            guard let target = makeUnsentRoom(connection, letters.count) else { continue }
            letters.withUnsafeBytes { bytes in
                if let base = bytes.baseAddress {
                    target.copyMemory(from: base, byteCount: bytes.count)
                }
            }
            // What waited before is sent when the socket can take it, or by an I/O thread.
            if waiting == 0 { sendUnsent(connection) }
        }
    }
}
