// Sizes by inversion: a uniform number in [0, 1) in, a whole number of bytes (or seconds) out.
//
// Every distribution of the format compiles to the same thing, a list of segments that cut [0, 1):
//
//        0          0.25       0.5             0.75            0.95   1
//        |--27------|--27------|--27 → 402 ----|--402 → 1009---|--…---|
//        guide: 256 entries, the segment that contains i/256
//
// and each segment is a closed-form quantile function of the place t inside it: a constant, a line
// (uniform: whole numbers equally likely), or an exponential between its ends (the log-linear
// interpolation lo·(hi/lo)^t of published percentiles, which reproduces means better than a line).
// A discrete distribution is a constant per value; a formula is tabulated (ClosedForms); a mixture
// is the segments of its parts side by side, which need not ascend.
//
// Sizes are pure functions of the number given, so a key's size can be derived from the key.

import Glibc

/// One closed-form piece of a quantile function, on [lower, upper) of the unit interval.
public struct SizeSegment: Sendable, Equatable {
    public enum Shape: UInt8, Sendable {
        /// first + second·t
        case linear
        /// 2^(first + second·t)
        case exponential
    }

    public var lower: Double
    public var upper: Double
    public var shape: Shape
    public var first: Double
    public var second: Double
    fileprivate var inverseWidth: Double { 1 / (upper - lower) }

    /// All of [lower, upper) at `value`.
    public static func constant(_ value: Double, _ lower: Double, _ upper: Double) -> Self {
        Self(lower: lower, upper: upper, shape: .linear, first: value, second: 0)
    }

    /// Whole numbers `least` … `most`, equally likely after rounding.
    public static func uniform(
        _ least: Double, _ most: Double, _ lower: Double, _ upper: Double
    ) -> Self {
        Self(
            lower: lower, upper: upper, shape: .linear, first: least - 0.5,
            second: most - least + 1)
    }

    /// From `low` to `high`: on a logarithmic scale, or a straight line where `low` is 0.
    public static func interpolated(
        _ low: Double, _ high: Double, _ lower: Double, _ upper: Double
    ) -> Self {
        if low == high { return constant(low, lower, upper) }
        if low <= 0 {
            return Self(
                lower: lower, upper: upper, shape: .linear, first: low, second: high - low)
        }
        return Self(
            lower: lower, upper: upper, shape: .exponential, first: log2(low),
            second: log2(high / low))
    }

    var isConstant: Bool { second == 0 }

    /// The same piece on the part of the unit interval that [from, from + width) is.
    public func squeezed(from start: Double, width: Double) -> Self {
        var piece = self
        piece.lower = start + lower * width
        piece.upper = start + upper * width
        return piece
    }

    /// A constant piece among exponential ones takes their shape, so that the branch on it is
    /// foreseen: a mispredicted one costs as much as the rest of a look-up.
    func matching(_ shape: Shape) -> Self {
        guard isConstant, self.shape == .linear, shape == .exponential, first > 0 else {
            return self
        }
        return Self(lower: lower, upper: upper, shape: shape, first: log2(first), second: 0)
    }
}

public struct SizeTable: ~Copyable, @unchecked Sendable {
    @usableFromInline struct Piece {
        @usableFromInline var upper: Double
        @usableFromInline var lower: Double
        @usableFromInline var inverseWidth: Double
        @usableFromInline var first: Double
        @usableFromInline var second: Double
        @usableFromInline var shape: SizeSegment.Shape
    }

    /// Entries of the guide: a percentile table has some ten segments, so a look-up lands in the
    /// right one or the one before; 256 × 2 bytes stay in the first-level cache.
    @inlinable static var guideEntries: Int { 256 }  // `size(atWord:)` takes eight bits

    public let segments: [SizeSegment]
    /// Every size is clamped into this range.
    public let least: Double
    public let most: Double
    /// The one size of a constant distribution, else −1.
    @usableFromInline let only: Int
    @usableFromInline let pieces: UnsafeMutablePointer<Piece>
    @usableFromInline let guide: UnsafeMutablePointer<UInt16>

    /// - Parameter segments: adjacent, from 0 to 1, each of positive width; at most 65,535.
    public init(_ segments: [SizeSegment], clamp: ClosedRange<Double> = 0...0x1p62) {
        precondition(!segments.isEmpty && segments.count < 1 << 16)
        precondition(segments.first!.lower == 0 && segments.last!.upper == 1)
        for (segment, next) in zip(segments, segments.dropFirst()) {
            precondition(segment.lower < segment.upper && segment.upper == next.lower)
        }
        self.segments = segments
        (least, most) = (clamp.lowerBound, clamp.upperBound)
        if segments.allSatisfy({ $0.isConstant && $0.first == segments[0].first }) {
            only = Int(max(clamp.lowerBound, min(clamp.upperBound, segments[0].first)).rounded())
        } else {
            only = -1
        }
        pieces = .allocate(capacity: segments.count)
        let shape =
            segments.contains { $0.shape == .exponential } ? SizeSegment.Shape.exponential : .linear
        for (index, segment) in segments.map({ $0.matching(shape) }).enumerated() {
            pieces.advanced(by: index).initialize(
                to: Piece(
                    upper: segment.upper, lower: segment.lower,
                    inverseWidth: segment.inverseWidth, first: segment.first,
                    second: segment.second, shape: segment.shape))
        }
        guide = .allocate(capacity: Self.guideEntries)
        var index = 0
        for entry in 0..<Self.guideEntries {
            let place = Double(entry) / Double(Self.guideEntries)
            while segments[index].upper <= place { index += 1 }
            guide.advanced(by: entry).initialize(to: UInt16(index))
        }
    }

    deinit {
        pieces.deallocate()
        guide.deallocate()
    }

    /// The size at `place`, 0 ≤ place < 1.
    /// - Complexity: O(1) for percentile tables. - Allocations: none.
    @inlinable @inline(__always)
    public func size(at place: Double) -> Int {
        // sizes are not negative, so truncation rounds down (rounded() would be a call)
        only >= 0 ? only : Int(value(at: place) + 0.5)
    }

    /// The size at a place given as a 64-bit fraction, whose upper bits are the guide's entry.
    @inlinable @inline(__always)
    public func size(atWord word: UInt64) -> Int {
        only >= 0
            ? only : Int(value(at: unit(word), Int(truncatingIfNeeded: word &>> 56)) + 0.5)
    }

    /// The same before rounding.
    @inlinable @inline(__always)
    public func value(at place: Double) -> Double {
        value(at: place, Int(place * Double(Self.guideEntries)))
    }

    @inlinable @inline(__always)
    func value(at place: Double, _ entry: Int) -> Double {
        var piece = pieces + Int(truncatingIfNeeded: guide[entry])
        while place >= piece.pointee.upper { piece += 1 }
        let t = (place - piece.pointee.lower) * piece.pointee.inverseWidth
        let line = piece.pointee.first + piece.pointee.second * t
        let raw = piece.pointee.shape == .linear ? line : powerOfTwo(line)
        return raw < least ? least : raw > most ? most : raw
    }

    /// The share of sizes ≤ `size`, by bisection per segment.
    public func cumulative(_ size: Int) -> Double {
        var sum = 0.0
        for segment in segments {
            let width = segment.upper - segment.lower
            func isAbove(_ t: Double) -> Bool {
                self.size(at: min(segment.lower + t * width, 1.nextDown)) > size
            }
            if !isAbove(1.nextDown) {
                sum += width
            } else if !isAbove(0) {
                var (low, high) = (0.0, 1.0)
                while high - low > 1e-12 {
                    let middle = (low + high) / 2
                    if isAbove(middle) { high = middle } else { low = middle }
                }
                sum += low * width
            }
        }
        return sum
    }

    /// The ends of what can come out.
    public var smallest: Double { segments.map { value(at: $0.lower) }.min()! }
    public var largest: Double { segments.map { value(at: $0.upper.nextDown) }.max()! }

    /// Smallest size with at least `share` of all sizes at or below it.
    public func quantile(_ share: Double) -> Int {
        var (low, high) = (Int(smallest.rounded()), Int(largest.rounded()))
        while low < high {
            let middle = (low + high) / 2
            // sums of segment widths are off by rounding
            if cumulative(middle) >= share - 1e-9 { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// Mean size, clamping included (rounding to whole numbers moves it by less than a thousandth).
    /// - Complexity: O(segments × 1,024) evaluations; O(segments × 16) for a tabulated formula.
    public var mean: Double {
        var sum = 0.0
        for segment in segments {
            let width = segment.upper - segment.lower
            let steps = segment.isConstant ? 1 : segments.count > 128 ? 16 : 1_024
            var part = 0.0
            for step in 0..<steps {
                let place = segment.lower + (Double(step) + 0.5) / Double(steps) * width
                // In a segment of next to no width at the end, rounding reaches 1.
                part += value(at: min(place, 1.nextDown))
            }
            sum += part / Double(steps) * width
        }
        return sum
    }
}
