// eventfd(2) as a doorbell between threads: a worker parks on one between two jobs.
import CLinux
import Glibc
import SystemPackage

public struct EventCounter: ~Copyable, Sendable {
    /// For a set of descriptors that is waited for.
    public let descriptor: CInt

    public init() throws(SystemCallError) {
        descriptor = try call("eventfd") { eventfd(0, CInt(EFD_CLOEXEC | EFD_NONBLOCK)) }
    }

    deinit { close(descriptor) }

    /// Adds one. What the caller wrote before is visible to the thread whose `wait` sees it.
    public func ring() {
        var one: UInt64 = 1
        _ = transfer { write(descriptor, &one, 8) }
    }

    /// Takes all rings there are.
    public func clear() {
        _ = taken()
    }

    /// Waits for rings and takes all there are; 0 when `milliseconds` have passed or a signal came.
    /// - Parameter milliseconds: −1 waits for ever.
    public func wait(milliseconds: Int) -> UInt64 {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = try? interruptible("poll") {
            poll(&request, 1, CInt(truncatingIfNeeded: milliseconds))
        }
        return ready ?? 0 > 0 ? taken() : 0
    }

    private func taken() -> UInt64 {
        var count: UInt64 = 0
        return transfer { read(descriptor, &count, 8) } == .bytes(8) ? count : 0
    }
}
