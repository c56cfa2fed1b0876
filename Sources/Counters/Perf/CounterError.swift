// The kernel's counters of a process cannot be had at all; a single event that cannot is no error
// but an `Unavailability`.
import Glibc

/// The process cannot be counted at all.
public enum CounterError: Error, Equatable, Sendable, CustomStringConvertible {
    case noProcess(pid_t)
    case descriptors(needed: Int)

    public var description: String {
        switch self {
        case .noProcess(let pid): "there is no process \(pid); check --pid"
        case .descriptors(let needed):
            "no descriptors left: counting needs \(needed) and more; raise `ulimit -n`"
        }
    }
}
