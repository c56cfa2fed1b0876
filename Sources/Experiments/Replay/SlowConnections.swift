// Clients that ask and do not read: what is answered fills the sockets' buffers, then the server's
// own. They hang up with the value, or when it is told to.
import Glibc
import LinuxSystem
import RESP
import Targets
import Workloads

final class SlowConnections {
    private var descriptors: [CInt] = []
    /// When they hang up, on the monotonic clock.
    let end: UInt64

    /// Connects all and sends what the sockets take at once.
    init(
        _ readers: SlowReaders, _ endpoint: Target.Endpoint, until end: UInt64
    ) throws(SystemCallError) {
        self.end = end
        let words = readers.command.split(separator: " ").map { String($0) }
        var bytes: [UInt8] = []
        for command in endpoint.setUp { bytes += RequestEncoder.encode(command) }
        let request = RequestEncoder.encode(words)
        for _ in 0..<readers.requests { bytes += request }
        for _ in 0..<readers.connections {
            let descriptor = try Socket.connect(to: endpoint.address)
            descriptors.append(descriptor)
            Self.send(bytes, descriptor)
        }
    }

    deinit { close() }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
        descriptors = []
    }

    private static func send(_ bytes: [UInt8], _ descriptor: CInt) {
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes {
                LinuxSystem.send(descriptor, $0.baseAddress! + sent, $0.count - sent)
            }
            guard case .bytes(let count) = result else { return }
            sent += count
        }
    }
}
