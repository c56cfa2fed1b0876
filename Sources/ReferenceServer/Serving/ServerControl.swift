// A running server, as others reach it.
import LinuxSystem
import Synchronization

/// How others reach a running server: to end it, and to know where it listens.
public final class ServerControl: Sendable {
    private let stop = Atomic<Bool>(false)
    /// Wakes the server, which may have no tick to wake up for.
    let bell: EventCounter

    public init() throws(SystemCallError) { bell = try EventCounter() }

    /// Asks the server to end, which it does at its next wake-up: this one.
    public func requestStop() {
        stop.store(true, ordering: .relaxed)
        bell.ring()
    }

    @inline(__always)
    var isStopRequested: Bool { stop.load(ordering: .relaxed) || Interruption.requested }
}
