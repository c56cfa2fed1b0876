// Taking connections, and refusing those for which there is no room.
import Glibc
import Keyspaces
import LinuxSystem
import Transport

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Connections taken per wake-up before others get their turn (Redis takes as many).
    private static var acceptsPerTurn: Int { 1_000 }

    @inline(never)
    mutating func accept(_ listener: CInt) {
        for _ in 0..<Self.acceptsPerTurn {
            switch Socket.take(from: listener) {
            case .connection(let descriptor):
                if let stream = carrier(of: descriptor, from: listener) { serve(stream) }
            case .outOfDescriptors: return refuse(listener)
            case .nothing: return
            }
        }
    }

    /// What carries the bytes of a new connection. Of an encrypted one the handshake is done as its
    /// bytes are received, by whoever receives them.
    /// - Returns: nil where there is no memory for it; the descriptor is closed then.
    private func carrier(of descriptor: CInt, from listener: CInt) -> Stream? {
        guard listener == encryptedListener, let encrypted = engine.configuration.encrypted else {
            return .plain(descriptor: descriptor)
        }
        if let stream = try? encrypted.context.accept(descriptor) { return stream }
        close(descriptor)
        return nil
    }

    private mutating func serve(_ stream: Stream) {
        guard clientCount < engine.configuration.maxClients else {
            engine.statistics.rejectedConnections &+= 1
            return Self.refuse(stream)
        }
        if let desk, deal(stream, desk) { return }
        admit(stream)
    }

    /// Connections of all threads.
    private var clientCount: Int {
        guard let desk else { return engine.clients.count }
        return desk.pointee.shards.clientCount
    }

    /// Makes a connection of `stream`.
    mutating func admit(_ stream: Stream) {
        let connection = engine.addConnection(stream)
        connection.pointee.thread = thread
        if let globalLock, globalLock.deal(connection, from: Int(thread)) { return }
        watch(connection)
    }

    /// Waits for events of `connection` from now on.
    mutating func watch(_ connection: ConnectionPointer) {
        do throws(SystemCallError) {
            try poller.add(
                connection.pointee.descriptor, .edges,
                token: UInt64(UInt(bitPattern: connection)))
        } catch {
            closeConnection(connection)
        }
    }

    private static func refuse(_ stream: Stream) {
        let text: StaticString = "-ERR max number of clients reached\r\n"
        _ = stream.send(text.utf8Start, text.utf8CodeUnitCount)
        stream.close()
    }

    /// Descriptors ran out: the connection that waits is taken with the spare one and refused;
    /// otherwise the listener would stay ready and wake this loop for ever.
    private mutating func refuse(_ listener: CInt) {
        close(spareDescriptor)
        if let descriptor = Socket.accept(from: listener) {
            engine.statistics.rejectedConnections &+= 1
            Self.refuse(.plain(descriptor: descriptor))
        }
        spareDescriptor = Socket.spareDescriptor()
    }
}
