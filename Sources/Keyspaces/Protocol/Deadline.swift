// When background work stops.
import LinuxSystem

/// A point of the monotonic clock after which background work stops.
struct Deadline {
    private let nanoseconds: UInt64

    init(_ nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    static func now() -> UInt64 { Clock.monotonicNanoseconds() }

    var hasPassed: Bool { Self.now() >= nanoseconds }
}
