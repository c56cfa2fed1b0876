// Small things that every table's reports and background work share.

import CIntrinsics
import Glibc

/// Adds up allocations as a recount finds them, apart from the slab's own counters.
struct Tally {
    private let quantum: SizeClasses.Quantum
    private(set) var report = MemoryReport()

    init(_ quantum: SizeClasses.Quantum) {
        self.quantum = quantum
    }

    mutating func add(_ bytes: Int) {
        report.requested += bytes
        report.allocated += SizeClasses.size(for: bytes, quantum)
        report.allocations += 1
    }
}

extension MemoryReport {
    init(_ slab: borrowing Slab) {
        self.init(
            requested: slab.requested, allocated: slab.allocated, allocations: slab.allocations)
    }
}

/// A point of the monotonic clock after which background work stops.
struct Deadline {
    private let nanoseconds: UInt64

    init(_ nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    var hasPassed: Bool { Self.now() >= nanoseconds }
}

/// Asks for the cache line at `address`.
func prefetch(_ address: UnsafeRawPointer) {
    hashmark_prefetch(address)
}
