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
    /// - Throws: EADDRINUSE when a hundred draws found none.
    public static func draw() throws(SystemCallError) -> UInt16 {
        let range = UInt16(lowest)..<UInt16(firstOfKernel)
        var failure = SystemCallError("bind", .addressInUse, "127.0.0.1")
        for _ in 0..<attempts {
            let port = UInt16.random(in: range)
            guard handedOut.withLock({ $0.insert(port).inserted }) else { continue }
            do throws(SystemCallError) {
                close(try Socket.listen(on: .tcp(host: "127.0.0.1", port: port)))
                return port
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Where the kernel's own range begins; a machine whose range leaves no room below it has its
    /// ports drawn from within.
    private static var firstOfKernel: Int {
        let text = SmallFile.read("/proc/sys/net/ipv4/ip_local_port_range") ?? ""
        let first = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32_768
        return (lowest + 2 * attempts..<65_536).contains(first) ? first : 65_535
    }
}
