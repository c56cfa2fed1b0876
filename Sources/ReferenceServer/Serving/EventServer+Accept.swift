// Taking connections, and refusing those for which there is no room.
import Glibc
import Keyspaces
import LinuxSystem

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Connections taken per wake-up before others get their turn (Redis takes as many).
    private static var acceptsPerTurn: Int { 1_000 }

    @inline(never)
    mutating func accept(_ listener: CInt) {
        for _ in 0..<Self.acceptsPerTurn {
            switch Socket.take(from: listener) {
            case .connection(let descriptor): serve(descriptor)
            case .outOfDescriptors: return refuse(listener)
            case .nothing: return
            }
        }
    }

    private mutating func serve(_ descriptor: CInt) {
        guard engine.clients.count < engine.configuration.maxClients else {
            engine.statistics.rejectedConnections &+= 1
            return Self.refuse(descriptor)
        }
        let connection = engine.addConnection(descriptor)
        do throws(SystemCallError) {
            try poller.add(descriptor, .edges, token: UInt64(UInt(bitPattern: connection)))
        } catch {
            closeConnection(connection)
        }
    }

    private static func refuse(_ descriptor: CInt) {
        let text: StaticString = "-ERR max number of clients reached\r\n"
        _ = send(descriptor, text.utf8Start, text.utf8CodeUnitCount)
        close(descriptor)
    }

    /// Descriptors ran out: the connection that waits is taken with the spare one and refused;
    /// otherwise the listener would stay ready and wake this loop for ever.
    private mutating func refuse(_ listener: CInt) {
        close(spareDescriptor)
        if let descriptor = Socket.accept(from: listener) {
            engine.statistics.rejectedConnections &+= 1
            Self.refuse(descriptor)
        }
        spareDescriptor = Socket.spareDescriptor()
    }
}
