// Which key a request is for: a rank, 0 the most popular.

import Glibc
import Statistics

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
    var isOrdered: Bool {
        switch self {
        case .latest, .sequential: true
        default: false
        }
    }

    /// Whether some keys are more popular than others for good.
    var hasHotKeys: Bool {
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

    /// Shares of the ranges, largest first.
    var shares: [Double] {
        let weights = (1...max(1, ranges)).map { index in
            max(0, a * exp(b * Double(index)) + c * exp(d * Double(index)))
        }
        let total = weights.reduce(0, +)
        return weights.map { $0 / total }.sorted(by: >)
    }
}

/// A popularity with its number of keys, ready to draw.
///
/// A struct with a kind rather than an enum with payloads: matching a payload copies it, and a draw
/// would spend a tenth of its time on that.
public struct PopularitySampler: ~Copyable, @unchecked Sendable {
    private enum Kind: UInt8, Sendable {
        case uniform, zipf, buckets, gaussian, exponential, keyRanges, ycsb
    }

    /// Ranks `start` ..< `start + count`.
    private struct Run {
        var start: UInt64
        var count: UInt64
        var share: Double
    }

    private let kind: Kind
    private let keys: UInt64
    /// Of one key where the kind is another.
    private let zipf: Zipf
    /// Of buckets and ranges.
    private let choice: AliasTable
    private let runs: UnsafeMutablePointer<Run>
    private let runCount: Int
    /// Quantiles of the half bell curve, in ranks.
    private let bell: SizeTable
    /// Exponential: −log₂ e ÷ γ, and the share of the untruncated curve that lies within the keys.
    private let stretch: Double
    private let reach: Double
    /// Key ranges: 1 ÷ keyA and 1 ÷ keyB.
    private let power: (inverseA: Double, inverseB: Double)
    private let popularity: Popularity

    /// YCSB's ScrambledZipfianGenerator counts this many items (its ζ is 26.46902820178302).
    static let ycsbItems: UInt64 = 10_000_000_000
    static let ycsbAlpha = 0.99

    public init(_ popularity: Popularity, keys: UInt64) {
        self.keys = keys
        self.popularity = popularity
        var zipf = Zipf(count: 1, alpha: 0)
        var list: [Run] = []
        var bell: [SizeSegment] = [.constant(0, 0, 1)]
        var (stretch, reach) = (0.0, 0.0)
        var power = (inverseA: 0.0, inverseB: 0.0)
        switch popularity {
        case .uniform, .sequential: kind = .uniform
        case .zipf(let alpha, let offset), .latest(let alpha, let offset):
            kind = .zipf
            zipf = Zipf(count: keys, alpha: alpha, offset: offset)
        case .ycsbCompatible:
            kind = .ycsb
            zipf = Zipf(count: max(keys, Self.ycsbItems), alpha: Self.ycsbAlpha)
        case .buckets(let buckets):
            kind = .buckets
            list = Self.runs(buckets.map(\.keys), buckets.map(\.requests), keys)
        case .gaussian(let deviation):
            kind = .gaussian
            bell = Self.halfBell(deviation * Double(keys), keys)
        case .exponential(let share, let requests):
            kind = .exponential
            let gamma = -log1p(-requests) / (share * Double(keys))
            stretch = -0.693_147_180_559_945_3 / gamma  // ln 2
            reach = -expm1(-gamma * Double(keys))
        case .keyRanges(let spec):
            kind = .keyRanges
            let shares = spec.shares
            list = Self.runs(
                .init(repeating: 1 / Double(shares.count), count: shares.count), shares, keys)
            power = (1 / spec.keyA, 1 / spec.keyB)
        }
        self.zipf = zipf
        (self.stretch, self.reach, self.power) = (stretch, reach, power)
        self.bell = SizeTable(bell, clamp: 0...Double(keys))
        choice = AliasTable(weights: list.isEmpty ? [1] : list.map(\.share))
        runCount = list.count
        runs = .allocate(capacity: max(1, list.count))
        runs.initialize(from: list, count: list.count)
    }

    deinit { runs.deallocate() }

    /// Adjacent runs of at least one key each.
    private static func runs(_ keys: [Double], _ shares: [Double], _ count: UInt64) -> [Run] {
        let total = keys.reduce(0, +)
        var start: UInt64 = 0
        var sum = 0.0
        return keys.indices.map { index in
            sum += keys[index]
            let left = UInt64(keys.count - 1 - index)
            let edge = UInt64((sum / total * Double(count)).rounded())
            let end = left == 0 ? count : min(max(edge, start + 1), count - min(count, left))
            defer { start = max(end, start) }
            return Run(start: start, count: max(end, start + 1) - start, share: shares[index])
        }
    }

    /// Places of a half bell curve of this deviation, cut off at `keys`.
    private static func halfBell(_ deviation: Double, _ keys: UInt64) -> [SizeSegment] {
        let whole = 2 * Normal.cumulative(Double(keys) / deviation) - 1
        // even strips do: the curve is steep nowhere but at its cut-off end
        let strips = 1_024
        let edges = (0...strips).map { index -> Double in
            if index == 0 { return 0 }
            if index == strips { return Double(keys) }
            return deviation
                * -Normal.quantile(0.5 - 0.5 * whole * Double(index) / Double(strips))
        }
        return (0..<strips).map { index in
            SizeSegment(
                lower: Double(index) / Double(strips), upper: Double(index + 1) / Double(strips),
                shape: .linear, first: edges[index], second: edges[index + 1] - edges[index])
        }
    }

    /// A rank.
    /// - Complexity: O(1). - Allocations: none.
    @inline(__always)
    public func draw(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        switch kind {
        case .uniform: random.next().multipliedFullWidth(by: keys).high
        case .zipf: zipf.draw(&random)
        default: drawOther(&random)
        }
    }

    /// The call gets a copy of the generator: one whose address is known elsewhere could not be
    /// kept in registers from draw to draw.
    @inline(__always)
    private func drawOther(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        var copy = random
        defer { random = copy }
        return drawRare(&copy)
    }

    @inline(never)
    private func drawRare(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        switch kind {
        case .uniform: return random.next().multipliedFullWidth(by: keys).high
        case .zipf: return zipf.draw(&random)
        case .buckets:
            let run = runs + choice.choose(random.next())
            return run.pointee.start
                &+ random.next().multipliedFullWidth(by: run.pointee.count).high
        case .gaussian:
            return min(UInt64(bell.value(at: unit(random.next()))), keys &- 1)
        case .exponential:
            // inverse of the truncated curve
            let rank = stretch * logarithmOfTwo(1 - unit(random.next()) * reach)
            return min(UInt64(rank), keys &- 1)
        case .keyRanges:
            let run = runs + choice.choose(random.next())
            // (u/a)^(1/b), u in (0, 1]; what falls beyond the range's end starts again at its front
            let place = powerOfTwo(
                logarithmOfTwo((1 - unit(random.next())) * power.inverseA) * power.inverseB)
            return run.pointee.start &+ UInt64(place.rounded(.up) - 1) % run.pointee.count
        case .ycsb:
            let item = zipf.draw(&random)
            // YCSB hashes all items; the first ones are left apart here, the rest fall anywhere
            return item < keys ? item : random.next().multipliedFullWidth(by: keys).high
        }
    }

    /// Share of requests that the `top` most popular keys get; exact.
    public func share(ofTop top: UInt64) -> Double {
        let top = min(top, keys)
        switch popularity {
        case .uniform, .sequential: return Double(top) / Double(keys)
        case .zipf, .latest: return zipf.share(ofTop: top)
        case .ycsbCompatible:
            let rest = 1 - zipf.share(ofTop: keys)
            return zipf.share(ofTop: top) + rest * Double(top) / Double(keys)
        case .buckets:
            let total = (0..<runCount).reduce(0) { $0 + runs[$1].share }
            return (0..<runCount).reduce(0) { sum, index in
                let run = runs[index]
                let inside = top <= run.start ? 0 : min(top - run.start, run.count)
                return sum + run.share / total * Double(inside) / Double(run.count)
            }
        case .gaussian(let deviation):
            let sigma = deviation * Double(keys)
            return (2 * Normal.cumulative(Double(top) / sigma) - 1)
                / (2 * Normal.cumulative(Double(keys) / sigma) - 1)
        case .exponential:
            return -expm1(Double(top) / stretch * 0.693_147_180_559_945_3) / reach
        case .keyRanges:
            let prefixes = prefixes(ofTop: top)
            return (0..<runCount).reduce(0) {
                $0 + runs[$1].share * mass(prefixes[$1], of: runs[$1].count)
            }
        }
    }

    /// Whether `rank` is among the keys that `prefixes(ofTop:)` names.
    func isAmong(_ prefixes: [UInt64], _ rank: UInt64) -> Bool {
        guard kind == .keyRanges else { return rank < prefixes[0] }
        let index = (0..<runCount).last { runs[$0].start <= rank } ?? 0
        return rank - runs[index].start < prefixes[index]
    }

    /// The `top` most popular keys, as the first so many ranks of each run (of everything where
    /// ranks are by popularity throughout).
    func prefixes(ofTop top: UInt64) -> [UInt64] {
        guard kind == .keyRanges else { return [top] }
        // The density at which exactly `top` keys are denser, by bisection of its logarithm.
        var (low, high) = (-200.0, 0.0)
        var best: [UInt64] = []
        for _ in 0..<80 {
            let middle = (low + high) / 2
            best = (0..<runCount).map { denser(than: exp(middle), $0) }
            if best.reduce(0, +) > top { low = middle } else { high = middle }
        }
        return best
    }

    /// Ranks of a run whose share of all requests is above `density`; shares descend.
    private func denser(than density: Double, _ index: Int) -> UInt64 {
        let run = runs[index]
        var (low, high) = (UInt64(0), run.count)
        while low < high {
            let middle = (low + high) / 2
            let own = mass(middle + 1, of: run.count) - mass(middle, of: run.count)
            if run.share * own > density { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Share of a key range of `size` keys that its first `count` ones get, those included that
    /// started again at the front.
    private func mass(_ count: UInt64, of size: UInt64) -> Double {
        let (a, b) = (1 / power.inverseA, 1 / power.inverseB)
        let end = pow(1 / a, 1 / b)
        var sum = 0.0
        var start = 0.0
        // far out the curve is flat over a whole range: the rest is spread evenly
        while start < end {
            if start > 64 * Double(size) {
                return sum + (1 - a * pow(start, b)) * Double(count) / Double(size)
            }
            let last = min(start + Double(count), end)
            sum += a * (pow(last, b) - (start > 0 ? pow(start, b) : 0))
            start += Double(size)
        }
        return sum
    }
}
