// Classes that drawn keys are counted in: by key number where that is what the distribution is
// about, by popularity rank where it is.
//
//     uniform, sequential, gaussian   up to 64 stretches of 2^shift keys
//     zipf, hot                       rank classes 1, 2-3, 4-7, 8-15 …, each twice the last
import Glibc

public struct KeyClasses: Sendable {
    /// Stretches of key numbers: enough to see the bell of a gaussian.
    private static let stretches: UInt64 = 64

    public let count: Int
    let shift: UInt64
    let isByRank: Bool
    private let keys: UInt64
    private let distribution: KeyDistribution

    public init(_ distribution: KeyDistribution, keys: UInt64) {
        self.keys = keys
        self.distribution = distribution
        switch distribution {
        case .zipf, .hot: isByRank = true
        case .uniform, .sequential, .gaussian: isByRank = false
        }
        if isByRank {
            shift = 0
            count = Self.rankClass(keys - 1) + 1
        } else {
            var shift: UInt64 = 0
            while (keys - 1) >> shift >= Self.stretches { shift += 1 }
            self.shift = shift
            count = Int((keys - 1) >> shift) + 1
        }
    }

    /// Ranks 0, 1…2, 3…6, …: the binary logarithm of rank + 1.
    @inlinable @inline(__always)
    static func rankClass(_ rank: UInt64) -> Int { 63 &- (rank &+ 1).leadingZeroBitCount }

    /// Where each class begins, and where the last one ends.
    private var bounds: [UInt64] {
        (0...count).map { index in
            min(keys, isByRank ? (1 << UInt64(index)) - 1 : UInt64(index) << shift)
        }
    }

    public var names: [String] {
        let bounds = bounds
        let what = isByRank ? "rank" : "key"
        return zip(bounds, bounds.dropFirst()).map { from, to in
            let first = isByRank ? from + 1 : from  // ranks are spoken of from 1
            let last = isByRank ? to : to - 1
            return first == last ? "\(what) \(first)" : "\(what) \(first)-\(last)"
        }
    }

    /// The share of the requests that each class should get.
    public var shares: [Double] {
        let below = bounds.map(share(below:))
        return zip(below, below.dropFirst()).map { $1 - $0 }
    }

    /// The share of the requests for the first `bound` keys or ranks.
    private func share(below bound: UInt64) -> Double {
        let whole = Double(keys)
        switch distribution {
        case .uniform, .sequential: return Double(bound) / whole
        case .gaussian:
            // Cut off at three standard deviations on either side.
            func cumulative(_ x: Double) -> Double { erf((x - 0.5) * 6 / 2.0.squareRoot()) }
            return (cumulative(Double(bound) / whole) - cumulative(0)) / (2 * cumulative(1))
        case .zipf(let alpha, let offset):
            return bound == 0
                ? 0 : Zipf(count: keys, alpha: alpha, offset: offset).share(ofTop: bound)
        case .hot(let requests, let share):
            let hot = KeyDistribution.hotKeys(share, of: keys)
            let inside = Double(min(bound, hot)) / Double(hot)
            guard hot < keys else { return inside }
            let outside = Double(bound - min(bound, hot)) / Double(keys - hot)
            return requests * inside + (1 - requests) * outside
        }
    }
}
