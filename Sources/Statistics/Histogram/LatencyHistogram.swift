// Latencies in the one shape that every part of Hashmark shares.
//
// A thin layer over hdrhistogram-swift with the range fixed, because only histograms of one layout
// merge: 1 ns to 3.6·10¹² ns (an hour: longer than any run waits for a reply) at three significant
// digits, which is 33,792 buckets of 8 bytes.
//
//   index   0 … 2047   values 0 … 2047, one bucket per nanosecond
//   then 31 × 1024     values 2^k … 2^(k+1), each octave in 1024 equal steps (≤ 0.1 % of the value)
//
// What it adds is a promise: no sample is lost. The library's `record` answers false above its
// range; here such a sample is counted at the top value, and `clamped` says how many there were, so
// that the caller can warn. A histogram without samples has no percentiles: they are nil, never 0.
//
// Non-goals: concurrent recording (one histogram per worker, merged after the join) and correction
// for coordinated omission (the load generator records from the intended send time instead).
//
// Credits: Gil Tene's HdrHistogram; Ordo One's Swift port.
import Histogram

/// Counts of latencies in nanoseconds, at three significant digits.
public struct LatencyHistogram: Sendable, Equatable {
    /// The largest latency that is told apart, in ns: one hour.
    public static let highestTrackableNanoseconds: UInt64 = 3_600_000_000_000

    @usableFromInline var base: Histogram<UInt64>
    /// Samples above ``highestTrackableNanoseconds``, all of them counted at that value. Not part
    /// of the encoded form, so the one who records turns it into a warning of the record.
    public var clamped: UInt64 { clampedCount }
    @usableFromInline var clampedCount: UInt64 = 0

    /// - Allocations: one of 264 KiB, of which only the pages that are recorded into become
    ///   resident.
    public init() {
        base = Histogram(
            lowestDiscernibleValue: 1, highestTrackableValue: Self.highestTrackableNanoseconds,
            numberOfSignificantValueDigits: .three)
    }

    /// Counts one latency of `value` nanoseconds.
    /// - Complexity: O(1), about 4 ns: on hot paths use a ``LatencyRecorder``.
    /// - Allocations: none.
    @inlinable
    public mutating func record(_ value: UInt64) {
        record(value, count: 1)
    }

    /// Counts `count` latencies of `value` nanoseconds each (a batch that was answered together).
    @inlinable
    public mutating func record(_ value: UInt64, count: UInt64) {
        if value > Self.highestTrackableNanoseconds { clampedCount &+= count }
        let fits = base.record(Swift.min(value, Self.highestTrackableNanoseconds), count: count)
        precondition(fits, "a value within the range was refused")
    }

    /// Samples counted elsewhere: counts by bucket number, and the extremes inside the first and
    /// the last bucket that is not empty.
    init(counts: UnsafeBufferPointer<UInt64>, min: UInt64, max: UInt64, clamped: UInt64) {
        self.init()
        clampedCount = clamped
        guard min <= max else { return }  // nothing recorded
        let (first, last) = (Layout.index(of: min), Layout.index(of: max))
        for index in first...last where counts[index] > 0 {
            let value = index == first ? min : index == last ? max : Layout.lowest(at: index)
            base.record(value, count: counts[index])
        }
        // One bucket may hold both extremes: recording no samples at all only raises the maximum.
        base.record(max, count: 0)
    }

    /// Adds all samples of `other`. - Complexity: O(buckets)
    public mutating func merge(_ other: LatencyHistogram) {
        base.add(other.base)
        clampedCount &+= other.clamped
    }

    /// Forgets all samples and keeps the memory. - Complexity: O(buckets)
    public mutating func reset() {
        base.reset()
        clampedCount = 0
    }

    /// Samples recorded.
    public var count: UInt64 { base.totalCount }
    public var isEmpty: Bool { base.totalCount == 0 }
    /// The smallest sample in ns; nil when there is none.
    public var min: UInt64? { isEmpty ? nil : base.min }
    /// The largest sample in ns; nil when there is none. After decoding it is the upper end of its
    /// bucket, for the encoded form keeps buckets only.
    public var max: UInt64? { isEmpty ? nil : base.maxRecorded }
    /// The mean in ns, each sample taken at the middle of its bucket; nil when there is none.
    /// - Complexity: O(buckets)
    public var mean: Double? { isEmpty ? nil : base.mean }
    /// The population standard deviation in ns, from bucket middles; nil when there is no sample.
    public var standardDeviation: Double? { isEmpty ? nil : base.stdDeviation }

    /// The value that `percent` of the samples do not exceed, in ns: the upper end of the bucket
    /// that holds the sample of that rank (HdrHistogram's definition), nil when there is no sample.
    /// - Parameter percent: 0 … 100.
    /// - Complexity: O(buckets)
    public func percentile(_ percent: Double) -> UInt64? {
        isEmpty ? nil : base.valueAtPercentile(percent)
    }

    /// The share of samples, 0 … 1, at or below `value` ns; nil when there is none.
    public func fraction(atOrBelow value: UInt64) -> Double? {
        isEmpty
            ? nil
            : base.percentileAtOrBelowValue(Swift.min(value, Self.highestTrackableNanoseconds))
                / 100
    }

    /// The non-empty buckets in rising order. - Complexity: O(buckets)
    public func buckets() -> [Bucket] {
        guard let top = max else { return [] }
        return (0...Layout.index(of: top)).compactMap { index in
            let count = base.countForValue(Layout.lowest(at: index))
            guard count > 0 else { return nil }
            return Bucket(
                lowest: Layout.lowest(at: index), highest: Layout.highest(at: index), count: count)
        }
    }

    /// Samples whose values the histogram does not tell apart.
    public struct Bucket: Sendable, Equatable {
        /// Ends of the range in ns, both inside it.
        public var lowest: UInt64, highest: UInt64
        public var count: UInt64
    }
}

extension LatencyHistogram {
    /// Bucket numbers, which the library keeps to itself and the encoded form is made of.
    @usableFromInline enum Layout {
        /// Three digits need single units up to 2·10³; the next power of two is 2^11 = 2048.
        @usableFromInline static var halfCount: Int { 1024 }
        /// 31 octaves above 2^11 reach 2^42 > 3.6·10¹²; what lies below counts as two.
        @usableFromInline static var count: Int { 33 * halfCount }

        @inlinable @inline(__always)
        static func index(of value: UInt64) -> Int {
            // 53 = 64 − 11: the octave is 0 for all values of at most 11 bits.
            let octave = 53 &- (value | 2047).leadingZeroBitCount
            return octave &* halfCount &+ Int(truncatingIfNeeded: value &>> UInt64(octave))
        }

        static func lowest(at index: Int) -> UInt64 {
            let octave = Swift.max(0, index / halfCount - 1)
            return UInt64(index - octave * halfCount) << UInt64(octave)
        }

        static func highest(at index: Int) -> UInt64 {
            lowest(at: index) + (1 << UInt64(Swift.max(0, index / halfCount - 1))) - 1
        }
    }
}
