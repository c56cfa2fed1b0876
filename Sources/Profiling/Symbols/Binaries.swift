// Every binary that samples fell into, read once.
import Synchronization

/// Binaries by what they are, not by process: shared by the profilers of several launches.
public final class Binaries: Sendable {
    public init() {}
}
