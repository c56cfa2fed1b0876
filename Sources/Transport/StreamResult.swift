// What sending or receiving came to: would-block and the peer's end are values, not errors.
import LinuxSystem
import SystemPackage

public enum StreamResult: Equatable, Sendable {
    /// Bytes moved. Of a receipt it is never 0.
    case bytes(Int)
    /// Nothing moved; the poller tells when something can.
    case wouldBlock
    /// The peer sends no more.
    case closed
    case failed(Errno)

    /// A plain socket does not tell a sender that its peer has closed, but fails.
    @inlinable @inline(__always)
    init(sent result: IOResult) {
        self =
            switch result {
            case .bytes(let count): .bytes(count)
            case .wouldBlock: .wouldBlock
            case .failed(let errno): .failed(errno)
            }
    }
}
