// How a thread waits for what another one is about to do: a few looks in quick succession, and then
// one each time that the system has let others run.
import CLinux
import Glibc

/// The wait between two looks, of one wait after the other.
public struct Backoff {
    /// A microsecond or two: whom it waits for is in the middle of some hundred instructions,
    /// unless the system took the processor from it.
    private static let spins = 100

    private var looks = 0

    public init() {}

    /// Waits a moment: the first times on the CPU, then by giving it away.
    public mutating func wait() {
        guard looks == Self.spins else {
            looks += 1
            return hashmark_spin()
        }
        sched_yield()
    }
}
