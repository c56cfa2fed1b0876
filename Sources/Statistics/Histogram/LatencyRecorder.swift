// Where a worker puts its latencies while it measures.
//
// `LatencyHistogram.record` costs about 4 ns: the library's layout is a run-time value, and its
// array is shared on copy, so each record asks whether it is shared now. A worker at a million
// replies a second, each recorded from the intended and from the actual send time, would spend 1 %
// of its core there. The recorder has the layout as constants and memory of its own:
//
//   counts: [ 33,792 buckets as LatencyHistogram.Layout numbers them | clamped | min | max ]
//
// all in one allocation behind a `let`, because the exclusivity checks on a class's `var` would
// cost more than the record itself.
//
// Invariant: one thread at a time records (the class is not Sendable; hand it over with `sending`).

/// Counts latencies in ns, fast; ``histogram()`` is what everything else reads.
public final class LatencyRecorder {
    @usableFromInline let counts: UnsafeMutablePointer<UInt64>

    @usableFromInline static let clampedSlot = LatencyHistogram.Layout.count
    @usableFromInline static let minSlot = clampedSlot + 1
    @usableFromInline static let maxSlot = clampedSlot + 2
    @usableFromInline static let slots = clampedSlot + 3

    /// - Allocations: the object and 264 KiB, touched here so that recording faults no page in.
    public init() {
        counts = .allocate(capacity: Self.slots)
        counts.initialize(repeating: 0, count: Self.slots)
        counts[Self.minSlot] = .max
    }

    deinit { counts.deallocate() }

    /// Counts one latency of `value` ns; above an hour it is counted as an hour, and as clamped.
    /// - Complexity: O(1), 1 to 2 ns. - Allocations: none.
    @inlinable @inline(__always)
    public func record(_ value: UInt64) {
        record(value, count: 1)
    }

    /// Counts `count` latencies of `value` ns each (a batch that was answered together).
    @inlinable @inline(__always)
    public func record(_ value: UInt64, count: UInt64) {
        var value = value
        if value > LatencyHistogram.highestTrackableNanoseconds {
            counts[Self.clampedSlot] &+= count
            value = LatencyHistogram.highestTrackableNanoseconds
        }
        counts[LatencyHistogram.Layout.index(of: value)] &+= count
        if value < counts[Self.minSlot] { counts[Self.minSlot] = value }
        if value > counts[Self.maxSlot] { counts[Self.maxSlot] = value }
    }

    /// Forgets all samples (the end of a warm-up). - Complexity: O(buckets)
    public func reset() {
        counts.update(repeating: 0, count: Self.slots)
        counts[Self.minSlot] = .max
    }

    /// What was recorded since the last reset. - Complexity: O(buckets)
    public func histogram() -> LatencyHistogram {
        LatencyHistogram(
            counts: UnsafeBufferPointer(start: counts, count: LatencyHistogram.Layout.count),
            min: counts[Self.minSlot], max: counts[Self.maxSlot],
            clamped: counts[Self.clampedSlot])
    }
}
