// Which key a request is for: a rank, 0 the most popular.
import Glibc

/// How requests spread over the keys of a keyspace.
public enum Popularity: Equatable, Sendable {
    /// Every key alike.
    case uniform
    /// P(rank r) ∝ (r + offset)^−alpha, r = 1 …
    case zipf(alpha: Double, offset: Double)
    /// Shares of the keys with their shares of the requests, hottest first; alike within.
    case buckets([PopularityBucket])
    /// Zipf by age: the newest key is the most popular. Keys are written by operations on `new`
    /// keys; ids and not ranks are counted, so neighbours in age are neighbours in id.
    case latest(alpha: Double, offset: Double)
    /// Half of a bell curve whose deviation is this share of the keys.
    case gaussian(deviation: Double)
    /// P(rank ≤ r) ∝ 1 − e^(−γr), with γ such that `keys` of the keys get `requests`.
    case exponential(keys: Double, requests: Double)
    /// Ranges of keys with shares from a sum of two exponentials, a power law inside each range.
    case keyRanges(KeyRanges)
    /// One after the other in the order of their ids, each worker from a place of its own.
    case sequential
    /// As YCSB draws: α = 0.99 over 10¹⁰ items hashed into the keys, whatever their number.
    case ycsbCompatible

    /// A fraction of the keys that takes a share of the requests: YCSB's hotspot.
    public static func hotspot(keys: Double, requests: Double) -> Popularity {
        .buckets([
            PopularityBucket(keys: keys, requests: requests),
            PopularityBucket(keys: 1 - keys, requests: 1 - requests),
        ])
    }

    /// Whether a key's rank is its id (nothing is permuted).
    public var isOrdered: Bool {
        switch self {
        case .latest, .sequential: true
        default: false
        }
    }

    /// Whether some keys are more popular than others for good.
    public var hasHotKeys: Bool {
        switch self {
        case .uniform, .latest, .sequential, .keyRanges: false
        default: true
        }
    }
}

public struct PopularityBucket: Equatable, Sendable {
    /// Fraction of the keys.
    public var keys: Double
    /// Share of the requests.
    public var requests: Double

    public init(keys: Double, requests: Double) {
        self.keys = keys
        self.requests = requests
    }
}

/// The mix-graph benchmark's popularity (Cao et al., FAST 2020): range i of `ranges` has the weight
/// a·e^(b·i) + c·e^(d·i); inside a range the k-th key's share follows P(rank ≤ k) = keyA·k^keyB.
public struct KeyRanges: Equatable, Sendable {
    public var ranges: Int
    public var a: Double
    public var b: Double
    public var c: Double
    public var d: Double
    public var keyA: Double
    public var keyB: Double

    public init(
        ranges: Int, a: Double, b: Double, c: Double, d: Double, keyA: Double, keyB: Double
    ) {
        self.ranges = ranges
        (self.a, self.b, self.c, self.d) = (a, b, c, d)
        (self.keyA, self.keyB) = (keyA, keyB)
    }

    /// The farthest place that a range's curve draws, before it starts over at the front.
    public var farthest: Double { pow(1 / keyA, 1 / keyB) }
    /// The most keys there are, `farthest` too: places are whole numbers.
    public static let mostKeys = 0x1p48

    /// Shares of the ranges, largest first.
    public var shares: [Double] {
        let weights = (1...max(1, ranges)).map { index in
            max(0, a * exp(b * Double(index)) + c * exp(d * Double(index)))
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }.sorted(by: >)
    }
}
