// Ports for servers that bind them by themselves, later.
//
// A port that the kernel chose (bind to 0) and that is closed again may be anybody's a moment
// later: it lies in the range from which every outgoing connection takes its own, and a machine
// that measures makes thousands of those. So ports are drawn from below that range, and none is
// handed out twice by one process:
//
//     1024      10000                    32768                   60999
//       │ services │ drawn at random here  │ the kernel's own      │
//                                          └ ip_local_port_range
import Glibc
import Synchronization
import SystemPackage

public enum FreePort {
    /// Below it live services that people run.
    private static let lowest = 10_000
    private static let attempts = 100
    private static let handedOut = Mutex<Set<UInt16>>([])

    /// A port that nothing listens on now, which no other call of this process returned.
    /// - Parameter distance: of a second port above it of which the same holds, and which is taken
    ///   with it; 0: none.
    /// - Throws: EADDRINUSE when a hundred draws found none.
    public static func draw(withOneAbove distance: Int = 0) throws(SystemCallError) -> UInt16 {
        // Both below the kernel's range, where there is room for that, and a port in any case.
        let below = max(firstOfKernel - distance, lowest + 2 * attempts)
        let range = UInt16(lowest)..<UInt16(min(below, 65_535 - distance))
        var failure = SystemCallError("bind", .addressInUse, "127.0.0.1")
        for _ in 0..<attempts {
            let port = UInt16.random(in: range)
            let pair = distance > 0 ? [port, port + UInt16(distance)] : [port]
            guard take(pair) else { continue }
            do throws(SystemCallError) {
                for port in pair {
                    close(try Socket.listen(on: .tcp(host: "127.0.0.1", port: port)))
                }
                return port
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Whether none of them was handed out before; then they are now.
    private static func take(_ ports: [UInt16]) -> Bool {
        handedOut.withLock { handedOut -> Bool in
            guard ports.allSatisfy({ !handedOut.contains($0) }) else { return false }
            handedOut.formUnion(ports)
            return true
        }
    }

    /// Where the kernel's own range begins; a machine whose range leaves no room below it has its
    /// ports drawn from within.
    private static var firstOfKernel: Int {
        let text = SmallFile.read("/proc/sys/net/ipv4/ip_local_port_range") ?? ""
        let first = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        return (lowest + 2 * attempts..<65_536).contains(first) ? first : 65_535
    }
}
