// What a burst costs the thread that makes it.
import LinuxSystem

/// CPU time of the calling thread, and its waiting for a CPU, from a moment on.
struct ThreadAccount {
    private let cpu: UInt64
    private let queued: UInt64?

    /// Bursts below this are slices of a comparison, which reads other accounts; a look into /proc
    /// would be a part of them that shows.
    private static var queueNanoseconds: UInt64 { 100_000_000 }

    /// Begins to count.
    init(of limit: BurstLimit) {
        var readsQueue = true
        if case .duration(let nanoseconds) = limit {
            readsQueue = nanoseconds >= Self.queueNanoseconds
        }
        queued = readsQueue ? Self.queuedNanoseconds() : nil
        cpu = Clock.threadCPUNanoseconds()
    }

    /// In ns; the second is nil where it was not read.
    var sinceThen: (cpu: UInt64, queued: UInt64?) {
        let spent = Clock.threadCPUNanoseconds() &- cpu
        return (spent, queued.flatMap { before in Self.queuedNanoseconds().map { $0 &- before } })
    }

    /// How long this thread has waited for a CPU, in ns (schedstat's second field).
    private static func queuedNanoseconds() -> UInt64? {
        SmallFile.read("/proc/thread-self/schedstat")?.split(separator: " ").dropFirst().first
            .flatMap { UInt64($0) }
    }
}
